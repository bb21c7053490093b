// While the hospital's database is away this tab says so, and goes on by itself when it is back. A page that could not
// be loaded meanwhile is loaded again then; on any other page what was typed stays where it is.
(function () {
  "use strict";
  var EVERY_MS = 4000;
  var banner = null;
  var rest = null;
  var isLost = false;

  function show() {
    var line = document.createElement("div");
    var strong = document.createElement("strong");
    rest = document.createElement("span");
    banner = document.createElement("div");
    banner.className = "k-banner k-banner-float";
    banner.dataset.tone = "danger";
    banner.setAttribute("role", "alert");
    strong.textContent = "The hospital's database cannot be reached. ";
    line.append(strong, rest);
    banner.append(line);
    document.body.prepend(banner);
  }
  function say() {
    rest.textContent = isLost
      ? "This page is loaded as soon as it is back."
      : "Nothing can be saved now. What you typed stays here; go on when this notice is gone.";
  }
  function wait() {
    window.setTimeout(ask, EVERY_MS * (0.75 + Math.random() / 2));
  }
  function ask() {
    fetch("/readyz", { credentials: "omit", cache: "no-store" })
      .then(function (answer) { if (answer.ok) goOn(); else wait(); }, wait);
  }
  // A list whose search was refused shows what was asked for before: it is loaded again, with what was typed.
  function isUnanswered() {
    return Array.from(document.querySelectorAll("main input[type=search]")).some(function (field) { return field.value; });
  }
  function goOn() {
    if (isLost) { window.location.reload(); return; }
    if (isUnanswered()) { window.hmsKept.leave(window.location.href); return; }
    banner.remove();
    banner = null;
  }
  window.hmsAway = function (pageIsLost) {
    isLost = isLost || pageIsLost;
    if (!banner) { show(); wait(); }
    say();
  };
})();
