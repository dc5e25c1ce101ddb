/** What is wrong, in one sentence. `code` is the number that ferm.h gives a status. */
export declare class FermError extends Error {
  readonly code: number;
}

/** 8-bit pixels, rows from the top: an ImageData, or grey, RGB or RGBA. What is transparent shows white. */
export interface Pixels {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** 1, 3 or 4; what the length of the data says, if it is left out. */
  readonly channels?: number;
}

/** A file's bytes, or where they are. */
export type Source = ArrayBuffer | ArrayBufferView | Blob | Response | URL | string;

/** What a face expresses: the likeliest label, its probability, and that of each label. */
export interface Prediction {
  label: string;
  score: number;
  probs: Record<string, number>;
}

/** A face in a photo, in pixels from its left upper corner. */
export interface Face {
  /** x, y, width, height; it may reach beyond the photo. */
  box: [number, number, number, number];
  /** How sure the detector is: 0 to 1. */
  score: number;
  /** x, y of the detector's key points, the eyes first. */
  points: [number, number][];
  /** Where the model has labels. */
  prediction?: Prediction;
}

export interface Output {
  name: string;
  kind: "scores" | "embedding" | "detection" | `kind ${number}`;
  numbers: number;
}

export interface LoadOptions {
  /** A file that finds faces, for `detect`. */
  detector?: Source;
  /** The module, if it is not to be fetched from beside ferm.js. */
  wasm?: Source | WebAssembly.Module;
}

export interface DetectOptions {
  /** The score from which a box is a face, 0 to 1; usually 0.58. */
  minScore?: number;
  /** Boxes that share more of the area which they cover are one face, 0 to 1; usually 0.3. */
  overlap?: number;
  /** Pixels; usually 40. Smaller faces that are seen all the same are given. A number above the photo's sides asks for one look. */
  smallestFace?: number;
  /** At most 1024. */
  mostFaces?: number;
  /** Makes what the model sees of a face so many times as wide, about its middle; usually 1. */
  margin?: number;
}

/** A model in memory of its own. One call runs at a time; a worker keeps a page awake meanwhile. */
export declare class Model {
  private constructor();
  static load(source: Source, options?: LoadOptions): Promise<Model>;
  readonly name: string;
  readonly labels: readonly string[];
  readonly outputs: readonly Output[];
  /** Channels, height, width. */
  readonly inputShape: readonly [number, number, number];
  predict(image: Pixels): Prediction;
  /** The faces in a photo, the surest first. */
  detect(photo: Pixels, options?: DetectOptions): Face[];
  /** Every output by its name, for an image or for the network's input itself. */
  run(input: Pixels | Float32Array): Record<string, Float32Array>;
  /** Checks the file's self-tests, and gives their number. */
  selfTest(): number;
  free(): void;
}
