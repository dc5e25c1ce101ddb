#!/usr/bin/env python3
"""Divides the Training faces of FER2013's class folders into nine tenths that train and one that chooses recipes (docs/recipes.md).

Usage: tenth.py TRAINING OUT        writes OUT/train and OUT/val, folders of links

The tenth has a tenth of each class, and faces of a class that are the same pixel for pixel stay together. Names and pixels alone decide.
"""
import hashlib
import random
import sys
from pathlib import Path

from PIL import Image

if len(sys.argv) != 3:
    sys.exit(__doc__)
source, target = (Path(word).resolve() for word in sys.argv[1:])
if not any(path.is_dir() for path in source.glob("*")):
    sys.exit(f"tenth: {source} has no folders of classes.")
if target.exists():
    sys.exit(f"tenth: {target} is there already; name a folder that is not.")

for folder in sorted(path for path in source.iterdir() if path.is_dir()):
    same = {}
    for face in sorted(folder.iterdir()):
        with Image.open(face) as picture:
            same.setdefault(hashlib.sha1(picture.tobytes()).hexdigest(), []).append(face)
    groups = sorted(same)
    random.Random(1).shuffle(groups)
    left = round(sum(map(len, same.values())) / 10)
    for part in ("train", "val"):
        (target / part / folder.name).mkdir(parents=True, exist_ok=True)
    for group in groups:
        part = "val" if left > 0 else "train"
        if part == "val":
            left -= len(same[group])
        for face in same[group]:
            (target / part / folder.name / face.name).symlink_to(face)
