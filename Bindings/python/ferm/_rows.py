"""What the adapters for Ray, Spark and Dask share: pictures become rows, with one model a process.

A row is a dict: path, ok, error, label, score, probabilities (in the order of the model's labels); with a detector there is one for each
face of a photo, with face, faces, face_score and box beside, and one with faces = 0 for a photo without any.
"""
from __future__ import annotations

import importlib
import os
from functools import lru_cache
from typing import Any, Callable, Dict, Iterable, Iterator, NamedTuple, Tuple, Union

from ._library import FermError
from ._models import DEFAULT_DETECTOR, DEFAULT_MODEL
from ._types import Precision, Source
from .faces import Detector
from .files import decoded, is_encoded
from .model import Model, _restored, state_of

#: Pinned, and fer-infer's own: a picture's row has the same bits however an engine cuts its data.
BATCH = 64
#: Bytes of decoded crops that wait for a call of the network, whatever their number.
_MOST_WAITING = 32 << 20
#: FERM_MEMORY of ferm.h, which says nothing of the picture: the engine tries the task again.
_OUT_OF_MEMORY = 11

_NO_FACE = {"face": None, "faces": None, "face_score": None, "box": None}

Row = Dict[str, Any]
#: A picture's path, and its file's bytes, an array, or a File.
Pair = Tuple[str, Any]
#: A detector's file, True for the package's own, False for pictures that are crops of one face.
DetectorSource = Union[Source, bool]


class Settings(NamedTuple):
    """What rows are made with; small, or as large as models that are given as bytes."""

    model: str | bytes
    detector: str | bytes | None
    precision: Precision
    threads: int
    min_score: float | None


class Failure(str):
    """Why a picture has no label."""


class File(str):
    """A picture that is yet to be read: a path, or a URL for fsspec, which Ray and Dask bring."""

    def read(self) -> bytes:
        with open(self, "rb") if os.path.isabs(self) else importlib.import_module("fsspec").open(str(self), "rb") as file:
            content: bytes = file.read()
        return content


def pairs(paths: Iterable[Any], pictures: Iterable[Any] | None) -> Iterator[Pair]:
    """Columns as `Labeller.rows` takes them; without pictures, the paths are read."""
    if pictures is None:
        return ((str(path), File(path)) for path in paths)
    return zip(map(str, paths), pictures)


def settings(
    model: Source | None, detector: DetectorSource, precision: Precision, threads: int, min_score: float | None,
    place: Callable[[str], str] = os.path.abspath,
) -> Settings:
    """None is the package's own model, wherever the package lies on a worker. `place` says what a path is there."""
    if min_score is not None and detector is False:
        raise ValueError("min_score is the detector's: pass detector=True, or a detector's file, too")
    found = None if detector is False else _sent(None if detector is True else detector, place)
    return Settings(_sent(model, place), found, precision, threads, min_score)


def _sent(source: Any, place: Callable[[str], str]) -> str | bytes:
    if source is None:
        return ""
    return bytes(source) if isinstance(source, (bytes, bytearray, memoryview)) else place(os.fsdecode(source))


def labeller(made: Settings) -> Labeller:
    """This process's own for these settings; a file that has changed since is loaded anew."""
    return _labeller(made, tuple(source and state_of(source) for source in (made.model, made.detector)))


@lru_cache(maxsize=4)
def _labeller(made: Settings, state: object) -> Labeller:
    return Labeller(made)


class Labeller:
    """A model, and a detector where one is asked for. Threads may share it."""

    def __init__(self, made: Settings) -> None:
        self._model = _restored(Model, made.model or DEFAULT_MODEL, made.threads, BATCH, made.precision)
        if not self._model.labels:
            raise ValueError(f"the model {self._model.name} has no class scores, and so no labels; take ferm.Model and its run()")
        self._finder = None if made.detector is None else Detector(made.detector or DEFAULT_DETECTOR, made.threads, made.precision)
        self._options: Dict[str, Any] = {} if made.min_score is None else {"min_score": made.min_score}

    def rows(self, pairs: Iterable[Pair]) -> Iterator[Row]:
        """The rows in the order of the pictures."""
        waiting: list[Pair] = []
        size = 0
        for path, source in pairs:
            picture = _tried(lambda: _decoded(path, source))
            if self._finder is not None:
                yield from self._photo(path, picture, self._finder)
                continue
            waiting.append((path, picture))
            size += _bytes(picture)
            if len(waiting) == BATCH or size >= _MOST_WAITING:
                yield from self._crops(waiting)
                waiting, size = [], 0
        yield from self._crops(waiting)

    def _crops(self, crops: list[Pair]) -> Iterator[Row]:
        sound = [picture for _, picture in crops if not isinstance(picture, Failure)]
        answers: Any = _tried(lambda: self._model.predict(sound)) if sound else []
        if isinstance(answers, Failure):  # one of them spoils the call: each for itself says which
            answers = [_tried(lambda: self._model.predict([picture])[0]) for picture in sound]
        following = iter(answers)
        for path, picture in crops:
            yield _row(path, picture if isinstance(picture, Failure) else next(following))

    def _photo(self, path: str, photo: Any, finder: Detector) -> Iterator[Row]:
        seen = photo if isinstance(photo, Failure) else _tried(lambda: self._faces(photo, finder))
        if isinstance(seen, Failure) or not seen:
            yield {**_row(path, seen or None), **_NO_FACE, "faces": None if seen else 0}
            return
        for number, (face, answer) in enumerate(seen):
            box = [round(side, 2) for side in face["box"]]
            yield {**_row(path, answer), "face": number, "faces": len(seen), "face_score": face["score"], "box": box}

    def _faces(self, photo: Any, finder: Detector) -> list[tuple[Any, Any]]:
        found = finder.detect(photo, **self._options)
        return list(zip(found, self._model.predict_faces(photo, found, finder))) if found else []


def _decoded(path: str, source: Any) -> Any:
    content = source.read() if isinstance(source, File) else source
    return decoded(content, path) if is_encoded(content) else content


def _tried(call: Callable[[], Any]) -> Any:
    """What the call gives, or the sentence by which it refuses a picture; a shortage of memory goes to the engine."""
    try:
        return call()
    except (FermError, OSError, TypeError, ValueError) as error:
        if isinstance(error, FermError) and error.code == _OUT_OF_MEMORY:
            raise
        return Failure(" ".join(str(error).split()))


def _bytes(picture: Any) -> int:
    if hasattr(picture, "nbytes"):
        return int(picture.nbytes)
    return picture.width * picture.height * len(picture.getbands()) if hasattr(picture, "getbands") else 0


def _row(path: str, answer: Any) -> Row:
    """answer: a Prediction, a Failure, or None for a photo without a face."""
    row: Row = {"path": path, "ok": True, "error": None, "label": None, "score": None, "probabilities": None}
    if isinstance(answer, Failure):
        row.update(ok=False, error=str(answer))
    elif answer is not None:
        row.update(label=answer["label"], score=answer["score"], probabilities=list(answer["probs"].values()))
    return row


def engine(name: str, package: str) -> Any:
    """The module of an engine, or of what it brings."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ImportError(f"{name} is not installed, and these rows need it: pip install '{package}'") from None


def table(rows: Iterable[Row], with_faces: bool, package: str) -> Any:
    """The rows as a table of Arrow's, whose columns have the same types whatever is in them."""
    arrow = engine("pyarrow", package)
    numbers = arrow.list_(arrow.float32())
    fields = {"path": arrow.string(), "ok": arrow.bool_(), "error": arrow.string(), "label": arrow.string(), "score": arrow.float32(),
              "probabilities": numbers}
    if with_faces:
        fields.update(face=arrow.int32(), faces=arrow.int32(), face_score=arrow.float32(), box=arrow.list_(arrow.float64()))
    return arrow.Table.from_pylist(list(rows), schema=arrow.schema(list(fields.items())))
