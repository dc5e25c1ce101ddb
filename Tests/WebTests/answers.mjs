// Answers tasks, one JSON object a line, through ferm.js: what a page would get, with floats as the bytes that they have.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Model } from "../../build/web/ferm.js";

const bits = (floats) => Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength).toString("hex");
const each = (object, body) => Object.fromEntries(Object.entries(object).map(([name, value]) => [name, body(value)]));
const image = ({ pixels, ...sides }) => ({ data: new Uint8Array(Buffer.from(pixels, "base64")), ...sides });

/** What each task asks a model for. */
const questions = {
  outputs: (model) => ({ shape: model.inputShape, outputs: each(model.run(inputOf(model.inputShape)), bits) }),
  facts: (model) => ({ name: model.name, labels: model.labels, outputs: model.outputs, shape: model.inputShape }),
  "self-test": (model) => model.selfTest(),
  predict: (model, task) => model.predict(image(task.image)),
  detect: (model, task) => model.detect(image(task.image), task.options),
};

function inputOf(shape) {
  return Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => ((31 * i + 7) % 17) / 8 - 1);
}

const models = new Map();
async function modelOf({ file, detector }) {
  const key = `${file} ${detector}`;
  if (!models.has(key)) models.set(key, await Model.load(readFileSync(file), { detector: detector && readFileSync(detector) }));
  return models.get(key);
}

for await (const line of createInterface({ input: process.stdin })) {
  const task = JSON.parse(line);
  let answer;
  try {
    const model = await modelOf(task);
    answer = { answer: questions[task.ask](model, task) };
    if (task.once) models.clear();
  } catch (error) {
    answer = { error: error.message, code: error.code ?? null };
  }
  console.log(JSON.stringify(answer));
}
