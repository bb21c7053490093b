// The address of a screen that already shows what it says: a step of the history, and nothing is loaded again. The
// router keeps its own count of steps in `idx`; walking back and forth is its business, and loads what the address says.
(function () {
  "use strict";
  function plain(path) { return path.replace(/\/+$/, ""); }
  function newKey() { return Math.random().toString(36).slice(2, 10); }
  window.hmsShowAddress = function (address, replaces) {
    var there = new URL(address, location.origin);
    if (plain(there.pathname) !== plain(location.pathname)) return;  // Somebody has gone on meanwhile.
    if (there.search === location.search) return;
    var step = history.state || {};
    if (replaces) { history.replaceState(step, "", there); return; }
    // The router still stands at this step. With another key it is a new one to it when somebody walks back.
    history.replaceState(Object.assign({}, step, { key: newKey() }), "");
    history.pushState({ usr: null, key: newKey(), idx: (step.idx || 0) + 1 }, "", there);
  };
})();
