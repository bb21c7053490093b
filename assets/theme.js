// Sets the colour theme before the first paint: "light", "dark", or the system's choice.
(function () {
  var query = window.matchMedia("(prefers-color-scheme: dark)");
  function stored() {
    try { return localStorage.getItem("hms-theme") || "system"; } catch (error) { return "system"; }
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
    } catch (error) { /* Private windows may refuse storage: the defaults then hold. */ }
  }
  window.hmsTheme = function (choice) {
    try { localStorage.setItem("hms-theme", choice); } catch (error) { /* Kept for this page only. */ }
    apply();
    document.documentElement.setAttribute("data-theme-choice", choice);
  };
  window.hmsMenu = function () {
    var icons = document.documentElement.getAttribute("data-menu") === "icons";
    try { localStorage.setItem("hms-menu", icons ? "full" : "icons"); } catch (error) { /* As above. */ }
    apply();
  };
  query.addEventListener("change", apply);
  window.addEventListener("storage", apply);
  apply();
})();
