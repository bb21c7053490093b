// Development only: when the screens have been built again, the page that is open is loaded anew.
(function () {
  "use strict";
  var EVERY_MS = 1000;
  var shown = null;
  async function look() {
    try {
      var answer = await fetch("/reload.js", { method: "HEAD", cache: "no-store" });
      var built = answer.ok && answer.headers.get("etag");
      if (shown && built && built !== shown) window.location.reload();
      shown = shown || built;
    } catch {
      // The server is starting again.
    }
    window.setTimeout(look, EVERY_MS);
  }
  look();
})();
