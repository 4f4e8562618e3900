// Lighthouse on every page of the built site, as GitHub Pages serves it: compressed, to be cached.
// `make lighthouse`; the exit status says whether each category reaches what we ask for, in the
// median of three runs: on a machine with other work a single run may be far off.
import { createServer } from "node:http";
import { readFile, readdir } from "node:fs/promises";
import { extname, join, normalize, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const SITE = process.argv[2] ?? "_build/html";
const ASKED = 95;
const RUNS = 3;
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];
const TYPES = {
  ".css": "text/css", ".html": "text/html; charset=utf-8", ".ipynb": "application/json",
  ".js": "text/javascript", ".json": "application/json", ".mjs": "text/javascript",
  ".png": "image/png", ".svg": "image/svg+xml", ".txt": "text/plain", ".wasm": "application/wasm",
  ".xml": "application/xml",
};

const server = createServer(async (request, response) => {
  const path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
  try {
    const body = await readFile(join(SITE, path));
    response.writeHead(200, {
      "Content-Type": TYPES[extname(path)] ?? "application/octet-stream",
      "Content-Encoding": "gzip",
      "Cache-Control": "max-age=600",
    });
    response.end(gzipSync(body));
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const address = `http://127.0.0.1:${server.address().port}`;

const entries = await readdir(join(SITE, "chapters"), { recursive: true, withFileTypes: true });
const pages = entries
  .filter((entry) => entry.isFile() && /^(?!.*-slides).*\.html$/.test(entry.name))
  .map((entry) => relative(SITE, join(entry.parentPath, entry.name)))
  .sort();

const chrome = await launch({
  chromePath: process.env.CHROME_PATH ?? "/usr/bin/chromium",
  chromeFlags: ["--headless=new", "--no-sandbox"],
});
let failed = 0;
console.log(["page".padEnd(34), ...CATEGORIES].join("  "));
for (const page of pages) {
  const options = { port: chrome.port, onlyCategories: CATEGORIES, logLevel: "error" };
  const reports = [];
  for (let i = 0; i < RUNS; i += 1)
    reports.push((await lighthouse(`${address}/${page}`, options)).lhr);
  const score = (report, name) => Math.round(100 * (report.categories[name].score ?? 0));
  reports.sort((a, b) => score(a, "performance") - score(b, "performance"));
  const lhr = reports[RUNS >> 1];
  const scores = CATEGORIES.map((name) => score(lhr, name));
  const line = scores.map((score, i) => String(score).padStart(CATEGORIES[i].length));
  console.log([page.padEnd(34), ...line].join("  "));
  for (const [i, name] of CATEGORIES.entries()) {
    if (scores[i] >= ASKED) continue;
    failed += 1;
    for (const { id, weight } of lhr.categories[name].auditRefs) {
      const audit = lhr.audits[id];
      if (weight && audit.score !== null && audit.score < 0.9)
        console.log(`    ${name}: ${audit.title}: ${audit.displayValue ?? audit.score}`);
    }
  }
}
await chrome.kill();
server.close();
process.exitCode = failed ? 1 : 0;
