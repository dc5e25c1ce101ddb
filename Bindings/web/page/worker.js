// Finds and labels faces beside the page, so that the page stays awake. One message is one task, answered by one message.
import { Model } from "../ferm.js";

let parts, file, model;

const tasks = {
  async start({ wasm, detector, model: bytes }) {
    parts = { detector, wasm: await WebAssembly.compile(wasm) };
    return tasks.load(bytes);
  },
  /** Another model takes the place of the last, unless something is wrong with it. */
  async load(bytes) {
    const next = await Model.load(bytes, parts);
    if (next.labels.length === 0) throw new Error("This model has no labels.");
    [file, model] = [bytes, next];
    return { name: model.name, labels: model.labels };
  },
  async detect({ image, options }) {
    if (!model) throw new Error("there is no model");
    try {
      return model.detect(image, options);
    } catch (error) {
      // Whatever became of that one, the next photo shall not suffer for it.
      await tasks.load(file);
      throw error;
    }
  },
};

onmessage = async ({ data: { id, task, content } }) => {
  try {
    postMessage({ id, answer: await tasks[task](content) });
  } catch (error) {
    postMessage({ id, fault: error.message });
  }
};
