// The end of a session is announced, the screen does not outlive it, and the sign-in leads back to where somebody was.
// A frame that stayed empty because the server was not ready is loaded again by itself.
(function () {
  "use strict";
  const SOON_MS = 5 * 60000;
  const EMPTY_MS = 15000;
  const AGAIN_MS = 30000;
  const TRIED = "hms-loaded-again";
  const DOOR = "/sign-in";
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("hms-session") : null;
  let emptySince = Date.now();
  let banner = null;
  let isOver = false;
  let isRefused = false;  // Whether the server could not load the page for the connection that stands now.

  function session() {
    const marker = document.getElementById("hms-session");
    return marker ? marker.dataset : {};
  }
  function isLocked() {
    const lock = document.getElementById("hms-lock");
    return lock !== null && lock.open;
  }
  function isAtDoor() { return location.pathname.replace(/\/$/, "") === DOOR; }
  // Anybody can write a link: only a path of this site is a way back. The server judges it again.
  function wayBack() {
    const wanted = new URLSearchParams(location.search).get("next") || "";
    return /^\/(?!\/)[\w/-]*(\?[\w.~%&=+-]*)?$/.test(wanted) ? wanted : "";
  }

  function signIn(problem) {
    const query = new URLSearchParams(problem ? { problem: problem } : {});
    if (!isAtDoor()) query.set("next", location.pathname + location.search);
    window.hmsKept.leave(DOOR + "?" + query);
  }

  // The announcement stands over the page, or in the dialog that is open over it.
  function announce(words) {
    const host = document.querySelector("dialog[open]") || document.body;
    if (banner && banner.parentElement === host) return;
    if (banner) banner.remove();
    banner = document.createElement("div");
    banner.id = "hms-ending";
    banner.className = "k-banner k-banner-float";
    banner.dataset.tone = "warning";
    banner.setAttribute("role", "alert");
    const text = banner.appendChild(document.createElement("p"));
    text.className = "k-grow";
    text.textContent = "Your session ends at " + words + ". Save your work, or sign in again now: you come back to this place, with what you typed.";
    const button = banner.appendChild(document.createElement("button"));
    button.type = "button";
    button.className = "k-button k-button-secondary k-small";
    button.textContent = "Sign in again";
    button.addEventListener("click", function () { signIn(""); });
    host.prepend(banner);
  }
  function unsay() {
    if (banner) banner.remove();
    banner = null;
  }
  function lookAtEnd() {
    const known = session();
    if (!known.endsAt) { unsay(); return; }
    const left = window.hmsSealed.sessionEnd() - Date.now();
    if (isOver) return;
    if (left <= 0) {
      isOver = true;
      window.hmsKept.forget();
      signIn("session-ended");
    }
    else if (left <= SOON_MS && !isLocked()) announce(known.endsWords);
    else unsay();
  }

  // What was typed outlives it, so that a page may be loaded again without asking.
  function loadAgain() {
    if (Date.now() - Number(sessionStorage.getItem(TRIED) || 0) < AGAIN_MS) return;
    fetch("/readyz", { cache: "no-store" }).then(function (answer) {
      if (!answer.ok) return;
      sessionStorage.setItem(TRIED, String(Date.now()));
      window.hmsKept.leave(location.href);
    }).catch(function () { /* Not yet. */ });
  }
  function lookAtFrame() {
    const isFull = session().endsAt !== "" || isLocked() || document.hidden || document.querySelector("[data-connection-lost]");
    if (isFull) emptySince = Date.now();
    if (isRefused || Date.now() - emptySince > EMPTY_MS) loadAgain();
  }

  document.addEventListener("submit", function (event) {
    const field = event.target.querySelector("[data-way-back]");
    if (field) field.value = wayBack();
  }, true);
  // Whoever signs in again in one tab need not do so in the others.
  let isTold = false;
  function tellOthers() {
    if (isTold || !session().endsAt || !channel) return;
    isTold = true;
    channel.postMessage("signed in");
  }
  if (channel) channel.onmessage = function () {
    if (isAtDoor() && wayBack()) location.assign(wayBack());
  };
  window.setInterval(function () {
    lookAtEnd();
    lookAtFrame();
    tellOthers();
  }, 1000);
  window.hmsSession = { signIn: signIn, loadAgain: function () { isRefused = true; } };
})();
