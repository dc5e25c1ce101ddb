#!/usr/bin/env python3
"""From photo to label: draws labelled faces into larger pictures, finds them, classifies what was found, and says what that costs.

    make build libferm detector
    python3 Benchmarks/faces_in_photos.py table FACES --backgrounds PICTURES    found, and right, by size, tilt and margin
    python3 Benchmarks/faces_in_photos.py rule FACES --count 2000               the crop rule; on faces that were trained on
    python3 Benchmarks/faces_in_photos.py empty PICTURES                        false faces in pictures without people
    python3 Benchmarks/faces_in_photos.py crops FACES PICTURES                  the scores of crops of faces, and of other things

Needs numpy and Pillow. FACES has a folder for each class, with the model's names; PICTURES any pictures without people. Half of the
faces lie on a background, half have their edges repeated around them. Uncut means the same faces as they are, without drawing, finding
and cutting. Intervals are of 95 %: Wilson's, and that of a mean of paired differences.
"""
import argparse
import math
import os
import random
import sys
from pathlib import Path

root = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(root / "Bindings/python"))
os.environ.setdefault("FERM_LIBRARY", str(root / "build/lib/libferm.so"))

import ferm
import numpy as np
from drawn_faces import Drawn, labelled, made_pictures, pictures
from PIL import Image

#: The picture that faces are drawn into, and the largest side to which pictures without people are reduced.
CANVAS, LARGEST = (320, 240), 640
SIZES, TILTS, MARGINS = (32, 40, 48, 64, 80, 112, 160), (-20, -10, 0, 10, 20), (0.8, 0.9, 1.0, 1.1, 1.2, 1.3)
THRESHOLDS = (0.4, 0.5, 0.55, 0.58, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9)


def wilson(right, of):
    if of == 0:
        return "-"
    z, share = 1.96, right / of
    middle, half = share + z * z / (2 * of), z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    low, high = ((middle + sign * half) / (1 + z * z / of) for sign in (-1, 1))
    return f"{100 * share:.1f} ({100 * low:.1f} to {100 * high:.1f})"


def paired(differences):
    if len(differences) < 2:
        return "-"
    return f"{100 * np.mean(differences):+.1f} ± {196 * np.std(differences, ddof=1) / math.sqrt(len(differences)):.1f}"


class Faces:
    """Labelled faces, what the model says of them uncut, and what becomes of them in pictures."""

    def __init__(self, options):
        self.model = ferm.Model(options.model, threads=options.threads)
        self.detector = ferm.Detector(options.detector, threads=options.threads)
        self.options = options
        self.rows = labelled(options.faces, options.count, options.seed)
        self.images = [Image.open(path).convert("L") for path, _ in self.rows]
        self.right = [p["label"] == name for p, (_, name) in zip(self.model.predict(self.images), self.rows)]
        found = pictures(options.backgrounds) if options.backgrounds else []
        self.backgrounds = [Image.open(path).convert("L").resize(CANVAS) for path in found]

    def drawn(self, number, side=None, tilt=0):
        """A face in a picture, the same one for the same numbers; without a side it has 64 to 144 pixels."""
        lots = random.Random(f"{self.options.seed} {number} {side} {tilt}")
        ground = lots.choice(self.backgrounds) if self.backgrounds and number % 2 else None
        return Drawn(self.images[number], side or lots.uniform(64, 144), CANVAS, tilt, ground, lots)

    def found(self, drawn):
        """What was found of the face: the surest box about it, or None."""
        faces = self.detector.detect(drawn.image, min_score=self.options.min_score)
        return next((face for face in faces if drawn.is_found_by(face)), None)

    def is_right_by_frame(self, number, drawn):
        """Whether the face is labelled rightly where it is cut out by the very frame that it was drawn with: finding costs nothing then."""
        frame = {"box": [drawn.x - drawn.side / 2, drawn.y - drawn.side / 2, drawn.side, drawn.side]}
        return self.is_right(number, drawn, frame, rule=ferm.CropRule(side=1))

    def is_right(self, number, drawn, face, **how):
        how = how or {"detector": self.detector}
        return self.model.predict_faces(drawn.image, [face], **how)[0]["label"] == self.rows[number][1]


def row(name, found, cut, uncut):
    """A row of a table: found is of all faces, the others of those that were found."""
    differences = np.array(cut, float) - np.array(uncut, float)
    print(f"| {name} | {wilson(sum(found), len(found))} | {wilson(sum(cut), len(cut))} | {wilson(sum(uncut), len(uncut))} | "
          f"{paired(differences)} |", flush=True)


def table(options):
    """Every face once at 80 pixels, with all margins, and by its own frame; a share of them at the other sizes and tilts."""
    faces = Faces(options)
    print(f"{len(faces.rows)} faces; uncut, all of them: {wilson(sum(faces.right), len(faces.rows))}\n")
    print("| | found % | right %, of those found | the same uncut | difference |\n|---|---|---|---|---|")
    conditions = [(side, 0) for side in SIZES] + [(80, tilt) for tilt in TILTS if tilt]
    for side, tilt in conditions:
        margins = MARGINS if (side, tilt) == (80, 0) else (1.0,)
        some = range(len(faces.rows)) if side in (48, 80) and not tilt else range(min(options.others, len(faces.rows)))
        found, uncut, cut, framed = [], [], {margin: [] for margin in margins}, []
        for number in some:
            drawn = faces.drawn(number, side, tilt)
            face = faces.found(drawn)
            found.append(face is not None)
            if face is None:
                continue
            uncut.append(faces.right[number])
            if len(margins) > 1:
                framed.append(faces.is_right_by_frame(number, drawn))
            for margin in margins:
                cut[margin].append(faces.is_right(number, drawn, face, detector=faces.detector, margin=margin))
        for margin in margins:
            tilted, wide = f", turned by {tilt}°" if tilt else "", f", margin {margin}" if margin != 1 else ""
            row(f"{side} pixels{tilted}{wide}", found, cut[margin], uncut)
        if framed:
            row(f"{side} pixels, by their own frames", found, framed, uncut)


def rule(options):
    """The rules of a grid, by accuracy on faces of random sizes; sides and shifts are flat near the best."""
    faces = Faces(options)
    held = []
    for number in range(len(faces.rows)):
        drawn = faces.drawn(number)
        face = faces.found(drawn)
        if face:
            held.append((number, drawn, face))
    print(f"found {len(held)} of {len(faces.rows)}\n\n| side | down | level | right % | difference to uncut |\n|---|---|---|---|---|")
    uncut = np.array([faces.right[number] for number, *_ in held], float)
    grid = [(side, down, 0) for side in (1.0, 1.06, 1.12, 1.18, 1.24) for down in (-0.03, -0.06, -0.09)] + [(1.12, -0.06, 1)]
    for side, down, level in grid:
        how = ferm.CropRule(side=side, right=0, down=down, level=bool(level))
        cut = np.array([faces.is_right(*one, rule=how) for one in held], float)
        print(f"| {side} | {down} | {level} | {wilson(int(cut.sum()), len(cut))} | {paired(cut - uncut)} |", flush=True)


def empty_pictures(folder, made):
    for path in pictures(folder):
        image = Image.open(path).convert("RGB")
        image.thumbnail((LARGEST, LARGEST))
        yield path.name, image
    yield from made_pictures(made)


def empty(options):
    """How many pictures have a false face at each threshold, and the surest of them."""
    detector = ferm.Detector(options.detector, threads=options.threads)
    scores = [(([face["score"] for face in detector.detect(image, min_score=THRESHOLDS[0])] or [0])[0], name)
              for name, image in empty_pictures(options.pictures, options.made)]
    print(f"{len(scores)} pictures without a face\n\n| score from | pictures with a false face |\n|---|---|")
    for least in THRESHOLDS:
        print(f"| {least} | {sum(score >= least for score, _ in scores)} |")
    print("\n" + "\n".join(f"{score:.3f} {name}" for score, name in sorted(scores, reverse=True)[:10] if score))


def crops(options):
    """The shares of faces and of other things that are kept at each threshold when they are shown as crops."""
    detector = ferm.Detector(options.detector, threads=options.threads)
    shown = {"faces": [Image.open(path).convert("RGB") for path, _ in labelled(options.faces, options.count, options.seed)],
             "pictures": [Image.open(path).convert("RGB").resize((96, 96)) for path in pictures(options.pictures)],
             "made": [image.resize((96, 96)) for _, image in made_pictures(options.made)]}
    print("| score from | faces kept % | pictures kept % | walls, gradients, noise, pages kept % |\n|---|---|---|---|")
    scores = {name: np.array(detector.scores(images)) for name, images in shown.items()}
    for least in (0.05, 0.1, 0.2, 0.3, *THRESHOLDS):
        print(f"| {least} | " + " | ".join(wilson(int((given >= least).sum()), len(given)) for given in scores.values()) + " |")


def words():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("table", "rule", "empty", "crops"))
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--backgrounds", type=Path, metavar="PICTURES")
    parser.add_argument("--model", type=Path, default=root / "models/default.ferm")
    parser.add_argument("--detector", type=Path, default=root / "models/face.ferm")
    parser.add_argument("--min-score", type=float, default=0.58, help="from which a box is a face")
    parser.add_argument("--count", type=int, default=0, help="how many faces, drawn by lot; 0 for all")
    parser.add_argument("--others", type=int, default=1000, help="how many of them at sizes but 48 and 80, and turned")
    parser.add_argument("--made", type=int, default=80, help="how many walls, gradients, noises and pages are added")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    if len(options.folders) != (2 if options.what == "crops" else 1):
        parser.error(f"{options.what} takes {'FACES PICTURES' if options.what == 'crops' else 'one folder'}")
    options.faces, options.pictures = options.folders[0], options.folders[-1]
    return options


if __name__ == "__main__":
    given = words()
    {"table": table, "rule": rule, "empty": empty, "crops": crops}[given.what](given)
