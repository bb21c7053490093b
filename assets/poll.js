// Buttons marked data-poll are pressed again and again while their page is looked at: screens of work that goes on by
// itself. The events they send do not count as activity.
(function () {
  "use strict";
  var EVERY_MS = 1500;
  function isLocked() {
    var lock = document.getElementById("hms-lock");
    return lock && lock.open;
  }
  window.setInterval(function () {
    if (document.hidden || isLocked()) return;
    document.querySelectorAll("[data-poll]").forEach(function (button) { button.click(); });
  }, EVERY_MS);
})();
