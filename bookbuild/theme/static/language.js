// The way to another language: to the same section in the same framework; the choice is kept.
"use strict";

(() => {
  // The section that is being read; none at the top of the page.
  function section() {
    const line = window.innerHeight / 3;
    const begun = Array.from(document.querySelectorAll("article section[id]"))
      .filter((part) => part.getBoundingClientRect().top <= line);
    const last = begun.pop();
    return last && last.parentElement.closest("section[id]") ? `#${last.id}` : "";
  }

  function follow(event) {
    const link = event.currentTarget;
    try {
      window.localStorage.setItem("book-language", link.dataset.language);
    } catch (error) {
      // Storage may be forbidden; the link works without.
    }
    const target = new URL(link.getAttribute("href"), window.location.href);
    target.search = window.location.search;
    target.hash = section();
    link.href = target.href;
  }

  // Extensions know a few languages; the words that they lack are told to them.
  function tell() {
    const said = document.getElementById("book-language").dataset;
    const { lang } = document.documentElement;
    if (typeof messages === "object" && !(lang in messages)) {
      const { copy_to_clipboard: copy, copy_success: copied } = messages[locale];
      iconCopy = iconCopy.replace(copy, said.wordCopy);
      iconCheck = iconCheck.replace(copied, said.wordCopied);
      messages[lang] = {
        copy: said.wordCopy,
        copy_to_clipboard: said.wordCopy,
        copy_success: said.wordCopied,
        copy_failure: said.wordNotCopied,
      };
      locale = lang;
    }
    const found = "Search finished, found ${resultCount} page(s) matching the search query.";
    if (Documentation.TRANSLATIONS[found] === "") Documentation.TRANSLATIONS[found] = said.wordFound;
  }

  function start() {
    const menu = document.querySelector(".book-languages");
    if (!menu) return;
    for (const link of menu.querySelectorAll("a")) link.addEventListener("click", follow);
    document.addEventListener("click", (event) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }

  // Captured on the window: before the extensions make their buttons.
  window.addEventListener("DOMContentLoaded", tell, true);
  window.addEventListener("DOMContentLoaded", start);
})();
