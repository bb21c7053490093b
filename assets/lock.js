// The lock screen, the idle timer and forms that confirm a password without leaving the page. The server decides who
// is let in; what happens here only hides the screen in time and keeps the work on it.
(function () {
  "use strict";
  var lastActive = Date.now();
  var lastTold = Date.now();
  var channel = "BroadcastChannel" in window ? new BroadcastChannel("hms-lock") : null;

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

  // Idle: only what a person does counts, and the server is told of it at most once a minute.
  ["pointerdown", "keydown", "wheel", "touchstart"].forEach(function (kind) {
    document.addEventListener(kind, function (event) {
      var dialog = overlay();
      if (!event.isTrusted || (dialog && dialog.open)) return;
      lastActive = Date.now();
    }, { capture: true, passive: true });
  });
  window.setInterval(function () {
    var marker = settings();
    var minutes = marker ? Number(marker.dataset.idleMinutes) : 0;
    if (!minutes || (overlay() && overlay().open)) return;
    if (Date.now() - lastActive >= minutes * 60000) { lock(); return; }
    if (lastActive > lastTold && Date.now() - lastTold >= Math.min(60000, minutes * 15000)) {
      lastTold = Date.now();
      press("hms-awake");
    }
  }, 1000);
})();
