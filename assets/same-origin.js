// The built bundle holds the address it was built for. Whatever host, port or scheme the page was opened
// with is where its server is, so every address that differs only in that is brought back here.
(function () {
  "use strict";
  var paths = /^\/(_event|ping|_upload|_health)(\/|$)/;

  function here(address, secure, plain) {
    var url = new URL(String(address), window.location.href);
    if (paths.test(url.pathname)) {
      url.protocol = window.location.protocol === "https:" ? secure : plain;
      url.host = window.location.host;
      if (!window.location.port) url.port = "";
    }
    return url.href;
  }

  var Native = window.WebSocket;
  function SameOriginWebSocket(address, protocols) {
    var url = here(address, "wss:", "ws:");
    return protocols === undefined ? new Native(url) : new Native(url, protocols);
  }
  SameOriginWebSocket.prototype = Native.prototype;
  Object.setPrototypeOf(SameOriginWebSocket, Native);
  window.WebSocket = SameOriginWebSocket;

  var nativeFetch = window.fetch;
  window.fetch = function (input, options) {
    if (typeof input === "string" || input instanceof URL) input = here(input, "https:", "http:");
    return nativeFetch.call(window, input, options);
  };
})();
