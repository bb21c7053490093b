// Screens are told what others change. As a net under that, whoever comes back to a page after a while has it look
// again: the button marked data-look-again is pressed, by itself where a part is marked data-look-every (minutes pass). The event it sends does not count as activity.
(function () {
  "use strict";
  var AT_MOST_EVERY_MS = 30000;
  var lookedAt = Date.now();
  function isLocked() {
    var lock = document.getElementById("hms-lock");
    return lock && lock.open;
  }
  function look() {
    if (document.hidden || isLocked() || Date.now() - lookedAt < AT_MOST_EVERY_MS) return;
    lookedAt = Date.now();
    document.querySelectorAll("[data-look-again]").forEach(function (button) { button.click(); });
  }
  setInterval(function () {
    if (document.querySelector("[data-look-every]")) look();
  }, AT_MOST_EVERY_MS + 500);
  window.addEventListener("focus", look);
  document.addEventListener("visibilitychange", look);
})();
