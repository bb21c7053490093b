// A form that is too long for one message is not sent: the server would end the connection, and what was typed with it.
(function () {
  "use strict";
  var MOST_BYTES = 400000;

  function bytesOf(form) {
    var bytes = 0, coder = new TextEncoder();
    new FormData(form).forEach(function (value, name) {
      if (typeof value === "string") bytes += coder.encode(name + value).length;
    });
    return bytes;
  }
  function say(form, bytes) {
    var box = form.querySelector("[data-too-long]") || document.createElement("div");
    box.className = "k-callout";
    box.dataset.tone = "danger";
    box.dataset.tooLong = "";
    box.tabIndex = -1;
    box.setAttribute("role", "alert");
    box.textContent = "This form holds " + Math.ceil(bytes / 1000).toLocaleString("en") + " kB of text, and at most " +
      MOST_BYTES / 1000 + " kB can be sent. Nothing was sent and nothing is lost: shorten the longest text, or add it as a document.";
    form.prepend(box);
    box.focus();
  }
  document.addEventListener("submit", function (event) {
    var form = event.target;
    var said = form.querySelector("[data-too-long]");
    if (form.hasAttribute("action")) return;
    var bytes = bytesOf(form);
    if (bytes <= MOST_BYTES) { if (said) said.remove(); return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    say(form, bytes);
  }, true);
})();
