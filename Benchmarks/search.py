#!/usr/bin/env python3
"""How long a search for faces takes: seconds of one core for a picture at 4000 x 3000, from faces of 40, 80 and 160 pixels on, and at
320 x 240.

    make libferm detector
    python3 Benchmarks/search.py Examples/photos/two-portraits.jpg

FERM_LIBRARY names another library, and --detector another file, to be timed in turn with this one's. Needs numpy and Pillow.
"""
import argparse
import os
import sys
import time
from pathlib import Path

root = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(root / "Bindings/python"))
os.environ.setdefault("FERM_LIBRARY", str(root / "build/lib/libferm.so"))

import ferm
import numpy as np
from PIL import Image


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--detector", type=Path, default=root / "models/face.ferm")
    options = parser.parse_args()
    detector = ferm.Detector(options.detector, threads=1)
    picture = Image.open(options.picture).convert("RGB")
    for size, smallest in (((4000, 3000), 40), ((4000, 3000), 80), ((4000, 3000), 160), ((320, 240), 40)):
        photo = np.asarray(picture.resize(size))
        times = []
        for _ in range(3):
            start = time.process_time()
            detector.detect(photo, smallest_face=smallest)
            times.append(time.process_time() - start)
        print(f"{size[0]} x {size[1]}, faces from {smallest} pixels: {min(times):.3f} s")


if __name__ == "__main__":
    main()
