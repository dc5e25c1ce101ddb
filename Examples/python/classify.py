"""Says what faces express, with the ferm package; Pillow reads the pictures.

Usage: classify.py MODEL.ferm FACE...        (after pip install, or with PYTHONPATH=Bindings/python, FERM_LIBRARY=build/lib/libferm.so)
"""
import sys

import ferm

model = ferm.Model(sys.argv[1])
for path, answer in zip(sys.argv[2:], model.predict(sys.argv[2:])):
    print(path, answer["label"], f"{answer['score']:.3f}")
