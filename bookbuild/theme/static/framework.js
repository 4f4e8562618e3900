// Complements sphinx-design's tabs, which synchronise the frameworks and remember the choice:
// the address follows the choice, an unknown name in it changes nothing, and the page stays where
// the reader looks although tab-sets above grow or shrink.
"use strict";

(() => {
  const GROUP = "framework";
  const LABELS = `.sd-tab-label[data-sync-group="${GROUP}"]`;

  const labels = () => Array.from(document.querySelectorAll(LABELS));
  const labelOf = (input) => {
    const label = input instanceof HTMLInputElement ? input.nextElementSibling : null;
    return label && label.matches(LABELS) ? label : null;
  };

  function setAddress(key) {
    const url = new URL(window.location.href);
    if (url.searchParams.get(GROUP) === key) return;
    if (key) url.searchParams.set(GROUP, key);
    else url.searchParams.delete(GROUP);
    try {
      window.history.replaceState(window.history.state, "", url);
    } catch (error) {
      // Some browsers forbid this under file://; the choice itself still works.
    }
  }

  // Captured on the window: before sphinx-design, which stores whatever the address says.
  function checkAddress() {
    const known = labels().map((label) => label.dataset.syncId);
    const asked = new URLSearchParams(window.location.search).get(GROUP);
    if (asked && known.length && !known.includes(asked)) setAddress(null);
  }

  function start() {
    const current = labels().find((label) => label.previousElementSibling.checked);
    if (current) setAddress(current.dataset.syncId);
    for (const set of document.querySelectorAll(".sd-tab-set")) {
      if (!set.querySelector(LABELS)) continue;
      set.setAttribute("role", "group");
      set.setAttribute("aria-label", document.getElementById("book-language").dataset.wordFramework);
    }
  }

  let top = null;
  // Captured on the document: before sphinx-design switches the other tab-sets.
  function beforeSync(event) {
    const label = labelOf(event.target);
    top = label ? label.parentElement.getBoundingClientRect().top : null;
  }
  function afterSync(event) {
    const label = labelOf(event.target);
    if (!label || top === null) return;
    const moved = label.parentElement.getBoundingClientRect().top - top;
    if (moved) window.scrollBy({ top: moved, behavior: "instant" });
    setAddress(label.dataset.syncId);
  }

  window.addEventListener("DOMContentLoaded", checkAddress, true);
  document.addEventListener("change", beforeSync, true);
  document.addEventListener("change", afterSync);
  // On the window and bubbling: after sphinx-design has chosen the tabs.
  window.addEventListener("DOMContentLoaded", start);
})();
