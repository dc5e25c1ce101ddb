// Finds and labels faces beside the page, so that the page stays awake. One message is one task, answered by one message.
import { Model } from "../ferm.js";

let parts, model;

const tasks = {
  async start(files) {
    const wasm = await WebAssembly.compile(files.wasm);
    parts = { detector: files.detector, wasm };
    return tasks.load(files.model);
  },
  /** Another model takes the place of the last, unless something is wrong with it. */
  async load(bytes) {
    const next = await Model.load(bytes, parts);
    if (next.labels.length === 0) throw new Error("This model has no labels.");
    model = next;
    return { name: model.name, labels: model.labels };
  },
  detect: ({ image, options }) => model.detect(image, options),
};

onmessage = async ({ data: { id, task, content } }) => {
  try {
    postMessage({ id, answer: await tasks[task](content) });
  } catch (error) {
    postMessage({ id, fault: error.message });
  }
};
