// The lock screen, the idle timer and forms that confirm a password without leaving the page. The server decides who
// is let in; what happens here only hides the screen in time and keeps the work on it.
(function () {
  "use strict";
  var ACTIVE = "hms-active";
  var lastActive = stored() || Date.now();
  var lastTold = 0;
  var isUntold = false;
  var channel = "BroadcastChannel" in window ? new BroadcastChannel("hms-lock") : null;

  // When somebody last did something in any tab of this browser; a page that loads by itself does not put it off.
  function stored() {
    try { return Number(window.localStorage.getItem(ACTIVE)) || 0; } catch { return 0; }
  }
  function store() {
    try { window.localStorage.setItem(ACTIVE, String(lastActive)); } catch { /* This tab counts alone. */ }
  }
  function overlay() { return document.getElementById("hms-lock"); }
  function settings() { return document.getElementById("hms-session"); }
  function press(id) {
    var button = document.getElementById(id);
    if (button) button.click();
  }
  function say(form, text) {
    var place = form.querySelector("[data-fetch-problem]");
    var input = form.querySelector("input:not([type=hidden])");
    if (place) place.textContent = text;
    if (input) input.setAttribute("aria-invalid", text ? "true" : "false");
  }
  function empty(form) {
    form.reset();
    say(form, "");
  }

  function lock(silent) {
    var dialog = overlay();
    if (!dialog || dialog.open) return;
    dialog.showModal();
    var input = dialog.querySelector("input[type=password]");
    if (input) input.focus();
    if (silent === true) return;
    if (channel) channel.postMessage("locked");
    fetch("/auth/lock", { method: "POST", credentials: "same-origin" }).catch(function () { /* It locks by itself. */ });
  }
  function unlock(silent) {
    var dialog = overlay();
    lastActive = lastTold = Date.now();
    store();
    if (dialog) {
      empty(dialog.querySelector("form[data-fetch]"));
      if (dialog.open) dialog.close();
    }
    press("hms-unlocked");
    if (channel && silent !== true) channel.postMessage("unlocked");
  }
  window.hmsLock = lock;
  if (channel) {
    channel.onmessage = function (message) {
      if (message.data === "locked") lock(true);
      if (message.data === "unlocked" && overlay() && overlay().open) unlock(true);
    };
  }
  document.addEventListener("cancel", function (event) {
    if (event.target.id === "hms-lock") event.preventDefault();
  }, true);

  // A form with data-fetch is sent without leaving the page; data-then names what follows.
  var follows = {
    unlock: function () { unlock(); },
    confirmed: function (form) { empty(form); press("hms-confirmed"); }
  };
  function answer(form, response) {
    return response.json().catch(function () { return {}; }).then(function (body) {
      if (response.ok && body.ok !== false) { follows[form.dataset.then](form); return; }
      if (body.signed_out) {
        window.hmsSession.signIn("signed-out");
        return;
      }
      say(form, body.problem || "That did not work. Try again.");
      var input = form.querySelector("input:not([type=hidden])");
      if (input) { input.focus(); input.select(); }
    });
  }
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.dataset || !form.dataset.fetch) return;
    event.preventDefault();
    event.stopPropagation();
    var button = form.querySelector("[type=submit]");
    if (button.disabled) return;
    button.disabled = true;
    say(form, "");
    fetch(form.dataset.fetch, {
      method: "POST", credentials: "same-origin", headers: { Accept: "application/json" },
      body: new URLSearchParams(new FormData(form))
    }).then(function (response) { return answer(form, response); })
      .catch(function () { say(form, "The hospital cannot be reached. Check the connection, then try again."); })
      .then(function () { button.disabled = false; });
  }, true);

  // Idle: only what a person does counts, in any tab. The server is told of it at once and then at most once a minute,
  // by a request that outlives the page: who clicks from page to page is active, whatever loads by itself is not.
  function active() {
    var now = Date.now();
    var isNews = now - stored() >= 1000;
    lastActive = now;
    isUntold = true;
    if (isNews) store();
    if (now - lastTold >= interval()) tell();
  }
  function minutes() {
    var marker = settings();
    return marker ? Number(marker.dataset.idleMinutes) : 0;
  }
  function interval() { return Math.min(60000, minutes() * 15000); }
  function tell() {
    if (!minutes()) return;
    lastTold = Date.now();
    isUntold = false;
    fetch("/auth/awake", {
      method: "POST", credentials: "same-origin", keepalive: true, headers: { Accept: "application/json" }
    }).then(function (response) {
      if (response.status !== 401) return;
      return response.json().then(function (body) { if (!body.signed_out) lock(true); });
    }).catch(function () { isUntold = true; /* Told again a minute later, or when the page is left. */ });
  }
  ["pointerdown", "keydown", "wheel", "touchstart", "click", "input"].forEach(function (kind) {
    document.addEventListener(kind, function (event) {
      var dialog = overlay();
      if (event.isTrusted && !(dialog && dialog.open)) active();
    }, { capture: true, passive: true });
  });
  window.addEventListener("pagehide", function () { if (isUntold) tell(); });
  window.setInterval(function () {
    if (!minutes() || (overlay() && overlay().open)) return;
    lastActive = Math.max(lastActive, stored());
    if (Date.now() - lastActive >= minutes() * 60000) { lock(); return; }
    if (isUntold && Date.now() - lastTold >= interval()) tell();
  }, 1000);
})();
