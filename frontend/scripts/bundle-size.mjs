// Prints what the login page loads (gzipped) and fails above the limit.
import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_KB = 200;
const html = readFileSync("dist/index.html", "utf8");
const seen = new Set();

function visit(file) {
  if (seen.has(file)) return;
  seen.add(file);
  if (!file.endsWith(".js")) return;
  const text = readFileSync(`dist/${file}`, "utf8");
  for (const match of text.matchAll(/(?:from|import)\s*"\.\/([\w.-]+\.js)"/g)) visit(`assets/${match[1]}`);
}

for (const match of html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)) visit(match[1]);
for (const name of readdirSync("dist/assets")) if (/^(login|app-shell)[.-].*\.js$/.test(name)) visit(`assets/${name}`);

const sizes = [...seen].map((file) => [file, gzipSync(readFileSync(`dist/${file}`)).length / 1000]);
const total = sizes.reduce((sum, [, size]) => sum + size, 0);
for (const [file, size] of sizes) console.log(`${size.toFixed(1).padStart(7)} kB gz  ${file}`);
console.log(`${total.toFixed(1).padStart(7)} kB gz  shell and login, limit ${LIMIT_KB}`);
if (total > LIMIT_KB) process.exit(1);
