"""Faces in photos: who finds them, and how they are cut out."""
from __future__ import annotations

import ctypes
import operator
from typing import Any, Mapping, NamedTuple, Sequence

from . import images as _images
from ._library import FACE_POINTS, CropRuleInfo, Face, FermError, SessionHandle
from ._models import DEFAULT_DETECTOR, need
from ._types import Face as FoundFace
from ._types import Order, Picture, Pictures, Precision, Source


class CropRule(NamedTuple):
    """The square of a photo that a model sees of a face.

    side    of the mean of the box's width and height
    right   how far its middle lies to the right of the box's, in sides of the square
    down    how far below
    level   whether it is turned so that the eyes are level
    stated  whether the model states it; else it is the usual one
    """

    side: float
    right: float = 0.0
    down: float = 0.0
    level: bool = False
    stated: bool = False

    @classmethod
    def of(cls, info: CropRuleInfo) -> CropRule:
        """What ferm.h calls a ferm_crop_rule."""
        return cls(info.side, info.right, info.down, bool(info.level), bool(info.is_stated))

    def info(self, margin: float) -> CropRuleInfo:
        """The same for libferm."""
        return CropRuleInfo(ctypes.sizeof(CropRuleInfo), self.side, self.right, self.down, margin, bool(self.level), 0)


class Detector:
    """Finds faces in photos by a model that has a detection among its outputs. Threads and forked processes may share it.

    source     the path of a .ferm file, or its bytes; by default the detector that came with the package
    threads    how many threads loading uses, and one call, at most 256; 0 for as many as this process may use processors
    precision  as `Model` has it

    `name` is the model's, by which other models' crop rules call it.
    """

    def __init__(
        self, source: Source = DEFAULT_DETECTOR, threads: int = 0, precision: Precision = "exact"
    ) -> None:
        from .model import Model

        need(source)
        self._model = Model(source, threads, batch=8, precision=precision)
        if not any(output.kind == "detection" for output in self._model.outputs):
            raise FermError(3, f"The model {self._model.name} finds no faces: none of its outputs is a detection.")
        self.name: str = self._model.name

    def __repr__(self) -> str:
        return f"<ferm.Detector {self.name}: input {self._model.input_shape}, {self._model.precision}>"

    def detect(
        self, image: Picture, min_score: float = 0.58, overlap: float = 0.3, smallest_face: float = 40, most_faces: int = 1024,
        order: Order | None = None,
    ) -> list[FoundFace]:
        """The faces in a photo, those of the highest scores first: a list of {'box', 'score', 'points'}.

        image, order   as `Model.predict` takes them
        min_score      the score from which a box is a face: 0 to 1. From the usual one on, nothing is given either whose score is below
                       0.8 of the surest face's
        overlap        boxes that share more of the area which they cover are one face: 0 to 1
        smallest_face  pixels: where one look at the photo would not show such a face, it is searched in tiles too. Smaller faces
                       that are seen all the same are given. A number above the photo's sides asks for one look.
        most_faces     at most 1024

        A box is [x, y, width, height] in pixels from the photo's upper left corner; points are the detector's key points [x, y], the
        eyes first, as seen from the left of the photo.
        """
        most = operator.index(most_faces)
        if not 1 <= most <= 1024:
            raise FermError(100, f"most_faces must be 1 to 1024, not {most}.")
        (photo, owner) = _images.photo(image, order)
        # To libferm 0 is the usual.
        least = 1e-300
        found = self._session().detect(photo, min_score or least, overlap or least, smallest_face, most)
        del owner  # the pixels were needed until now
        return [
            {"box": list(face.box), "score": face.score, "points": [list(face.points[i]) for i in range(face.point_count)]}
            for face in found
        ]

    def scores(self, crops: Pictures, order: Order | None = None) -> list[float]:
        """How sure the detector is that each image shows a face and nothing else, as crops do: 0 to 1. Images as `Model.predict` has them."""
        (table, views) = self._model._table(crops, order)
        scores = self._session().face_scores(table)
        del views
        return scores

    def _session(self) -> SessionHandle:
        return self._model._session(1)


def table(faces: Sequence[Mapping[str, Any]]) -> ctypes.Array[Face]:
    """Faces as libferm takes them."""
    if isinstance(faces, Mapping):
        raise TypeError("faces is a dict; pass a list of what Detector.detect gave")
    result = (Face * len(faces))()
    for place, face in zip(result, faces):
        points = list(face.get("points") or ())[:FACE_POINTS]
        (place.box[:], place.score, place.point_count) = (list(map(float, face["box"])), face.get("score", 1), len(points))
        for i, (x, y) in enumerate(points):
            (place.points[i][0], place.points[i][1]) = (x, y)
    return result
