// The built bundle holds the address it was built for. Whatever host, port or scheme the page was opened
// with is where its server is, so every address that differs only in that is brought back here.
// The tab's token leaves the websocket's address, which proxies write into their logs, for a header.
(function () {
  "use strict";
  var paths = /^\/(_event|ping|_upload|_health)(\/|$)/;
  var page = Array.from(crypto.getRandomValues(new Uint8Array(16)), function (byte) {
    return byte.toString(16).padStart(2, "0");
  }).join("");

  function here(address, secure, plain) {
    var url = new URL(String(address), window.location.href);
    if (paths.test(url.pathname)) {
      url.protocol = window.location.protocol === "https:" ? secure : plain;
      url.host = window.location.host;
      if (!window.location.port) url.port = "";
    }
    return url;
  }

  var Native = window.WebSocket;
  function SameOriginWebSocket(address, protocols) {
    var url = here(address, "wss:", "ws:");
    var named = [].concat(protocols === undefined ? [] : protocols);
    var token = url.searchParams.get("token");
    if (token) {
      url.searchParams.delete("token");
      named.push("hms-tab." + token, "hms-page." + page);
    }
    return named.length ? new Native(url.href, named) : new Native(url.href);
  }
  SameOriginWebSocket.prototype = Native.prototype;
  Object.setPrototypeOf(SameOriginWebSocket, Native);
  window.WebSocket = SameOriginWebSocket;

  var nativeFetch = window.fetch;
  window.fetch = function (input, options) {
    if (typeof input === "string" || input instanceof URL) input = here(input, "https:", "http:").href;
    return nativeFetch.call(window, input, options);
  };
})();
