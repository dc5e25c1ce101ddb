"""Says what faces express, with the ferm package; Pillow reads the pictures.

Usage: classify.py MODEL.ferm FACE...        (PYTHONPATH=Bindings/python, FERM_LIBRARY=build/lib/libferm.so)
"""
import sys

import ferm
import numpy
from PIL import Image

model = ferm.Model(sys.argv[1])
faces = [numpy.asarray(Image.open(path).convert("RGB")) for path in sys.argv[2:]]
for path, answer in zip(sys.argv[2:], model.predict(faces)):
    print(path, answer["label"], f"{answer['score']:.3f}")
