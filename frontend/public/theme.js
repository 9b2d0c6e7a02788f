// Sets the theme before the first paint; a file of its own because the content policy allows no inline script.
(function () {
  var choice = null;
  try {
    choice = localStorage.getItem("aegis-theme");
  } catch {
    choice = null;
  }
  var dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
