// Change NiN's layers and see shapes, parameters and multiply-adds follow: fills each .nin-shapes.
"use strict";

(() => {
  const FIELDS = ["channels", "kernel", "stride", "padding"];
  const NIN = [
    { kind: "block", channels: 96, kernel: 11, stride: 4, padding: 0 },
    { kind: "pool", kernel: 3, stride: 2, padding: 0 },
    { kind: "block", channels: 256, kernel: 5, stride: 1, padding: 2 },
    { kind: "pool", kernel: 3, stride: 2, padding: 0 },
    { kind: "block", channels: 384, kernel: 3, stride: 1, padding: 1 },
    { kind: "pool", kernel: 3, stride: 2, padding: 0 },
    { kind: "block", channels: 10, kernel: 3, stride: 1, padding: 1 },
    { kind: "average" },
  ];
  const START = { size: 224, channels: 1 };

  // One row for each layer: {shape, parameters, work}, or {error} from the first that cannot be.
  function trace(input, layers) {
    const rows = [];
    let { size, channels } = input;
    let error = valid(input.size, 1) && valid(input.channels, 1) ? "" : "number";
    for (const layer of layers) {
      if (!error) error = problem(layer, size);
      if (error) {
        rows.push({ error });
        error = "above";
        continue;
      }
      let [parameters, work] = [0, 0];
      if (layer.kind === "average") size = 1;
      else size = Math.floor((size + 2 * layer.padding - layer.kernel) / layer.stride) + 1;
      if (layer.kind === "block") {
        const wide = channels * layer.kernel ** 2 * layer.channels;
        const inner = 2 * layer.channels ** 2;
        parameters = wide + inner + 3 * layer.channels;
        work = (wide + inner) * size ** 2;
        channels = layer.channels;
      }
      rows.push({ shape: [channels, size, size], parameters, work });
    }
    return rows;
  }

  const valid = (value, least) => Number.isInteger(value) && value >= least && value <= 10000;

  function problem(layer, size) {
    if (layer.kind === "average") return "";
    const { channels = 1, kernel, stride, padding } = layer;
    if (![channels, kernel, stride].every((n) => valid(n, 1)) || !valid(padding, 0)) return "number";
    return size + 2 * padding < kernel ? "small" : "";
  }

  function build(root) {
    const words = {};
    for (const word of root.querySelectorAll(".book-words > *"))
      for (const name of word.classList)
        if (name.startsWith("word-")) words[name.slice(5)] = word.textContent;
    const input = { ...START };
    const layers = NIN.map((layer) => ({ ...layer }));
    const make = (tag, text, attributes = {}) => {
      const element = document.createElement(tag);
      if (text !== undefined) element.textContent = text;
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      return element;
    };
    const field = (object, name, label) => {
      const box = make("input", undefined, {
        type: "number", min: name === "padding" ? 0 : 1, max: 10000, step: 1,
        inputmode: "numeric", "aria-label": label, value: object[name],
      });
      box.addEventListener("input", () => {
        object[name] = box.value === "" ? NaN : Number(box.value);
        show();
      });
      return box;
    };

    const table = make("table", undefined, { class: "table" });
    const head = table.createTHead().insertRow();
    for (const word of ["layer", ...FIELDS, "shape", "parameters", "work"])
      head.append(make("th", words[word], { scope: "col" }));
    const body = table.createTBody();
    const cells = [];
    function line(name, object, fields) {
      const row = body.insertRow();
      row.append(make("th", name, { scope: "row" }));
      for (const part of FIELDS) {
        const cell = row.insertCell();
        if (fields.includes(part)) cell.append(field(object, part, `${name}: ${words[part]}`));
      }
      cells.push([row.insertCell(), row.insertCell(), row.insertCell()]);
      return row;
    }
    const first = line(words.input, input, ["channels"]);
    first.cells[2].append(field(input, "size", `${words.input}: ${words.size}`));
    first.cells[2].colSpan = 1;
    const counts = { block: 0, pool: 0 };
    for (const layer of layers) {
      const name = layer.kind === "average"
        ? words.average : `${words[layer.kind]} ${(counts[layer.kind] += 1)}`;
      line(name, layer, { block: FIELDS, pool: FIELDS.slice(1), average: [] }[layer.kind]);
    }
    const total = make("p", undefined, { class: "nin-shapes-total", role: "status" });
    const reset = make("button", words.reset, { type: "button", class: "nin-shapes-reset" });
    reset.addEventListener("click", () => {
      place.remove();
      build(root).focus();
    });

    function show() {
      const format = (n) => n.toLocaleString(document.documentElement.lang || "en");
      cells[0][0].textContent = `${input.channels} × ${input.size} × ${input.size}`;
      const rows = trace(input, layers);
      rows.forEach((row, i) => {
        const [shape, parameters, work] = cells[i + 1];
        shape.classList.toggle("nin-shapes-error", Boolean(row.error && row.error !== "above"));
        shape.textContent = row.error ? words[`error-${row.error}`] : row.shape.join(" × ");
        parameters.textContent = row.error ? "" : format(row.parameters);
        work.textContent = row.error ? "" : format(row.work);
      });
      const sum = (name) => format(rows.reduce((all, row) => all + row[name], 0));
      total.textContent = rows.some((row) => row.error)
        ? words["total-error"]
        : words.total.replace("{parameters}", sum("parameters")).replace("{work}", sum("work"));
    }
    const scroll = make("div", undefined, { class: "nin-shapes-table", tabindex: 0, role: "group" });
    scroll.setAttribute("aria-label", words.title);
    scroll.append(table);
    const place = make("div", undefined, { class: "nin-shapes-body" });
    place.append(scroll, total, reset);
    root.append(place);
    show();
    return reset;
  }

  window.ninShapes = { trace, NIN, START };
  window.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll(".nin-shapes").forEach(build);
  });
})();
