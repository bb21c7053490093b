// The time zone of this browser, offered where a hospital says which zone it is in.
(function () {
  "use strict";
  window.hmsOwnZone = function (id) {
    const field = document.getElementById(id);
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (field && zone && Array.from(field.options).some(function (option) { return option.value === zone; })) {
      field.value = zone;
    }
  };
})();
