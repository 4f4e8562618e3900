// Let the trained NiN see an image in the reader's browser: fills each .nin-try.
// Network and runtime are loaded when somebody asks for them, from the book itself.
"use strict";

(() => {
  const PIXELS = 28; // of a Fashion-MNIST image
  const SIZE = 224; // what the network was trained at
  const SAMPLES = 20;
  const FOLDER = new URL("./", document.currentScript.src);

  // The same numbers as d2lcompat's resize_matrix: bilinear, sampled at pixel centres.
  function resizeMatrix(size, to) {
    return Array.from({ length: to }, (_, i) => {
      const centre = Math.min(Math.max(((i + 0.5) * size) / to - 0.5, 0), size - 1);
      const left = Math.floor(centre);
      return [left, Math.min(left + 1, size - 1), centre - left];
    });
  }

  // Pixels from 0 to 255, row by row, become SIZE × SIZE pixels from 0 to 1.
  function prepare(pixels) {
    const matrix = resizeMatrix(PIXELS, SIZE);
    const image = new Float32Array(SIZE * SIZE);
    const rows = matrix.map(([a, b, w]) =>
      Float32Array.from({ length: PIXELS }, (_, x) =>
        ((1 - w) * pixels[a * PIXELS + x] + w * pixels[b * PIXELS + x]) / 255));
    rows.forEach((row, y) => matrix.forEach(([a, b, w], x) => {
      image[y * SIZE + x] = (1 - w) * row[a] + w * row[b];
    }));
    return image;
  }

  function softmax(logits) {
    const largest = Math.max(...logits);
    const powers = logits.map((z) => Math.exp(z - largest));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((p) => p / sum);
  }

  let loading = null;
  // Return a function from pixels to {logits, maps, side}.
  function network() {
    loading ??= (async () => {
      const ort = await import(new URL("nin-try/ort.wasm.bundle.min.mjs", FOLDER));
      ort.env.wasm.wasmPaths = { wasm: new URL("nin-try/ort-wasm-simd-threaded.wasm", FOLDER).href };
      ort.env.wasm.numThreads = 1;
      const session = await ort.InferenceSession.create(new URL("nin-try/nin.onnx", FOLDER).href);
      return async (pixels) => {
        const images = new ort.Tensor("float32", prepare(pixels), [1, 1, SIZE, SIZE]);
        const { logits, maps } = await session.run({ images });
        return { logits: Array.from(logits.data), maps: maps.data, side: maps.dims[2] };
      };
    })();
    loading.catch(() => { loading = null; }); // the next question tries again
    return loading;
  }

  function loadImage(source) {
    return new Promise((resolve, reject) => {
      const image = new Image();
      image.onload = () => resolve(image);
      image.onerror = () => reject(new Error("no image"));
      image.src = source;
    });
  }

  // Fit a picture into PIXELS × PIXELS shades of grey, light on dark as in Fashion-MNIST.
  function shrink(picture, width, height) {
    const canvas = Object.assign(document.createElement("canvas"), { width: PIXELS, height: PIXELS });
    const paint = canvas.getContext("2d", { willReadFrequently: true });
    paint.imageSmoothingQuality = "high";
    const scale = PIXELS / Math.max(width, height);
    const [w, h] = [width * scale, height * scale];
    const corner = greys(paint, picture, 0, 0, PIXELS, PIXELS);
    const edge = [0, PIXELS - 1, PIXELS * (PIXELS - 1), PIXELS ** 2 - 1];
    const bright = edge.reduce((sum, i) => sum + corner[i], 0) / 4 > 127;
    paint.fillStyle = bright ? "white" : "black";
    paint.fillRect(0, 0, PIXELS, PIXELS);
    const found = greys(paint, picture, (PIXELS - w) / 2, (PIXELS - h) / 2, w, h);
    return bright ? found.map((v) => 255 - v) : found;
  }

  function greys(paint, picture, x, y, w, h) {
    paint.drawImage(picture, x, y, w, h);
    const { data } = paint.getImageData(0, 0, PIXELS, PIXELS);
    return Array.from({ length: PIXELS ** 2 }, (_, i) =>
      Math.round(0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]));
  }

  function build(root) {
    const words = {};
    for (const word of root.querySelectorAll(".book-words > *"))
      for (const name of word.classList)
        if (name.startsWith("word-")) words[name.slice(5)] = word.textContent;
    const classes = words.classes.split(/[,，、]\s*/);
    const make = (tag, text, attributes = {}) => {
      const element = document.createElement(tag);
      if (text) element.textContent = text;
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      return element;
    };

    const place = make("div", "", { class: "nin-try-body", role: "group", "aria-label": words.title });
    const start = make("button", words.start, { type: "button", class: "nin-try-button" });
    const status = make("p", "", { class: "nin-try-status", role: "status" });
    place.append(make("p", words.title, { class: "nin-try-title" }), start, status);
    root.append(place);
    start.addEventListener("click", async () => {
      start.disabled = true;
      status.textContent = words.loading;
      try {
        const [predict, sheet] =
          await Promise.all([network(), loadImage(new URL("nin-samples.png", FOLDER))]);
        start.remove();
        status.textContent = "";
        open(predict, sheet);
      } catch (error) {
        start.disabled = false;
        status.textContent = location.protocol === "file:" ? words.server : words.failed;
        console.warn(error);
      }
    });

    function open(predict, sheet) {
      const samples = make("div", "", { class: "nin-try-samples", role: "group" });
      samples.setAttribute("aria-label", words.samples);
      const full = Object.assign(document.createElement("canvas"),
        { width: PIXELS * SAMPLES, height: PIXELS });
      const paint = full.getContext("2d", { willReadFrequently: true });
      paint.drawImage(sheet, 0, 0);
      for (let i = 0; i < SAMPLES; i += 1) {
        const { data } = paint.getImageData(i * PIXELS, 0, PIXELS, PIXELS);
        const pixels = Array.from({ length: PIXELS ** 2 }, (_, k) => data[4 * k]);
        const label = words.sample.replace("{i}", i + 1);
        const button = make("button", "", { type: "button", "aria-label": label });
        const small = Object.assign(document.createElement("canvas"), { width: PIXELS, height: PIXELS });
        small.getContext("2d").drawImage(sheet, -i * PIXELS, 0);
        button.append(small);
        button.addEventListener("click", () => ask(pixels));
        samples.append(button);
      }

      const board = Object.assign(
        make("canvas", "", { class: "nin-try-board", role: "img", "aria-label": words.board }),
        { width: 280, height: 280 });
      const pen = board.getContext("2d", { willReadFrequently: true });
      Object.assign(pen, { lineWidth: 26, lineCap: "round", strokeStyle: "white" });
      const wipe = () => {
        pen.fillStyle = "black";
        pen.fillRect(0, 0, 280, 280);
      };
      let last = null;
      const at = (event) => {
        const box = board.getBoundingClientRect();
        return [((event.clientX - box.left) * 280) / box.width,
          ((event.clientY - box.top) * 280) / box.height];
      };
      board.addEventListener("pointerdown", (event) => {
        board.setPointerCapture(event.pointerId);
        last = at(event);
      });
      board.addEventListener("pointermove", (event) => {
        if (!last) return;
        pen.beginPath();
        pen.moveTo(...last);
        last = at(event);
        pen.lineTo(...last);
        pen.stroke();
      });
      const lift = () => {
        if (last) ask(shrink(board, 280, 280));
        last = null;
      };
      board.addEventListener("pointerup", lift);
      board.addEventListener("pointercancel", lift);
      const clear = make("button", words.clear, { type: "button", class: "nin-try-button" });
      clear.addEventListener("click", wipe);

      const file = make("input", "", { type: "file", accept: "image/*" });
      const pick = make("label", words.file, { class: "nin-try-file" });
      pick.append(file);
      const read = async (blob) => {
        if (!blob) return;
        const address = URL.createObjectURL(blob);
        try {
          const picture = await loadImage(address);
          ask(shrink(picture, picture.naturalWidth, picture.naturalHeight));
        } catch {
          status.textContent = words["not-an-image"];
        } finally {
          URL.revokeObjectURL(address);
        }
      };
      file.addEventListener("change", () => read(file.files[0]));
      place.addEventListener("dragover", (event) => event.preventDefault());
      place.addEventListener("drop", (event) => {
        event.preventDefault();
        read(event.dataTransfer.files[0]);
      });

      const seen = Object.assign(make("canvas", "", { class: "nin-try-seen", role: "img" }),
        { width: SIZE, height: SIZE });
      const bars = make("table", "", { class: "nin-try-bars" });
      const lines = classes.map((name) => {
        const row = bars.insertRow();
        const meter = make("span", "", { class: "nin-try-bar" });
        const number = make("span", "");
        row.append(make("th", name, { scope: "row" }));
        row.insertCell().append(meter);
        row.insertCell().append(number);
        return { row, meter, number };
      });
      const answer = make("div", "", { class: "nin-try-answer" });
      answer.append(seen, bars);
      const drawing = make("div", "", { class: "nin-try-drawing" });
      const tools = make("div", "", { class: "nin-try-tools" });
      tools.append(make("p", words.draw), clear, pick);
      drawing.append(board, tools);
      place.append(make("p", words.samples), samples, drawing, answer, status);
      wipe();
      answer.hidden = true;
      samples.querySelector("button").focus();

      async function ask(pixels) {
        const { logits, maps, side } = await predict(pixels);
        const chances = softmax(logits);
        const best = chances.indexOf(Math.max(...chances));
        lines.forEach(({ row, meter, number }, i) => {
          row.classList.toggle("nin-try-best", i === best);
          meter.style.width = `${100 * chances[i]}%`;
          number.textContent = `${(100 * chances[i]).toFixed(1)} %`;
        });
        show(prepare(pixels), maps.slice(best * side * side, (best + 1) * side * side), side);
        seen.setAttribute("aria-label", words.seen.replace("{class}", classes[best]));
        status.textContent = words.seen.replace("{class}", classes[best]);
        answer.hidden = false;
        root.dataset.logits = JSON.stringify(logits);
      }

      // The image in grey, and over it, in red, the map of the class that has won.
      function show(image, map, side) {
        const view = seen.getContext("2d");
        const picture = view.createImageData(SIZE, SIZE);
        const largest = Math.max(...map, 1e-9);
        const matrix = resizeMatrix(side, SIZE);
        for (let y = 0; y < SIZE; y += 1) {
          const [top, bottom, v] = matrix[y];
          for (let x = 0; x < SIZE; x += 1) {
            const [left, right, u] = matrix[x];
            const heat = ((1 - v) * ((1 - u) * map[top * side + left] + u * map[top * side + right])
              + v * ((1 - u) * map[bottom * side + left] + u * map[bottom * side + right])) / largest;
            const grey = 255 * image[y * SIZE + x] * (1 - 0.5 * heat);
            picture.data.set([grey + 215 * heat * 0.75, grey, grey, 255], 4 * (y * SIZE + x));
          }
        }
        view.putImageData(picture, 0, 0);
      }
    }
  }

  window.ninTry = { prepare, resizeMatrix };
  window.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll(".nin-try").forEach(build);
  });
})();
