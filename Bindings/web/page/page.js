// The page: photos in, faces and what they show out. The work is done by worker.js.

const element = (id) => document.getElementById(id);
const made = (tag, content = "", properties = {}) => Object.assign(document.createElement(tag), { textContent: content }, properties);
const percent = (part) => `${Math.round(100 * part)} %`;

/** Larger photos are looked at in so many pixels, and with so long sides: what every browser has a canvas for. */
const MOST_PIXELS = 16e6, LONGEST = 16384;
/** Faces are looked for from so many pixels, or this part of a large photo's longer side. */
const SMALLEST_FACE = 40, SMALLEST_PART = 1 / 40;
/** The longest side of what is shown of a photo. */
const SHOWN = 1200;

// ---- the worker ----

function inside(id) {
  return Uint8Array.from(atob(element(id).textContent), (sign) => sign.charCodeAt(0));
}

const worker = new Worker(URL.createObjectURL(new Blob([element("worker").textContent], { type: "text/javascript" })));
const waiting = new Map();
let asked = 0;

function ask(task, content, moved = []) {
  return new Promise((resolve, reject) => {
    waiting.set(++asked, { resolve, reject });
    worker.postMessage({ id: asked, task, content }, moved);
  });
}

worker.onmessage = ({ data: { id, answer, fault } }) => {
  const { resolve, reject } = waiting.get(id);
  waiting.delete(id);
  if (fault === undefined) resolve(answer);
  else reject(new Error(fault));
};
worker.onerror = (event) => {
  event.preventDefault();
  for (const { reject } of waiting.values()) reject(new Error("this browser starts no worker in it"));
  waiting.clear();
};

async function start() {
  try {
    const model = await ask("start", { wasm: inside("wasm"), detector: inside("detector"), model: inside("model") });
    labels = model.labels;
    element("about").append(` Model: ${model.name}, which tells apart ${labels.join(", ")}.`);
    say("Ready.");
  } catch (error) {
    say(`This page cannot work here: ${error.message}`, true);
  }
}

// ---- what is said ----

function say(words, isFault = false) {
  element("status").textContent = words;
  element("status").classList.toggle("fault", isFault);
}

function howMany(count, thing) {
  return count === 0 ? `No ${thing}` : count === 1 ? `1 ${thing}` : `${count} ${thing}s`;
}

/** Boxes and labels over a picture that is `scale` times the photo. */
function drawFaces(canvas, faces, scale) {
  const context = canvas.getContext("2d");
  // A picture is shown smaller than it is on a telephone; its words shall not be.
  const size = Math.max(16, canvas.width / 40);
  context.font = `600 ${size}px system-ui, sans-serif`;
  context.textBaseline = "middle";
  faces.forEach((face, i) => {
    const [x, y, width, height] = face.box.map((side) => side * scale);
    for (const [colour, thickness] of [["#000", size / 4], ["#fff", size / 8]]) {
      context.strokeStyle = colour;
      context.lineWidth = thickness;
      context.strokeRect(x, y, width, height);
    }
    const words = `${i + 1} ${face.prediction.label}`;
    const room = context.measureText(words).width + size;
    const left = Math.min(Math.max(x, 0), Math.max(canvas.width - room, 0)), top = y > 1.6 * size ? y - 1.6 * size : y;
    context.fillStyle = "#000c";
    context.fillRect(left, top, room, 1.5 * size);
    context.fillStyle = "#fff";
    context.fillText(words, left + size / 2, top + 0.8 * size);
  });
}

/** The likeliest label of each face, and a bar for every label. */
function listFaces(faces) {
  return faces.map((face, i) => {
    const entry = made("div");
    entry.append(made("h3", `${faces.length > 1 ? `Face ${i + 1}: ` : ""}${face.prediction.label}`));
    const list = made("ul");
    for (const [label, part] of Object.entries(face.prediction.probs).sort((a, b) => b[1] - a[1]).slice(0, 10)) {
      const row = made("li"), bar = made("span", "", { className: "bar" }), filled = made("i");
      filled.style.width = `${100 * part}%`;
      bar.append(filled);
      row.append(made("span", label, { title: label }), bar, made("span", percent(part)));
      list.append(row);
    }
    entry.append(list);
    return entry;
  });
}

// ---- photos ----

const results = [];
let labels = [], queue = start(), pending = 0;

/** A photo's pixels, and a small picture of it. */
function drawn(source, width, height) {
  const fit = (most) => {
    const canvas = made("canvas");
    const scale = Math.min(1, most(width, height));
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    canvas.getContext("2d", { willReadFrequently: true }).drawImage(source, 0, 0, canvas.width, canvas.height);
    return canvas;
  };
  const photo = fit((width, height) => Math.min(Math.sqrt(MOST_PIXELS / (width * height)), LONGEST / Math.max(width, height)));
  const image = photo.getContext("2d").getImageData(0, 0, photo.width, photo.height);
  const shown = fit((width, height) => SHOWN / Math.max(width, height));
  return { image, shown };
}

function show(name, { image, shown }, faces) {
  drawFaces(shown, faces, shown.width / image.width);
  shown.setAttribute("role", "img");
  const words = faces.length === 0 ? "No face was found in this picture." : `${howMany(faces.length, "face")} found.`;
  shown.setAttribute("aria-label", `${name}: ${words}`);
  const card = made("article"), picture = made("div", "", { className: "picture" }), beside = made("div", "", { className: "beside" });
  const list = made("div", "", { className: "faces" });
  list.append(...listFaces(faces));
  beside.append(made("h2", name), made("p", words), list);
  picture.append(shown);
  card.append(picture, beside);
  element("photos").prepend(card);
  results.push({ name, faces });
  element("save").disabled = element("clear").disabled = false;
}

function fault(name, words) {
  const card = made("article");
  card.append(made("div", `${name}: ${words}`));
  element("photos").prepend(card);
  element("clear").disabled = false;
}

async function look(name, source, width, height) {
  const pictures = drawn(source, width, height);
  const { data, width: columns, height: rows } = pictures.image;
  const smallestFace = Math.max(SMALLEST_FACE, SMALLEST_PART * Math.max(columns, rows));
  const faces = await ask("detect", { image: { data, width: columns, height: rows }, options: { smallestFace } }, [data.buffer]);
  show(name, { image: { width: columns }, shown: pictures.shown }, faces);
  return faces.length;
}

async function lookAt(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error("this browser cannot read it as a picture.");
  }
  try {
    return await look(file.name || "Pasted picture", bitmap, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
}

async function load(file) {
  say(`Loading ${file.name} …`);
  try {
    const model = await ask("load", await file.arrayBuffer());
    labels = model.labels;
    say(`${file.name} labels the faces from now on.`);
    return true;
  } catch (error) {
    say(`${file.name} cannot be used: ${error.message}`, true);
    return false;
  }
}

/** Photos one after the other, so that no more than one is in memory. */
function take(files) {
  const all = [...files];
  pending += all.length;
  queue = queue.then(async () => {
    let found = 0, looked = 0;
    for (const file of all) {
      if (file.name?.endsWith(".ferm")) {
        await load(file);
      } else {
        say(pending > 1 ? `${howMany(pending, "picture")} to go: ${file.name} …` : `Looking at ${file.name} …`);
        try {
          found += await lookAt(file);
          looked++;
        } catch (error) {
          fault(file.name, error.message);
        }
      }
      pending--;
    }
    if (looked > 0) say(`${howMany(found, "face")} in ${howMany(looked, "picture")}.`);
    else if (all.some((file) => !file.name?.endsWith(".ferm"))) say("None of these could be read as a picture.", true);
  });
  return queue;
}

// ---- CSV ----

/** RFC 4180. What a spreadsheet would take for a formula gets a sign before it, as in fer-infer. */
function csv(value) {
  const text = String(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function table() {
  const names = [...new Set(results.flatMap(({ faces }) => faces.flatMap(({ prediction }) => Object.keys(prediction.probs))))];
  const rows = [["file", "face", "x", "y", "width", "height", "face_score", "label", "score", ...(names.length ? names : labels)]];
  for (const { name, faces } of results) {
    if (faces.length === 0) rows.push([name, 0]);
    faces.forEach((face, i) => rows.push([name, i + 1, ...face.box.map((side) => side.toFixed(1)), face.score.toFixed(4), face.prediction.label,
      face.prediction.score.toFixed(6), ...names.map((label) => face.prediction.probs[label]?.toFixed(6) ?? "")]));
  }
  return rows.map((row) => row.map(csv).join(",") + "\r\n").join("");
}

function save() {
  const link = made("a", "", { href: URL.createObjectURL(new Blob([table()], { type: "text/csv" })), download: "faces.csv" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// ---- the camera ----

const video = made("video", "", { muted: true, playsInline: true });

async function startCamera() {
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 }, facingMode: "user" } });
  } catch (error) {
    const why = error.name === "NotAllowedError" ? "you did not allow it" : error.name === "NotFoundError" ? "there is none" : error.message;
    say(`The camera cannot be used: ${why}.`, true);
    return;
  }
  await Promise.all([video.play(), queue]);
  element("live").hidden = false;
  element("camera").disabled = true;
  say("The camera is on. Its pictures stay in this page.");
  watch();
}

/** Faces of people who sit far from the camera are not searched for, so that its pictures follow each other fast. */
async function watch() {
  const canvas = element("frame"), taken = made("canvas"), context = taken.getContext("2d", { willReadFrequently: true });
  while (video.srcObject) {
    const [width, height] = [taken.width, taken.height] = [video.videoWidth, video.videoHeight];
    context.drawImage(video, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    try {
      const faces = await ask("detect", { image: { data, width, height }, options: { smallestFace: 80 } }, [data.buffer]);
      // A picture is shown with its boxes, or they would flicker.
      [canvas.width, canvas.height] = [width, height];
      canvas.getContext("2d").drawImage(taken, 0, 0);
      drawFaces(canvas, faces, 1);
      element("seen").replaceChildren(...(faces.length ? listFaces(faces) : [made("p", "No face is in the picture.")]));
    } catch (error) {
      stopCamera();
      say(error.message, true);
    }
    await new Promise(requestAnimationFrame);
  }
}

function stopCamera() {
  video.srcObject?.getTracks().forEach((track) => track.stop());
  video.srcObject = null;
  element("live").hidden = true;
  element("camera").disabled = false;
  say("The camera is off.");
}

let kept = 0;
function keep() {
  const canvas = made("canvas", "", { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  const name = `Camera ${++kept}`;
  queue = queue.then(() => look(name, canvas, canvas.width, canvas.height)).catch((error) => fault(name, error.message));
}

// ---- what people do ----

element("files").onchange = ({ target }) => take(target.files).then(() => (target.value = ""));
element("save").onclick = save;
element("clear").onclick = () => {
  results.length = 0;
  element("photos").replaceChildren();
  element("save").disabled = element("clear").disabled = true;
  say("");
};
element("camera").onclick = startCamera;
element("stop").onclick = stopCamera;
element("keep").onclick = keep;
addEventListener("keydown", (event) => event.key === "Escape" && video.srcObject && stopCamera());
addEventListener("paste", (event) => event.clipboardData.files.length && take(event.clipboardData.files));
addEventListener("dragover", (event) => {
  event.preventDefault();
  element("drop").hidden = false;
});
addEventListener("dragleave", (event) => event.relatedTarget || (element("drop").hidden = true));
addEventListener("drop", (event) => {
  event.preventDefault();
  element("drop").hidden = true;
  take(event.dataTransfer.files);
});
