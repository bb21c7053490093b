// Minutes of a calendar's day: what they are called, which appointments share a time, and whether one fits somewhere.
// A minute is a place on the day's axis, which the server lays out: it knows the hospital's zone, a browser does not.
export function two(figure) { return String(figure).padStart(2, "0"); }

export function clockOf(marks, minute) {
  const mark = marks.findLast(function (one) { return one.at <= minute; }) || { at: 0, clock: 0 };
  const clock = (mark.clock + minute - mark.at) % 1440;
  return two(Math.floor(clock / 60)) + ":" + two(clock % 60);
}
export function rangeOf(marks, start, end) { return clockOf(marks, start) + "–" + clockOf(marks, end); }

export function snap(minute, step) { return Math.floor(minute / step) * step; }
export function within(minute, least, most) { return Math.max(least, Math.min(minute, most)); }
export function overlaps(one, other) { return one.start < other.end && other.start < one.end; }

// Appointments that share time stand side by side: each gets a lane, and how many lanes its group has.
export function inLanes(events) {
  const sorted = events.toSorted(function (one, other) { return one.start - other.start || other.end - one.end; });
  const placed = [];
  let group = [], ends = [], until = -1;
  function close() { group.forEach(function (one) { one.lanes = ends.length; }); group = []; ends = []; }
  sorted.forEach(function (event) {
    if (event.start >= until) close();
    const free = ends.findIndex(function (end) { return end <= event.start; });
    const lane = free < 0 ? ends.length : free;
    ends[lane] = event.end;
    const one = { event, lane, lanes: 1 };
    group.push(one);
    placed.push(one);
    until = Math.max(until, event.end);
  });
  close();
  return placed;
}

// What stands against a time in a column, in words; "" when it fits. The server has the last word.
export function against(calendar, carried) {
  const here = function (one) { return one.column === carried.column; };
  const shut = calendar.spans.find(function (one) { return here(one) && overlaps(one, carried); });
  const other = calendar.events.find(function (one) {
    return here(one) && one.id !== carried.id && one.holds && overlaps(one, carried);
  });
  if (other) return "taken by " + other.title;
  if (shut) return (shut.label || "outside hours").toLowerCase();
  return "";
}

// Where the arrows lead from a place: the next appointment or step of the same column, or the same time beside it.
export function stepFrom(calendar, place, key) {
  const columns = calendar.columns.map(function (one) { return one.id; });
  const column = columns.indexOf(place.column), current = calendar.events.find(function (one) { return one.id === place.id; });
  function at(where, minute) {
    const start = within(snap(minute, calendar.step), 0, calendar.length - calendar.step);
    const slot = { start, end: start + calendar.step };
    const met = calendar.events.find(function (one) { return one.column === where && one !== current && overlaps(one, slot); });
    return { column: where, start: met ? met.start : start, id: met ? met.id : "" };
  }
  const end = current ? current.end : place.start + calendar.step;
  const steps = {
    ArrowDown: function () { return beside(calendar, current, 1) || at(place.column, end); },
    ArrowUp: function () { return beside(calendar, current, -1) || at(place.column, place.start - 1); },
    ArrowRight: function () { return at(columns[Math.min(column + 1, columns.length - 1)], place.start); },
    ArrowLeft: function () { return at(columns[Math.max(column - 1, 0)], place.start); },
    PageDown: function () { return at(place.column, place.start + 60); },
    PageUp: function () { return at(place.column, place.start - 60); },
    Home: function () { return at(place.column, openings(calendar, place.column).first); },
    End: function () { return at(place.column, openings(calendar, place.column).last); }
  };
  return steps[key] ? steps[key]() : null;
}
// Of appointments at one time, which stand side by side, the arrows reach each.
function beside(calendar, current, way) {
  if (!current) return null;
  const same = calendar.events.filter(function (one) { return one.column === current.column && overlaps(one, current); });
  const sorted = same.toSorted(function (one, other) { return one.start - other.start || Number(one.id) - Number(other.id); });
  const next = sorted[sorted.indexOf(current) + way];
  return next ? { column: next.column, start: next.start, id: next.id } : null;
}
export function openings(calendar, column) {
  const shut = calendar.spans.filter(function (one) { return one.column === column; });
  const open = [];
  for (let minute = 0; minute < calendar.length; minute += calendar.step) {
    const slot = { start: minute, end: minute + calendar.step };
    if (!shut.some(function (one) { return overlaps(one, slot); })) open.push(minute);
  }
  return open.length ? { first: open[0], last: open.at(-1) } : { first: calendar.focus, last: calendar.focus };
}
