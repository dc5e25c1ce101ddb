"""Facial emotions from pictures of faces, through libferm.

    import ferm
    model = ferm.Model()              # the package's own, or a .ferm file's path or bytes
    model.predict("face.jpg")         # [{'label': 'happy', 'score': 0.93, 'probs': {'angry': 0.01, ...}}]
    model.probabilities([image])      # the same as an array [N, K]
    model.run([image])                # every output by name: {'scores': array [N, K], 'embedding': array [N, F]}
    finder = ferm.Detector()
    faces = finder.detect(photo)      # [{'box': [x, y, width, height], 'score': 0.97, 'points': [[x, y], ...]}]
    model.predict_faces(photo, faces, finder)

An image is a uint8 array of shape H x W or H x W x 3 (numpy, torch, anything with Python's buffer protocol), Pillow's, or a file's path or
bytes.
numpy is not needed; with it, arrays are taken and given, without it lists. ferm.builder and ferm.torch write files, and need no library.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._library import FermError
    from ._types import Face, Prediction
    from .faces import CropRule, Detector
    from .model import Model
    from .outputs import Level, Output

    #: The version of libferm.
    __version__: str

__all__ = ["CropRule", "Detector", "Face", "FermError", "Level", "Model", "Output", "Prediction"]


def __getattr__(name: str) -> Any:
    """The library is loaded when something of it is first used, so that files can be written without it."""
    if name not in (*__all__, "__version__"):
        raise AttributeError(f"module 'ferm' has no attribute {name!r}")
    from . import _library, _types, faces, model, outputs

    found: dict[str, Any] = {"CropRule": faces.CropRule, "Detector": faces.Detector, "Face": _types.Face, "FermError": _library.FermError,
                             "Level": outputs.Level, "Model": model.Model, "Output": outputs.Output, "Prediction": _types.Prediction,
                             "__version__": _library.version()}
    globals().update(found)
    return found[name]
