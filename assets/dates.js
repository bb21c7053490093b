// Dates and times as people type them ("23.11.26", "tomorrow", "9.30pm"), read and written the hospital's way. A field
// shows the hospital's writing once it is left; its form sends YYYY-MM-DD, HH:MM or YYYY-MM-DDTHH:MM. What cannot be
// read stays as it was typed and is sent so: the server says what is wrong with it.
const ENGLISH = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
  "november", "december"];
const PLAIN = {
  zone: undefined, language: "en", order: "dmy", week_start: "mon", names: ENGLISH,
  months: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
};
const YEARS_AHEAD = 20;  // Two figures name a year at most so far ahead, and else one that is over.
const SHORTEST_START = 3;  // Letters of a month's name that stand for it.
const kept = { raw: "", writing: PLAIN };

export function writing() {
  const marker = document.getElementById("hms-session"), raw = (marker && marker.dataset.writing) || "";
  if (raw !== kept.raw) { kept.raw = raw; kept.writing = raw ? JSON.parse(raw) : PLAIN; }
  return kept.writing;
}
function fold(text) { return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim(); }
function two(figure) { return String(figure).padStart(2, "0"); }

// The hospital's clock -------------------------------------------------------------------------------------
function now() {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: writing().zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23"
  }).formatToParts(new Date());
  const part = Object.fromEntries(parts.map(function (one) { return [one.type, one.value]; }));
  return { day: [part.year, part.month, part.day].join("-"), time: part.hour + ":" + part.minute };
}
export function today() { return now().day; }
function daysFromToday(count) {
  const [year, month, day] = today().split("-").map(Number);
  return new Date(Date.UTC(year, month - 1, day + count)).toISOString().slice(0, 10);
}

// Reading: the ISO text, "" for nothing, null for what is no date or time ------------------------------------
function dayOf(year, month, day) {
  const made = new Date(Date.UTC(year, month - 1, day));
  const isReal = made.getUTCFullYear() === year && made.getUTCMonth() === month - 1 && made.getUTCDate() === day;
  return isReal && year >= 1000 ? [year, two(month), two(day)].join("-") : null;
}
function yearOf(figures) {
  const thisYear = Number(today().slice(0, 4));
  if (figures === undefined) return thisYear;
  if (figures.length === 4) return Number(figures);
  if (figures.length !== 2) return NaN;
  const near = thisYear - thisYear % 100 + Number(figures);
  return near > thisYear + YEARS_AHEAD ? near - 100 : near;
}
function monthIn(lists, word) {
  const found = new Set();
  lists.forEach(function (names) { names.forEach(function (name, place) {
    if (fold(name).replace(/\.$/, "") === word) found.add(place);
  }); });
  if (!found.size && word.length >= SHORTEST_START) lists.forEach(function (names) { names.forEach(function (name, place) {
    if (fold(name).startsWith(word)) found.add(place);
  }); });
  return found.size === 1 ? Array.from(found)[0] + 1 : 0;
}
function monthOf(word) {
  const own = writing();
  return monthIn([own.months, own.names], word) || monthIn([PLAIN.months, ENGLISH], word);
}
// Some languages have figures or blanks in a month's name; what this hospital writes is always read again.
function asWritten(words) {
  const found = words.match(/^(\d{1,2}) (.+) (\d{4})$/);
  const place = found ? writing().months.findIndex(function (name) { return fold(name) === found[2]; }) : -1;
  return place < 0 ? null : dayOf(Number(found[3]), place + 1, Number(found[1]));
}
function nearby(words) {
  const counted = words.match(/^([+-])\s*(\d{1,4})$/);
  if (counted) return daysFromToday(Number(counted[1] + counted[2]));
  const own = new Intl.RelativeTimeFormat(writing().language, { numeric: "auto" });
  const english = ["yesterday", "today", "tomorrow"];
  const count = [-1, 0, 1].find(function (days) {
    return words === english[days + 1] || words === fold(own.format(days, "day"));
  });
  return count === undefined ? null : daysFromToday(count);
}
// Of two readings the hospital's country decides, unless only one of them is a date; with dots the day comes first
// everywhere. So does the server read a date of birth.
function inFigures(figures, isDotted) {
  const [one, other, third] = figures, order = writing().order;
  if (figures.length !== 2 && figures.length !== 3) return null;
  if (one.length === 4 || (order === "ymd" && third && third.length < 3)) return dayOf(yearOf(one), Number(other), Number(third));
  const year = yearOf(third), isDayFirst = isDotted || order === "dmy" || (order === "ymd" && third !== undefined);
  const dayFirst = dayOf(year, Number(other), Number(one)), monthFirst = dayOf(year, Number(one), Number(other));
  return isDayFirst ? dayFirst || monthFirst : monthFirst || dayFirst;
}
function inWords(figures, word) {
  const month = monthOf(word), [one, other] = figures;
  if (!month || figures.length < 1 || figures.length > 2) return null;
  return one.length === 4 ? dayOf(Number(one), month, Number(other)) : dayOf(yearOf(other), month, Number(one));
}
function readDay(text) {
  const words = fold(text);
  if (words === "") return "";
  const known = asWritten(words) || nearby(words);
  if (known) return known;
  if (!/^[\p{L}\d\s.,/-]+$/u.test(words) || words.startsWith("-")) return null;
  const parts = words.replace(/(\d)(st|nd|rd|th)\b/g, "$1").match(/\d+|\p{L}+/gu) || [];
  const figures = parts.filter(function (part) { return /\d/.test(part); });
  const names = parts.filter(function (part) { return !/\d/.test(part); });
  if (names.length > 1) return null;
  return names.length ? inWords(figures, names[0]) : inFigures(figures, words.includes("."));
}
function readTime(text) {
  const words = fold(text).replace(/\s+/g, "").replace(/([ap])\.?m?\.?$/, "$1m");
  if (words === "") return "";
  if (words === "now") return now().time;
  if (words === "noon") return "12:00";
  if (words === "midnight") return "00:00";
  const found = words.match(/^(\d{1,2})(?:[:.h]?([0-5]\d)(?::00)?)?h?(am|pm)?$/);
  if (!found) return null;
  const [, figure, minute, half] = found, hour = Number(figure);
  if (half ? hour < 1 || hour > 12 : hour > 23) return null;
  return two(half ? hour % 12 + (half === "pm" ? 12 : 0) : hour) + ":" + (minute || "00");
}
function readMoment(text) {
  const words = fold(text);
  if (words === "") return "";
  if (words === "now") return now().day + "T" + now().time;
  if (readDay(words)) return null;
  const breaks = Array.from(words.matchAll(/,\s*|\s+|(?<=\d)t(?=\d)/g)).toReversed();
  const comma = breaks.filter(function (one) { return one[0].startsWith(","); });
  for (const one of comma.concat(breaks)) {
    const day = readDay(words.slice(0, one.index)), time = readTime(words.slice(one.index + one[0].length));
    if (day && time) return day + "T" + time;
  }
  return null;
}
const READERS = { date: readDay, time: readTime, datetime: readMoment };
export function read(kind, text) { return READERS[kind](text); }

// Writing --------------------------------------------------------------------------------------------------
function writeDay(iso) {
  const [year, month, day] = iso.split("-");
  return Number(day) + " " + writing().months[Number(month) - 1] + " " + year;
}
export function write(kind, iso) {
  if (kind === "date") return writeDay(iso);
  if (kind === "time") return iso;
  const [day, time] = iso.split("T");
  return writeDay(day) + ", " + time;
}

// Fields -----------------------------------------------------------------------------------------------------
function isOurs(control) { return Boolean(control.dataset && control.dataset.when); }
export function isoOf(control) {
  const iso = read(control.dataset.when, control.value);
  return iso === null ? control.value : iso;
}
// What the server drew (ISO) in the hospital's writing, before anybody sees it.
export function tidy(control) {
  const iso = read(control.dataset.when, control.value);
  if (iso) control.value = write(control.dataset.when, iso);
}
// As if it was typed: whatever follows the field hears of it.
function put(control, text) {
  if (control.value === text) return;
  control.value = text;
  ["input", "change"].forEach(function (kind) { control.dispatchEvent(new Event(kind, { bubbles: true })); });
}
function leave(control) {
  const iso = read(control.dataset.when, control.value);
  if (iso) put(control, write(control.dataset.when, iso));
}
// A day from the calendar; a field of day and time keeps its time, or waits for one. Says whether it is whole.
export function choose(control, day) {
  if (control.dataset.when === "date") { put(control, writeDay(day)); return true; }
  const time = (readMoment(control.value) || "").split("T")[1] || "";
  put(control, writeDay(day) + ", " + time);
  return time !== "";
}
export function chosenDay(control) {
  const kind = control.dataset.when;
  const found = (kind === "datetime" && readMoment(control.value)) || readDay(control.value.replace(/,\s*$/, ""));
  return found ? found.split("T")[0] : "";
}

function listen() {
  document.addEventListener("focusout", function (event) { if (isOurs(event.target)) leave(event.target); }, true);
  document.addEventListener("formdata", function (event) {
    Array.from(event.target.elements).filter(isOurs).forEach(function (control) {
      if (control.name && !control.disabled) event.formData.set(control.name, isoOf(control));
    });
  });
  document.addEventListener("reset", function (event) {
    const fields = Array.from(event.target.elements).filter(isOurs);
    setTimeout(function () { fields.forEach(tidy); });
  });
  document.addEventListener("keydown", function (event) {
    if (!event.altKey || event.key !== "ArrowDown" || !isOurs(event.target)) return;
    const button = event.target.parentElement.querySelector("[popovertarget]");
    if (button) { event.preventDefault(); button.click(); }
  });
  // The hospital's own writing, and a field's first value, may come after the field itself.
  new MutationObserver(function (changes) {
    changes.forEach(function (change) {
      if (change.attributeName === "data-writing") document.querySelectorAll("[data-when]").forEach(tidy);
      else if (isOurs(change.target) && change.target !== document.activeElement) tidy(change.target);
    });
  }).observe(document.documentElement, { subtree: true, attributes: true, attributeFilter: ["data-writing", "value"] });
}
// The build runs this file where there is no page.
if (typeof document !== "undefined") listen();
