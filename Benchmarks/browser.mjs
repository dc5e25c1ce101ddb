// ferm.wasm in node: milliseconds to load the default model, to the first prediction, and a face at best.
//
//     make wasm
//     node Benchmarks/browser.mjs
import { readFile } from "node:fs/promises";

const root = new URL("../", import.meta.url);
const { Model } = await import(new URL("build/web/ferm.js", root));
const bytes = await readFile(new URL("models/default.ferm", root));
const face = { data: Uint8Array.from({ length: 48 * 48 }, (_, i) => i % 251), width: 48, height: 48 };

const start = performance.now();
const model = await Model.load(bytes);
const loaded = performance.now();
model.predict(face);
const predicted = performance.now();
let best = Infinity;
for (let round = 0; round < 40; round++) {
  const before = performance.now();
  for (let i = 0; i < 10; i++) model.predict(face);
  best = Math.min(best, (performance.now() - before) / 10);
}
console.log(`load ${(loaded - start).toFixed(0)} ms, first prediction ${(predicted - loaded).toFixed(0)} ms, a face ${best.toFixed(2)} ms`);
