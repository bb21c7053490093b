// Sets the colour theme before the first paint: "light", "dark", or the system's choice.
(function () {
  var query = window.matchMedia("(prefers-color-scheme: dark)");
  var chosen = "system";
  function stored() {
    try { return localStorage.getItem("hms-theme") || chosen; } catch { return chosen; }
  }
  function apply() {
    var choice = stored();
    var root = document.documentElement;
    var dark = choice === "dark" || (choice === "system" && query.matches);
    root.setAttribute("data-theme", dark ? "dark" : "light");
    root.setAttribute("data-theme-choice", choice);
    try {
      if (localStorage.getItem("hms-menu") === "icons") root.setAttribute("data-menu", "icons");
      else root.removeAttribute("data-menu");
    } catch { /* Private windows may refuse storage: the defaults then hold. */ }
  }
  window.hmsTheme = function (choice) {
    chosen = choice;
    try { localStorage.setItem("hms-theme", choice); } catch { /* Kept for this page only. */ }
    apply();
  };
  window.hmsMenu = function () {
    var icons = document.documentElement.getAttribute("data-menu") === "icons";
    try { localStorage.setItem("hms-menu", icons ? "full" : "icons"); } catch { /* As above. */ }
    apply();
  };
  query.addEventListener("change", apply);
  window.addEventListener("storage", apply);
  apply();
})();
