/**
 * Facial emotions from pictures of faces, by libferm as WebAssembly: in a page, a worker or node.
 *
 *     import { Model } from "./ferm.js";
 *     const model = await Model.load(bytes, { detector: detectorBytes });
 *     model.predict(imageData);   // { label: "happy", score: 0.93, probs: { angry: 0.01, ... } }
 *     model.detect(imageData);    // [{ box: [x, y, width, height], score: 0.97, points: [[x, y], ...], prediction: { label, ... } }]
 *
 * Nothing is fetched but ferm.wasm, which lies beside this file, and that only where its bytes are not given. docs/web.md has the rest.
 */

/** What is wrong, in one sentence. `code` is the number that ferm.h gives a status. */
export class FermError extends Error {
  constructor(code, message) {
    super(message);
    this.name = "FermError";
    this.code = code;
  }
}

/** Where this file lies, and ferm.wasm beside it. */
const HERE = import.meta.url;
// Statuses of ferm.h that this file gives itself.
const IO = 1, UNSUPPORTED = 3, MEMORY = 11, ARGUMENT = 100;
const KINDS = { 1: "scores", 2: "embedding", 3: "detection" };
// Structs of ferm.h, in bytes, where a size_t and a pointer have four.
const IMAGE = 20, OUTPUT = 24, ROWS = 12, DETECTION_OPTIONS = 32, CROP_RULE = 48;
const FACE = { bytes: 176, points: 40, pointCount: 168 };
const MOST_FACES = 1024;
/** Faces are looked for in so many views at a time, as in the other bindings. */
const DETECTOR_BATCH = 8;

/** One instance of the module. Its memory goes as a whole with it, so nothing but arguments is ever freed. */
class Engine {
  #exports;

  constructor(instance) {
    this.#exports = instance.exports;
    this.#exports._initialize();
  }

  get bytes() {
    return new Uint8Array(this.#exports.memory.buffer);
  }

  get view() {
    return new DataView(this.#exports.memory.buffer);
  }

  /** Calls a function of ferm.h that gives a status. */
  check(name, ...words) {
    const status = this.call(name, ...words);
    if (status !== 0) throw new FermError(status, this.text(this.call("ferm_last_error")));
  }

  /** Calls a function of ferm.h. What it cannot survive ends the instance, and not the page. */
  call(name, ...words) {
    if (!this.#exports) throw new FermError(ARGUMENT, "The model was freed, or an earlier call failed in the middle.");
    try {
      return this.#exports[name](...words);
    } catch (error) {
      this.#exports = null;
      throw new FermError(MEMORY, `The module stopped: ${error.message}. Load the model again.`);
    }
  }

  /** The text at an address. */
  text(address) {
    const bytes = this.bytes.subarray(address >>> 0);
    return new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
  }

  /** Calls body with the addresses of zeroed pieces of memory of these sizes, which are given back behind it. */
  with(sizes, body) {
    const pieces = [];
    try {
      for (const size of sizes) {
        const piece = this.call("ferm_allocate", size) >>> 0;
        if (piece === 0) throw new FermError(MEMORY, "There is not enough memory.");
        pieces.push(piece);
      }
      return body(...pieces);
    } finally {
      if (this.#exports) for (const piece of pieces) this.call("ferm_free", piece);
    }
  }

  floats(address, count) {
    return new Float32Array(this.#exports.memory.buffer.slice(address, address + 4 * count));
  }

  end() {
    this.#exports = null;
  }

  // ---- what both kinds of models have ----

  open(source, batch) {
    const bytes = bytesOf(source);
    return this.with([Math.max(bytes.length, 1), 4], (file, place) => {
      this.bytes.set(bytes, file);
      this.check("ferm_model_read", file, bytes.length, place);
      const model = this.view.getUint32(place, true);
      this.check("ferm_session_create", model, 1, batch, place);
      return { model, session: this.view.getUint32(place, true) };
    });
  }

  outputs(model) {
    const count = this.call("ferm_model_output_count", model);
    return this.with([OUTPUT], (place) => Array.from({ length: count }, (_, i) => {
      this.view.setUint32(place, OUTPUT, true);
      this.check("ferm_model_output", model, i, place);
      const [name, kind, numbers] = [4, 8, 12].map((offset) => this.view.getUint32(place + offset, true));
      return { name: this.text(name), kind: KINDS[kind] ?? `kind ${kind}`, numbers };
    }));
  }

  /** Calls body with the address of a ferm_image that has these pixels. */
  withImage(image, body) {
    const { data, width, height, channels } = pixelsOf(image);
    const kept = channels === 1 ? 1 : 3;
    return this.with([width * height * kept, IMAGE], (pixels, place) => {
      const room = this.bytes.subarray(pixels, pixels + width * height * kept);
      if (channels === 4) layOverWhite(data, room);
      else room.set(data);
      [pixels, width, height, kept, 0].forEach((word, i) => this.view.setUint32(place + 4 * i, word, true));
      return body(place);
    });
  }
}

/** A model in memory of its own. One call runs at a time; a worker keeps a page awake meanwhile. */
export class Model {
  #engine;
  #own;
  #detector = null;

  /**
   * Loads a .ferm file. Options: `detector`, a file that finds faces for `detect`; `wasm`, the module if it is not to be fetched
   * from beside this file: its bytes, a WebAssembly.Module, a Response or a URL.
   */
  static async load(source, { detector, wasm } = {}) {
    const engine = new Engine(await WebAssembly.instantiate(await moduleOf(wasm)));
    return new Model(engine, await contentOf(source), detector && (await contentOf(detector)));
  }

  /** Not for programs: use `load`. */
  constructor(engine, source, detector) {
    this.#engine = engine;
    const finds = (model) => engine.outputs(model).some((output) => output.kind === "detection");
    this.#own = engine.open(source, 1);
    const { model } = this.#own;
    this.name = engine.text(engine.call("ferm_model_name", model));
    this.labels = Array.from({ length: engine.call("ferm_model_label_count", model) }, (_, i) =>
      engine.text(engine.call("ferm_model_label", model, i)));
    this.outputs = engine.outputs(model);
    this.inputShape = engine.with([12], (place) => {
      engine.check("ferm_model_input_shape", model, place);
      return [0, 4, 8].map((offset) => engine.view.getUint32(place + offset, true));
    });
    if (detector) {
      this.#detector = engine.open(detector, DETECTOR_BATCH);
      if (!finds(this.#detector.model)) {
        throw new FermError(UNSUPPORTED, "The file given as detector finds no faces: none of its outputs is a detection.");
      }
    } else if (finds(model)) {
      this.#detector = this.#own;
    }
  }

  /** What a face expresses. */
  predict(image) {
    const engine = this.#engine, count = this.labels.length;
    return engine.withImage(image, (place) => engine.with([4 * Math.max(count, 1)], (room) => {
      engine.check("ferm_session_predict_into", this.#own.session, place, IMAGE, 1, room, count);
      return this.#answer(engine.floats(room, count));
    }));
  }

  /**
   * The faces in a photo, the surest first, with what each expresses. Options: `minScore` (0.58), `overlap` (0.3), `smallestFace` in
   * pixels (40), `mostFaces` (1024), `margin` (1), by which what the model sees of a face is made wider.
   */
  detect(photo, { minScore = 0, overlap = 0, smallestFace = 0, mostFaces = MOST_FACES, margin = 1 } = {}) {
    const engine = this.#engine, finder = this.#detector, count = this.labels.length;
    if (!finder) throw new FermError(UNSUPPORTED, "This model finds no faces: load it with a detector, Model.load(bytes, { detector: bytes }).");
    const most = Math.min(mostFaces, MOST_FACES);
    if (!(most >= 1)) throw new FermError(ARGUMENT, "mostFaces must be at least 1.");
    return engine.withImage(photo, (place) => engine.with([DETECTION_OPTIONS, FACE.bytes * most, 4], (options, room, found) => {
      engine.view.setUint32(options, DETECTION_OPTIONS, true);
      [minScore, overlap, smallestFace].forEach((number, i) => engine.view.setFloat64(options + 8 + 8 * i, number, true));
      engine.check("ferm_session_detect", finder.session, place, IMAGE, options, room, FACE.bytes, most, found);
      const faces = Array.from({ length: engine.view.getUint32(found, true) }, (_, i) => face(engine.view, room + FACE.bytes * i));
      if (count === 0 || faces.length === 0) return faces;
      return engine.with([CROP_RULE, 4 * count * faces.length], (rule, numbers) => {
        engine.view.setUint32(rule, CROP_RULE, true);
        engine.check("ferm_model_crop_rule", this.#own.model, engine.call("ferm_model_name", finder.model), rule);
        engine.view.setFloat64(rule + 32, margin, true);
        engine.check("ferm_session_predict_faces", this.#own.session, place, IMAGE, rule, room, FACE.bytes, faces.length, numbers,
          count * faces.length);
        return faces.map((face, i) => ({ ...face, prediction: this.#answer(engine.floats(numbers + 4 * count * i, count)) }));
      });
    }));
  }

  /** Every output by its name, for an image, or for a Float32Array of the network's input [channels][height][width]. */
  run(input) {
    const engine = this.#engine, { session } = this.#own;
    return engine.with([ROWS * this.outputs.length, ...this.outputs.map((output) => 4 * output.numbers)], (rows, ...rooms) => {
      this.outputs.forEach((output, i) =>
        [i, rooms[i], output.numbers].forEach((word, j) => engine.view.setUint32(rows + ROWS * i + 4 * j, word, true)));
      if (input instanceof Float32Array) {
        const wanted = this.inputShape.reduce((a, b) => a * b);
        if (input.length !== wanted) throw new FermError(ARGUMENT, `The input must have ${wanted} numbers, not ${input.length}.`);
        engine.with([4 * wanted], (place) => {
          engine.bytes.set(new Uint8Array(input.buffer, input.byteOffset, input.byteLength), place);
          engine.check("ferm_session_outputs", session, place, 1, rows, ROWS, this.outputs.length);
        });
      } else {
        engine.withImage(input, (place) =>
          engine.check("ferm_session_image_outputs", session, place, IMAGE, 1, rows, ROWS, this.outputs.length));
      }
      return Object.fromEntries(this.outputs.map((output, i) => [output.name, engine.floats(rooms[i], output.numbers)]));
    });
  }

  /** Shows the network the images of the file's self-tests, and gives their number; an error if a logit is not what the file expects. */
  selfTest() {
    const engine = this.#engine;
    return engine.with([4], (count) => {
      engine.check("ferm_model_self_test", this.#own.model, count);
      return engine.view.getUint32(count, true);
    });
  }

  /** Gives the memory back; later calls are refused. Without it the memory goes when nothing refers to the model. */
  free() {
    this.#engine.end();
  }

  #answer(probabilities) {
    const best = probabilities.reduce((best, p, i) => (p > probabilities[best] ? i : best), 0);
    return {
      label: this.labels[best],
      score: probabilities[best],
      probs: Object.fromEntries(this.labels.map((label, i) => [label, probabilities[i]])),
    };
  }
}

/** A ferm_face. */
function face(view, place) {
  const number = (offset) => view.getFloat64(place + offset, true);
  return {
    box: [number(0), number(8), number(16), number(24)],
    score: number(32),
    points: Array.from({ length: view.getUint32(place + FACE.pointCount, true) }, (_, i) =>
      [number(FACE.points + 16 * i), number(FACE.points + 16 * i + 8)]),
  };
}

/** The pixels of an ImageData, or of { data, width, height, channels }. */
function pixelsOf(image) {
  const { data, width, height } = image ?? {};
  if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray)) {
    throw new FermError(ARGUMENT, "An image is an ImageData, or { data, width, height } with 8-bit data.");
  }
  const channels = image.channels ?? data.length / (width * height);
  if (![1, 3, 4].includes(channels) || data.length !== width * height * channels) {
    throw new FermError(ARGUMENT, `${data.length} bytes are no image of ${width} x ${height} pixels in grey, RGB or RGBA.`);
  }
  return { data, width, height, channels };
}

/** RGBA to RGB. What is transparent shows white, as in fer-infer. */
function layOverWhite(rgba, rgb) {
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    const alpha = rgba[from + 3];
    for (let i = 0; i < 3; i++) {
      rgb[to + i] = alpha === 255 ? rgba[from + i] : Math.round((rgba[from + i] * alpha + 255 * (255 - alpha)) / 255);
    }
  }
}

function bytesOf(source) {
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  throw new FermError(ARGUMENT, "A file is an ArrayBuffer or its view, a Blob, a Response or a URL.");
}

/** The bytes of what a program may give for a file. */
async function contentOf(source) {
  if (typeof source === "string" || source instanceof URL) return fetched(source);
  if (typeof Response !== "undefined" && source instanceof Response) return answered(source, source.url);
  if (typeof Blob !== "undefined" && source instanceof Blob) return source.arrayBuffer();
  return source;
}

async function fetched(address) {
  const url = new URL(address, typeof location === "undefined" ? HERE : location.href);
  if (url.protocol === "file:" && typeof process !== "undefined") {
    const { readFile } = await import(/* webpackIgnore: true */ /* @vite-ignore */ "node:fs/promises");
    return readFile(url);
  }
  const response = await fetch(url).catch((error) => {
    const why = url.protocol === "file:" ? "a page that was opened as a file may read no other; give the bytes" : error.message;
    throw new FermError(IO, `${url} cannot be read: ${why}.`);
  });
  return answered(response, url);
}

async function answered(response, address) {
  if (!response.ok) throw new FermError(IO, `${address} cannot be read: status ${response.status}.`);
  return response.arrayBuffer();
}

/** The module that lies beside this file, once it is compiled. */
let usual;

async function moduleOf(source) {
  if (source instanceof WebAssembly.Module) return source;
  if (source !== undefined) return WebAssembly.compile(bytesOf(await contentOf(source)));
  usual ??= fetched(new URL("ferm.wasm", HERE)).then((bytes) => WebAssembly.compile(bytes));
  return usual.catch((error) => {
    usual = undefined;
    throw error;
  });
}
