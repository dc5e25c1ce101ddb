"""Facial emotions from pictures of faces, through libferm.

    import ferm
    model = ferm.Model("model.ferm", threads=2)
    model.predict([image])            # [{'label': 'happy', 'score': 0.93, 'probs': {'angry': 0.01, ...}}]
    model.probabilities([image])      # the same as an array [N, K]
    model.run([image])                # every output by name: {'scores': array [N, K], 'embedding': array [N, F]}

An image is a uint8 array of shape H x W or H x W x 3 (numpy, torch, anything with Python's buffer protocol), or Pillow's.
numpy is not needed; with it, arrays are taken and given, without it lists.
"""
from ._library import FermError
from ._library import version as _version
from .model import Model
from .outputs import Level, Output

__all__ = ["FermError", "Level", "Model", "Output"]
__version__ = _version()
