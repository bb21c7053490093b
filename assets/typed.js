// What somebody types outlives a lost connection, a server that starts again and a new sign-in. The tab alone keeps it,
// form by form, at most until the session's end, sealed (sealed.js) with a key that the server gives to the same person
// only. Where the browser has no cipher it lives as long as the page.
// Passwords, codes, files, inputs of the type "hidden" and whatever is marked data-secret are never kept.
(function () {
  "use strict";
  const MOST_TRIES = 5;
  const DOOR = "/sign-in";
  const NEVER = ["password", "file", "hidden", "submit", "button", "reset", "image"];
  const SECRET = /one-time-code|current-password|new-password|cc-/;
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("hms-typed") : null;

  let person = "";        // The key of whoever is signed in; stays while a lost connection empties the page.
  let kept = {};          // What differs from the form as it was drawn, by the form's own id.
  let isOver = false;     // Signed out, or at the end of the session: nothing more is kept on this page.
  let isOurs = false;     // Whether what happens to a field is done by this script.
  let isLeaving = false;
  let reopening = "";     // The form whose dialog is to be opened again.
  let settledAt = null;   // The address whose page was loaded last.
  let linked = "";        // The address that the last link leads to.
  let focused = null;     // The field that has or had the focus, and its form's id.
  const met = new Map();  // Forms on the page: their address, their values when drawn, what is still to be given back.
  const heirs = new WeakSet();  // Forms drawn anew with a refusal: the server has filled them in.

  function all(root, selector) { return Array.from(root.querySelectorAll(selector)); }
  function plain(path) { return path.replace(/(.)\/$/, "$1"); }
  function here() { return plain(location.pathname); }
  function marker() { return document.getElementById("hms-session"); }
  function isConnected() { return navigator.onLine && !document.querySelector("[data-connection-lost]"); }
  // Whether what the page shows is an answer to what the person did, and not to a connection that was lost.
  function isSettled() { return marker() !== null && marker().dataset.loaded === "yes" && isConnected(); }

  // Forms and their fields -----------------------------------------------------------------------------------
  function nameOf(form) { return form.dataset.kept || form.dataset.form || form.getAttribute("action") || ""; }
  function isForm(form) { return form.tagName === "FORM"; }
  function idOf(form, path) {
    const dialog = form.closest("dialog");
    const over = dialog ? [dialog.id, dialog.dataset.reopenWith || ""] : [];
    return [path, nameOf(form), form.dataset.keptOf || "", ...over].join(" ");
  }
  function formOf(element) { return element.form || (element.closest && element.closest("form, [data-kept]")); }
  function isSecret(control) {
    return !control.name || control.readOnly || SECRET.test(control.autocomplete) ||
      NEVER.includes(control.type) ||
      control.closest("[data-secret]") !== null || control.parentElement.querySelector(":scope > [data-reveal]") !== null;
  }
  function controls(form) {
    const found = isForm(form) ? Array.from(form.elements)
      : all(form, "input, select, textarea").filter(function (control) { return !control.form; });
    return found.filter(function (control) { return control.matches("input, select, textarea") && !isSecret(control); });
  }
  function isTick(control) { return control.type === "checkbox" || control.type === "radio"; }
  function read(form) {
    const values = Object.create(null);
    controls(form).forEach(function (control) {
      const list = values[control.name] = values[control.name] || [];
      if (!isTick(control) || control.checked) list.push(control.value);
    });
    return values;
  }
  function differs(one, other) { return JSON.stringify(one) !== JSON.stringify(other); }
  function hasFile(form) {
    return all(form, "input[type=file], [data-picture-name]").some(function (control) { return control.value !== ""; });
  }
  function learn(form) {
    const known = met.get(form), present = known ? read(form) : {};
    Object.keys(present).forEach(function (name) { if (!(name in known.drawn)) known.drawn[name] = present[name]; });
  }
  function hasProblem(form) {
    return form.querySelector("[data-form-problem], [aria-invalid=true], [role=alert]") !== null;
  }

  // Keeping --------------------------------------------------------------------------------------------------
  function remember(form) {
    const known = met.get(form);
    if (!known || !person || isOver || !marker() || form.dataset.keeps === "no") return;
    learn(form);
    const before = kept[known.id], fields = Object.create(null), now = read(form);
    const typed = Object.keys(now).filter(function (name) { return differs(now[name], known.drawn[name]); });
    delete kept[known.id];
    known.id = idOf(form, known.path);
    if (typed.length) {
      // What belongs to a field that is not drawn just now (an answer, while its question is another) stays.
      if (before) Object.keys(before.fields).forEach(function (name) { if (!(name in now)) fields[name] = before.fields[name]; });
      all(form, "[data-keep]").forEach(function (control) { typed.push(control.name); });
      typed.forEach(function (name) { fields[name] = { was: known.drawn[name], now: now[name] }; });
      kept[known.id] = {
        path: known.path, fields: fields, at: Date.now(), over: dialogOf(form),
        isSent: Boolean(before && before.isSent), hasFile: hasFile(form)
      };
    }
    seal();
  }
  function dialogOf(form) {
    const dialog = form.closest("dialog");
    return dialog && { id: dialog.id, by: dialog.dataset.reopen || "", on: dialog.dataset.reopenWith || "[]" };
  }
  function drop(id) {
    delete kept[id];
    if (reopening === id) reopening = "";
    seal();
  }
  function forget() {
    isOver = true;
    kept = {};
    window.hmsSealed.forget();
  }
  function seal() { return window.hmsSealed.seal(person, kept); }

  // Giving back ----------------------------------------------------------------------------------------------
  function tell(control, kinds) {
    kinds.forEach(function (kind) { control.dispatchEvent(new Event(kind, { bubbles: true })); });
  }
  // As if it was typed: the framework hears of it, and a search beside the field answers anew.
  function write(control, value) {
    if (control.value === value) return;
    if (control.closest("[data-combobox]")) {
      control.value = value;
      if (!control.hidden) tell(control, ["change"]);
      return;
    }
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(control), "value").set.call(control, value);
    tell(control, ["input", "change"]);
  }
  function set(form, name, values) {
    controls(form).filter(function (control) { return control.name === name; }).forEach(function (control, place) {
      if (!isTick(control)) write(control, values[place] === undefined ? "" : values[place]);
      else if (control.checked !== values.includes(control.value)) {
        if (control.type === "checkbox" || !control.checked) control.click(); else if (!values.length) control.checked = false;
      }
      for (let more = control.closest("details"); more; more = more.parentElement.closest("details")) more.open = true;
    });
  }
  function byUs(work) {
    isOurs = true;
    try { work(); } finally { isOurs = false; }
  }
  // Fields that come with others (a question brings its answers) are filled in as they come. Once the person acts, only
  // those are that were not there yet.
  function leaveToPerson(form, known) {
    const present = read(form);
    Object.keys(known.waiting).forEach(function (name) { if (name in present) delete known.waiting[name]; });
  }
  function putBack(form) {
    const known = met.get(form), waiting = Object.keys(known.waiting), present = waiting.length ? read(form) : {};
    const due = waiting.filter(function (name) {
      const wanted = known.waiting[name].now;
      return name in present && differs(present[name], wanted) && canTake(form, name, wanted) && (known.tries[name] || 0) < MOST_TRIES;
    });
    due.forEach(function (name) {
      known.tries[name] = (known.tries[name] || 0) + 1;
      byUs(function () { set(form, name, known.waiting[name].now); });
    });
    return due.length > 0;
  }
  function canTake(form, name, values) {
    return controls(form).every(function (control) {
      return control.name !== name || control.tagName !== "SELECT" ||
        Array.from(control.options).some(function (option) { return option.value === values[0]; });
    });
  }
  function giveBack(form) {
    const known = met.get(form), entry = kept[known.id];
    if (!entry || !person || form.dataset.keeps === "no") return;
    const changed = Object.keys(entry.fields).filter(function (name) {
      return name in known.drawn && differs(known.drawn[name], entry.fields[name].was);
    });
    const meanwhile = changed.map(function (name) { return shown(form, name); }).filter(Boolean);
    inherit(known, entry);
    known.waiting = { ...entry.fields };
    known.tries = {};
    if (putBack(form) && isForm(form)) say(form, entry, meanwhile);
    refocus(form, known.id);
  }
  function inherit(known, entry) {
    Object.keys(entry.fields).forEach(function (name) { known.drawn[name] = entry.fields[name].was; });
  }
  function labelOf(form, name) {
    const control = controls(form).find(function (one) { return one.name === name && !one.hidden; });
    const group = control && control.closest("fieldset");
    const label = control && (isTick(control) && group ? group.querySelector("legend") : control.labels && control.labels[0]);
    return label ? label.firstChild.textContent : "";
  }
  function shown(form, name) {
    const control = controls(form).find(function (one) { return one.name === name && (!isTick(one) || one.checked); });
    const label = labelOf(form, name);
    if (!control || !label) return "";
    const value = control.tagName === "SELECT" ? (control.selectedOptions[0] || {}).textContent
      : isTick(control) && control.labels.length ? control.labels[0].textContent : control.value;
    return label + " is now " + (value || "empty") + ".";
  }
  function say(form, entry, meanwhile) {
    all(form, ":scope > [data-typed-back]").forEach(function (old) { old.remove(); });
    const sentences = ["What you had typed is back."];
    if (entry.isSent) sentences.push("The connection was lost while it was being saved: look whether it is there before you save it again.");
    if (entry.hasFile) sentences.push("Files are not kept: choose yours again.");
    if (meanwhile.length) {
      sentences.push("Somebody else made changes meanwhile, and yours stand over them.");
      sentences.push(...meanwhile);
    }
    const box = document.createElement("div");
    box.className = "k-callout k-typed-back";
    box.dataset.typedBack = "";
    box.dataset.tone = entry.isSent || meanwhile.length ? "warning" : "info";
    box.setAttribute("role", "status");
    const text = box.appendChild(document.createElement("p"));
    text.textContent = sentences.join(" ");
    const button = box.appendChild(document.createElement("button"));
    button.type = "button";
    button.textContent = "Discard";
    button.className = "k-button k-button-secondary k-small";
    button.addEventListener("click", function (event) { event.stopPropagation(); discard(form); });
    form.prepend(box);
  }
  function discard(form) {
    const known = met.get(form), entry = kept[known.id];
    known.waiting = {};
    all(form, ":scope > [data-typed-back]").forEach(function (box) { box.remove(); });
    if (!entry) return;
    drop(known.id);
    byUs(function () {
      Object.keys(entry.fields).forEach(function (name) { set(form, name, known.first[name] || entry.fields[name].was); });
    });
    const first = controls(form).find(function (control) { return control.getClientRects().length; });
    if (first) first.focus();
  }
  // The focus goes back to the field it was taken from, unless the person has it elsewhere by now.
  function refocus(form, id) {
    const active = document.activeElement;
    if (!focused || focused.id !== id || focused.control.isConnected) return;
    if (active !== document.body && !(form.closest("dialog") || form).contains(active)) return;
    const old = focused.control;
    const same = controls(form).find(function (control) {
      return control.name === old.name && (!isTick(old) || control.value === old.value);
    });
    if (!same) return;
    same.focus({ preventScroll: true });
    try { same.setSelectionRange(old.selectionStart, old.selectionEnd); } catch { /* This kind of field has no caret. */ }
  }

  // What became of forms -------------------------------------------------------------------------------------
  function meet(form) {
    const drawn = read(form);
    const known = { path: here(), first: drawn, drawn: { ...drawn }, waiting: {}, tries: {}, id: "" };
    known.id = idOf(form, known.path);
    met.set(form, known);
    if (!heirs.has(form)) { giveBack(form); return; }
    inherit(known, kept[known.id]);
    remember(form);
  }
  function becomeOf(form, known, fresh) {
    const entry = kept[known.id];
    if (!entry) return;
    const next = fresh.find(function (other) { return idOf(other, here()) === known.id; });
    if (here() !== known.path) left(form, known, entry);
    else if (!isSettled()) return;
    else if (!next || !isForm(form)) drop(known.id);
    else if (!entry.isSent || next.dataset.keeps === "no") return;
    else if (hasProblem(next)) heirs.add(next);
    else drop(known.id);
  }
  // A saved form may lead to another page; a link is followed after its person was asked whether what was typed may go.
  function left(form, known, entry) {
    if (here() === DOOR) entry.isSent = false;
    else if (here() === linked || (isConnected() && (entry.isSent || !isForm(form)))) drop(known.id);
  }
  function lookAround() {
    const fresh = all(document, "form, [data-kept]").filter(function (form) { return nameOf(form) && !met.has(form); });
    met.forEach(function (known, form) {
      if (form.isConnected) return;
      met.delete(form);
      becomeOf(form, known, fresh);
    });
    met.forEach(function (known, form) {
      if (isForm(form) || !isSettled() || idOf(form, known.path) === known.id) return;
      met.delete(form);
      drop(known.id);
      fresh.push(form);
    });
    fresh.forEach(meet);
    met.forEach(function (known, form) {
      putBack(form);
      if (kept[known.id] && kept[known.id].isSent && hasProblem(form)) { kept[known.id].isSent = false; seal(); }
    });
  }

  // After the page was loaded: fields that the server drew anew under our hands, saved forms that are gone, dialogs.
  function settle() {
    if (!person || !isSettled()) return;
    const place = here();
    met.forEach(function (known, form) { if (kept[known.id]) giveBack(form); });
    const ids = Object.keys(kept).filter(function (id) { return kept[id].path === place; });
    const present = new Set(Array.from(met.values(), function (known) { return known.id; }));
    ids.forEach(function (id) { if (kept[id].isSent && !kept[id].over && !present.has(id)) drop(id); });
    const shut = ids.filter(function (id) { return kept[id] && kept[id].over && !document.querySelector("#" + kept[id].over.id + "[open]"); });
    shut.sort(function (one, other) { return kept[other].at - kept[one].at; });
    if (settledAt === null || settledAt === place) reopening = shut[0] || "";
    settledAt = place;
  }
  function reopen() {
    const entry = kept[reopening];
    if (!entry || entry.path !== here()) { reopening = ""; return; }
    if (document.querySelector("dialog[open]")) return;
    const button = document.querySelector('[data-reopens="' + CSS.escape(entry.over.by) + '"], [data-dialog-open="' + CSS.escape(entry.over.id) + '"]');
    if (!button) return;
    reopening = "";
    window.hmsReopen = JSON.parse(entry.over.on);
    button.click();
  }

  // The person -------------------------------------------------------------------------------------------------
  async function meetPerson() {
    const given = marker() && marker().dataset.typedKey;
    if (!given || given === person || isOver) return;
    if (person) { forget(); leave(location.href); return; }
    person = given;
    const found = await window.hmsSealed.open(given);
    if (isOver || person !== given) return;
    kept = { ...found, ...kept };
    met.forEach(function (known, form) { if (kept[known.id]) giveBack(form); else remember(form); });
    seal();
    settle();
  }
  // Whoever stands at the door finds nothing in the page's memory either.
  async function meetDoor() {
    if (here() !== DOOR || !person || isOver) return;
    const sealed = seal();
    person = "";
    await sealed;
    leave(location.href);
  }
  function leave(address) {
    isLeaving = true;
    if (address === location.href) location.reload(); else location.assign(address);
  }
  window.hmsKept = { forget: forget, leave: leave };

  // What happens -----------------------------------------------------------------------------------------------
  function act(event) {
    const form = !isOurs && event.target.closest && formOf(event.target);
    if (!form || !met.has(form)) return;
    leaveToPerson(form, met.get(form));
    remember(form);
  }
  document.addEventListener("input", act, true);
  document.addEventListener("change", act, true);
  document.addEventListener("click", act);
  document.addEventListener("focusin", function (event) {
    const form = event.target.closest && formOf(event.target);
    if (form && met.has(form)) focused = { id: met.get(form).id, control: event.target };
  });
  document.addEventListener("close", function (event) {
    if (event.target.dataset.modal === "client") met.forEach(function (known, form) {
      if (event.target.contains(form)) drop(known.id);
    });
  }, true);
  document.addEventListener("submit", function (event) {
    if ((event.target.getAttribute("action") || "").startsWith("/auth/sign-out")) {
      forget();
      if (channel) channel.postMessage("signed out");
      return;
    }
    const known = met.get(event.target);
    if (!known) return;
    leaveToPerson(event.target, known);
    remember(event.target);
    if (kept[known.id]) { kept[known.id].isSent = true; seal(); }
  }, true);
  document.addEventListener("reset", function (event) { if (met.has(event.target)) drop(met.get(event.target).id); }, true);
  document.addEventListener("click", function (event) {
    const anchor = event.target.closest && event.target.closest("a[href]");
    if (anchor && !event.defaultPrevented) linked = plain(new URL(anchor.href).pathname);
    if (!event.isTrusted || !event.target.closest) return;
    if (event.target.closest("[data-reload]")) leave(location.href);
    const own = formOf(event.target);
    met.forEach(function (known, form) { if (form !== own) leaveToPerson(form, known); });
    reopening = "";
  }, true);
  window.addEventListener("beforeunload", function (event) { if (isLeaving) event.stopImmediatePropagation(); }, true);
  // Signed out in another tab: this one shows nobody's data any longer either.
  if (channel) channel.onmessage = function () { forget(); if (marker()) window.hmsSession.signIn("signed-out"); };

  let wasLoaded = "";
  function look(changes) {
    changes.forEach(function (change) { if (change.addedNodes.length && change.target.closest) learn(formOf(change.target)); });
    lookAround();
    // The server draws the ticks of a table whose changes it counts itself.
    changes.forEach(function (change) { if (change.attributeName === "data-kept-changes" && isSettled()) remember(change.target); });
    meetDoor();
    meetPerson();
    const loaded = marker() ? marker().dataset.loaded + here() : "";
    if (loaded !== wasLoaded) { wasLoaded = loaded; settle(); }
    if (reopening) reopen();
  }
  new MutationObserver(look).observe(document.documentElement, {
    subtree: true, childList: true, attributes: true,
    attributeFilter: ["aria-invalid", "open", "data-loaded", "data-typed-key", "data-kept-of", "data-kept-changes"]
  });
  look([]);
})();
