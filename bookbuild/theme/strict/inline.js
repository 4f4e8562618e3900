// What the theme's templates would write into each page, where the site's policy lets nothing run.
// Loaded before anything is shown; what the extensions would write there follows in the same file.
"use strict";

(() => {
  const { dataset } = document.documentElement;
  const choose = (name) => {
    try {
      return window.localStorage.getItem(name) || dataset.theme;
    } catch (error) {
      return dataset.theme; // Storage may be forbidden.
    }
  };
  [dataset.mode, dataset.theme] = [choose("mode"), choose("theme")];

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-full-screen]")) window.toggleFullScreen();
  });
})();
