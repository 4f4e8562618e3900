// Loaded in the head of each page, before anything is shown. Who opens the book at an address of the
// source's language, and prefers another that the book has, is led to that edition. A choice made
// on a page is remembered; an address of another edition is taken as meant.
"use strict";

(() => {
  const script = document.currentScript;
  const editions = new Map(
    script.dataset.editions.split("|").filter(Boolean).map((row) => row.split(" ")));
  const [source] = editions.keys();
  let chosen = null;
  try {
    chosen = window.localStorage.getItem("book-language");
  } catch (error) {
    // Storage may be forbidden; then every visit is the first.
  }
  // `zh-TW` and `zh` are served by `zh_CN`, `ja-JP` by `ja`.
  const serves = (key, tag) => key.split("_")[0] === tag.toLowerCase().split("-")[0];
  const keys = Array.from(editions.keys());
  const wanted = editions.has(chosen) ? chosen
    : (window.navigator.languages || [])
      .map((tag) => keys.find((key) => serves(key, tag))).find(Boolean);
  if (script.dataset.language === source && wanted && wanted !== source)
    window.location.replace(editions.get(wanted) + window.location.search + window.location.hash);
})();
