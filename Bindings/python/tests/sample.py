"""A program as users write it, for mypy --strict: what it says of types is what the package's hints must say."""
from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Tuple

import ferm
import numpy as np
import numpy.typing as npt
from PIL import Image


def surest(folder: Path) -> Tuple[str, float]:
    model = ferm.Model(threads=1, precision="fast")
    answers: List[ferm.Prediction] = model.predict(sorted(folder.glob("*.png")))
    best = max(answers, key=lambda answer: answer["score"])
    return best["label"], best["probs"][best["label"]]


def table(frames: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Frames of OpenCV's."""
    model = ferm.Model("models/default.ferm", batch=8)
    return model.calibrated(model.probabilities(frames, order="bgr") * model.temperature)


def faces(photo: bytes) -> Dict[str, List[float]]:
    finder = ferm.Detector()
    found: List[ferm.Face] = finder.detect(photo, min_score=0.7)
    answers = ferm.Model().predict_faces(photo, found, finder, margin=1.1)
    return {answer["label"]: face["box"] for face, answer in zip(found, answers)}


def told(model: ferm.Model) -> str:
    licence = model.provenance.get("license", "unknown")
    width: int = model.input_shape[2]
    return f"{model.name} {model.digest} {licence} {width} {[output.name for output in model.outputs]} {ferm.__version__}"


def one(picture: Image.Image) -> str:
    try:
        return ferm.Model().predict(picture)[0]["label"]
    except ferm.FermError as error:
        return f"{error.code}: {error}"
