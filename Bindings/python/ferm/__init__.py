"""Facial emotions from pictures of faces, through libferm.

    import ferm
    model = ferm.Model("model.ferm", threads=2)
    model.predict([image])            # [{'label': 'happy', 'score': 0.93, 'probs': {'angry': 0.01, ...}}]

An image is a uint8 array of shape H x W or H x W x 3 (numpy, torch, anything with Python's buffer protocol), or Pillow's.
numpy is not needed; with it, `logits` takes and gives arrays.
"""
from ._library import FermError
from ._library import version as _version
from .model import Model

__all__ = ["FermError", "Model"]
__version__ = _version()
