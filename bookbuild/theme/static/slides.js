// Starts reveal.js, follows the reader's light or dark, and makes every slide fit its frame.
"use strict";

(() => {
  const SIZE = { width: 1280, height: 720 };
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    document.documentElement.dataset.theme = dark.matches ? "dark" : "light";
  };
  dark.addEventListener("change", follow);
  follow();

  // The page's pieces are not written for a frame. What is too high is made smaller as a whole, or
  // has its outputs beside its code, whichever leaves it larger.
  function shrink(body, room) {
    let zoom = 1;
    for (; zoom > 0.3; zoom -= 0.04) {
      body.style.zoom = zoom.toFixed(2);
      if (body.getBoundingClientRect().height / deck.getScale() <= room) break;
    }
    return zoom;
  }

  function fit(slide) {
    const body = slide.querySelector(".slide-body");
    if (!body) return;
    const room = SIZE.height - 44 - body.offsetTop;
    const below = shrink(body, room);
    if (below > 0.9) return;
    body.classList.add("slide-beside");
    if (shrink(body, room) > below) return;
    body.classList.remove("slide-beside");
    shrink(body, room);
  }

  const deck = new Reveal(document.querySelector(".reveal"), {
    ...SIZE,
    margin: 0.02,
    center: false,
    hash: true,
    slideNumber: "c/t",
    transition: "none",
    backgroundTransition: "none",
    help: true,
  });
  deck.initialize().then(() => {
    const fitted = new Set();
    const now = (slide) => {
      if (slide && !fitted.has(slide)) fitted.add(slide), fit(slide);
    };
    now(deck.getCurrentSlide());
    deck.on("slidechanged", (event) => now(event.currentSlide));
    document.documentElement.dataset.ready = "true";
    window.deck = deck;
  });
})();
