// The registration form: what is typed so far, for the server to read along.
(function () {
  "use strict";
  window.hmsTyped = function (id) {
    const typed = {};
    const form = document.getElementById(id);
    if (form) new FormData(form).forEach(function (value, name) {
      if (typeof value === "string" && value && name !== "photo") typed[name] = value.slice(0, 300);
    });
    return typed;
  };
})();
