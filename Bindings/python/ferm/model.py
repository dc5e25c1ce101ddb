"""Models as Python sees them."""
from __future__ import annotations

import ctypes
import hashlib
import operator
import os
import threading
import weakref
from typing import Any, Iterable, Mapping, Sequence, cast

from . import faces as _faces
from . import images as _images
from . import outputs as _outputs
from . import shown as _shown
from ._library import FACTS, NOTE, PRECISIONS, FermError, ModelHandle, Picture, SessionHandle, path_of
from ._models import DEFAULT_MODEL, need
from ._numpy import numpy
from ._types import Fact, Numbers, Order, Pictures, Precision, Prediction, Source
from ._types import Picture as AnyPicture

#: Sessions are made for these numbers of images; a call runs in the smallest that holds it.
BATCHES = (1, 8, 64)

#: Forks between the first process and this one.
_forks = 0

#: The models of this process that came by pickle, as long as somebody uses them.
_unpickled: weakref.WeakValueDictionary[Any, Model] = weakref.WeakValueDictionary()
_unpickling = threading.Lock()


def _after_fork() -> None:
    global _forks, _unpickling
    _forks += 1
    _unpickling = threading.Lock()  # another thread of the parent may have had it


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class Model:
    """A model in memory. Threads may share it, and so may processes that are forked later: each gets sessions of its own.

    source     the path of a .ferm file, or its bytes; by default the model that came with the package
    threads    how many threads loading uses, and one call, at most 256; 0 for as many as this process may use processors
    batch      None picks kernels by how many images a call brings. A number pins them: an image's result then has the
               same bits however many images come with it, and no more than this many, at most 4096, run at once.
    precision  "exact" multiplies in fp32; "fast" in bf16 with fp32 sums, and with 8-bit integers in fully connected layers
               whose weights are int8, where the processor has AVX512_BF16 and AVX512_VNNI. `model.precision` says which of the
               two it is here; the self-test is always exact.

    A model goes to other processes by pickle as its absolute path or its bytes, which it keeps for that, with threads, batch
    and the precision that was asked for; it is loaded there once, from what then lies at the path.
    """

    def __init__(
        self,
        source: Source = DEFAULT_MODEL,
        threads: int = 0,
        batch: int | None = None,
        precision: Precision = "exact",
    ) -> None:
        self._threads = _whole(threads, "threads", 0, 256)
        self._batch = None if batch is None else _whole(batch, "batch", 1, 4096)
        if precision not in PRECISIONS:
            raise FermError(100, f"precision must be 'exact' or 'fast', not {precision!r}.")
        self._precision = precision
        need(source)
        self._source: str | bytes
        if isinstance(source, (bytes, bytearray, memoryview)):
            source = self._source = bytes(source)
        else:
            self._source = os.path.abspath(path_of(source))
        self._handle = ModelHandle(source, self._threads)
        self._batches = BATCHES if self._batch is None else (self._batch,)
        self._sessions = threading.local()
        self.name: str = self._handle.name
        self.labels: list[str] = self._handle.labels
        self.input_shape: tuple[int, int, int] = self._handle.input_shape
        self.outputs: tuple[_outputs.Output, ...] = _outputs.described(self._handle.outputs)
        #: The SHA-256 that the file states of itself, in hexadecimal digits.
        self.digest: str = self._handle.digest
        #: What logits are divided by before they become probabilities.
        self.temperature: float = self._handle.temperature
        # Too many threads are refused here, not at the first call.
        self.precision: Precision = self._session(self._batches[0]).precision

    @property
    def provenance(self) -> dict[str, Fact]:
        """What the file says of where the model comes from, how it was trained and what it reaches; a new dict at each call."""
        return {key: FACTS.get(kind, str)(text) for kind, key, text in self._handle.metadata if kind != NOTE}

    @property
    def notes(self) -> dict[str, str]:
        """Longer texts in the file, such as card.md, by their names."""
        return {key: text for kind, key, text in self._handle.metadata if kind == NOTE}

    def __repr__(self) -> str:
        gives = f"{len(self.labels)} labels" if self.labels else f"outputs {', '.join(output.name for output in self.outputs)}"
        return f"<ferm.Model {self.name}: {gives}, input {self.input_shape}, {self.precision}>"

    def _repr_html_(self) -> str:
        """What notebooks show."""
        return _shown.table(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self._source, self._threads, self._batch, self._precision)

    def __copy__(self) -> Model:
        return self  # nothing of it can change

    def __deepcopy__(self, memo: Any) -> Model:
        return self

    def self_test(self) -> int:
        """Shows the network the images of the file's self-tests, and gives their number.

        Raises FermError with the code 12 if a logit is not what the file expects: it was changed, or this computer errs.
        """
        return self._handle.self_test()

    def logits(self, x: Any) -> Numbers:
        """The network's raw outputs [N, K] for preprocessed inputs [N, C, H, W].

        x is a float32 numpy array, and so is the result. Without numpy, x is a float32 buffer of that shape, such as a
        memoryview's cast, and the result a list of N lists.
        """
        if numpy is not None:
            x = numpy.ascontiguousarray(x, dtype=numpy.float32)
            self._check_shape(x.shape)
            result = self._room(len(x))
            self._session(len(x)).logits(x.ctypes.data, len(x), result.ctypes.data, result.size)
            return self._answers(result)
        (data, shape) = _floats(x)
        self._check_shape(shape)
        result = self._room(shape[0])
        self._session(shape[0]).logits(ctypes.addressof(data), shape[0], ctypes.addressof(result), len(result))
        return self._answers(result)

    def calibrated(self, logits: Any) -> Numbers:
        """The probabilities [N, K] that `probabilities` makes of logits [N, K], for those who preprocess images themselves.

        logits  a float32 array, or without numpy a float32 buffer of that shape
        """
        if numpy is not None:
            x = numpy.ascontiguousarray(logits, dtype=numpy.float32)
            (shape, address) = (x.shape, x.ctypes.data)
        else:
            (x, shape) = _floats(logits)
            address = ctypes.addressof(x)
        if len(shape) != 2 or shape[1] != len(self.labels):
            raise ValueError(f"the logits must have the shape (N, {len(self.labels)}), not {tuple(shape)}")
        result = self._room(shape[0])
        target = result.ctypes.data if numpy is not None else ctypes.addressof(result)
        self._handle.probabilities(address, shape[0], target, shape[0] * shape[1])
        return self._answers(result)

    def run_inputs(self, x: Any, names: str | Iterable[str] | None = None) -> dict[str, Any]:
        """The outputs of preprocessed inputs [N, C, H, W], as `logits` takes them; see `run`."""
        wanted = self._wanted(names)
        if numpy is not None:
            x = numpy.ascontiguousarray(x, dtype=numpy.float32)
            self._check_shape(x.shape)
            (count, address) = (len(x), x.ctypes.data)
        else:
            (data, shape) = _floats(x)
            self._check_shape(shape)
            (count, address) = (shape[0], ctypes.addressof(data))
        room = _outputs.Room(self.outputs, wanted, count)
        self._session(count).outputs(address, count, room.rows)
        return room.arrays()

    def run(self, images: Pictures, names: str | Iterable[str] | None = None, order: Order | None = None) -> dict[str, Any]:
        """What the network gives for each 8-bit image, by the name of the output: float32 arrays [N, numbers].

        images, order  as `predict` takes them
        names          the outputs that are wanted; None for all of `model.outputs`

        Of a detection there is a list with a pair of arrays for each level: scores [N, A, h, w] and boxes
        [N, A * (4 + 2 * key_points), h, w]. Without numpy, lists stand for arrays.
        """
        wanted = self._wanted(names)
        (table, views) = self._table(images, order)
        room = _outputs.Room(self.outputs, wanted, len(views))
        self._session(len(views)).image_outputs(table, room.rows)
        return room.arrays()

    def embedding(self, images: Pictures, name: str | None = None, order: Order | None = None) -> Numbers:
        """The embedding of each 8-bit image: a float32 array [N, numbers]; two faces are compared by the cosine between theirs.

        name  which one, where the model has several
        """
        names = [output.name for output in self.outputs if output.kind == "embedding"]
        if name is None and len(names) == 1:
            name = names[0]
        if name not in names:
            what = "no embedding" if not names else f"several embeddings ({', '.join(names)})" if name is None else f"no embedding {name!r}"
            raise ValueError(f"the model {self.name} has {what}; its outputs: {self._listed()}")
        found: Numbers = self.run(images, [name], order)[name]
        return found

    def probabilities(self, images: Pictures, order: Order | None = None) -> Numbers:
        """The probability of every class for each 8-bit image, as an array [N, K]; see `predict`."""
        (table, views) = self._table(images, order)
        result = self._room(len(views))
        target = result if numpy is None else result.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        self._session(len(views)).predict(table, target, len(views) * len(self.labels))
        return self._answers(result)

    def predict(self, images: Pictures, order: Order | None = None) -> list[Prediction]:
        """What each 8-bit image expresses: a list of {'label', 'score', 'probs'}, in the order of the images.

        images  uint8 arrays of shape H x W or H x W x 1 (grey), H x W x 3 or, with an order, H x W x 4, of any size: numpy
                arrays, torch tensors, whatever has Python's buffer protocol; Pillow's images; paths or bytes of JPEG,
                PNG, WebP, BMP and PNM files, which Pillow reads and which are turned as their EXIF data says. One image
                without a list gives a list of one answer; an array of shape N x H x W or N x H x W x C is N images, but
                one that ends in 1, 3 or 4 and has three sides is one image.
        order   how arrays hold colours: "rgb" (the usual one), "bgr" (OpenCV's), "rgba", "bgra", whose alpha is laid over
                white, as that of files and Pillow's images is, or "rgbx", "bgrx"
        """
        (table, views) = self._table(images, order)
        result = (ctypes.c_float * (len(views) * len(self.labels)))()
        self._session(len(views)).predict(table, result, len(result))
        return [self._answer(row) for row in self._rows(result)]

    def crop_rule(self, detector: str) -> _faces.CropRule:
        """How the model wants faces to be cut from photos that the detector of this name found; the usual rule where it says nothing."""
        return _faces.CropRule.of(self._handle.crop_rule(detector))

    def predict_faces(
        self, image: AnyPicture, faces: Sequence[Mapping[str, Any]], detector: _faces.Detector | str | None = None, *,
        rule: _faces.CropRule | None = None, margin: float = 1.0, order: Order | None = None,
    ) -> list[Prediction]:
        """What each face of a photo expresses: a list of {'label', 'score', 'probs'}, in the order of the faces.

        image, order  as `predict` takes them
        faces     what `Detector.detect` gave, or dicts with a 'box' [x, y, width, height] and, for a level frame, 'points' that
                  begin with the eyes
        detector  the detector that found them, or its name: the model may have a rule for its boxes
        rule      a rule to go by instead
        margin    makes what is cut out so many times as wide, about its middle
        """
        if rule is None:
            if detector is None:
                raise TypeError("predict_faces needs the detector, or a rule by which faces are cut out")
            rule = self.crop_rule(detector if isinstance(detector, str) else detector.name)
        (photo, owner) = _images.photo(image, order)
        table = _faces.table(faces)
        result = (ctypes.c_float * (len(table) * len(self.labels)))()
        self._session(len(table)).predict_faces(photo, rule.info(margin), table, result, len(result))
        del owner  # the pixels were needed until now
        return [self._answer(row) for row in self._rows(result)]

    def _table(self, images: Pictures, order: Order | None) -> tuple[ctypes.Array[Picture], list[_images.Lent]]:
        """The images as libferm takes them, and what keeps their memory alive."""
        views = _images.lent(images, order)
        return (Picture * len(views))(*(view[0] for view in views)), views

    def _wanted(self, names: str | Iterable[str] | None) -> list[int]:
        """The places of the outputs of these names."""
        known = [output.name for output in self.outputs]
        if names is None:
            return list(range(len(known)))
        names = list(dict.fromkeys([names] if isinstance(names, str) else names))
        for name in names:
            if name not in known:
                raise ValueError(f"the model {self.name} has no output {name!r}; its outputs: {self._listed()}")
        return [known.index(name) for name in names]

    def _listed(self) -> str:
        return ", ".join(f"{output.name} ({output.kind}, {output.numbers} numbers)" for output in self.outputs)

    def _answer(self, row: list[float]) -> Prediction:
        best = max(range(len(row)), key=row.__getitem__)
        return {"label": self.labels[best], "score": row[best], "probs": dict(zip(self.labels, row))}

    def _room(self, count: int) -> Any:
        """An array for a row of each image or, without numpy, memory for one."""
        if numpy is not None:
            return numpy.empty((count, len(self.labels)), numpy.float32)
        return (ctypes.c_float * (count * len(self.labels)))()

    def _answers(self, room: Any) -> Numbers:
        """The room's rows, as callers get them."""
        return cast(Numbers, room if numpy is not None else self._rows(room))

    def _rows(self, numbers: ctypes.Array[ctypes.c_float]) -> list[list[float]]:
        width = len(self.labels)
        return [list(numbers[i : i + width]) for i in range(0, len(numbers), width)]

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        if len(shape) != 4 or tuple(shape[1:]) != self.input_shape:
            raise ValueError(f"the input must have the shape (N, {', '.join(map(str, self.input_shape))}), not {tuple(shape)}")

    def _session(self, count: int) -> SessionHandle:
        """This thread's session for so many images."""
        sessions: dict[Any, Any] = self._sessions.__dict__
        if sessions.setdefault("forks", _forks) != _forks:
            sessions.clear()  # the sessions of a parent have no threads here
            sessions["forks"] = _forks
        batch = next((b for b in self._batches if count <= b), self._batches[-1])
        if batch not in sessions:
            sessions[batch] = SessionHandle(self._handle, self._threads, batch, self._precision)
        return cast(SessionHandle, sessions[batch])


def _floats(x: Any) -> tuple[ctypes.Array[ctypes.c_float], tuple[int, ...]]:
    """A copy of a float32 buffer, and its shape."""
    view = memoryview(x)
    if view.format != "f":
        raise ValueError(f"the input must be float32, not format {view.format!r}")
    return (ctypes.c_float * (view.nbytes // 4)).from_buffer_copy(view.tobytes()), tuple(view.shape or ())


def _whole(number: Any, name: str, least: int, most: int) -> int:
    """The number, before C would cut off what is beyond its type."""
    try:
        whole: int = operator.index(number)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, not {type(number).__name__}") from None
    if not least <= whole <= most:
        raise FermError(100, f"{name} must be {least} to {most}, not {whole}.")
    return whole


def _restored(
    kind: type[Model], source: str | bytes, threads: int, batch: int | None, precision: Precision = "exact"
) -> Model:
    """A pickled model: one for each file, as it is now, in this process."""
    state = state_of(source)
    if state is None:
        return kind(source, threads, batch, precision)  # which says what is wrong with the file
    key = (kind, state, threads, batch, precision)
    with _unpickling:
        model = _unpickled.get(key)
        if model is None:
            model = _unpickled[key] = kind(source, threads, batch, precision)
    return model


def state_of(source: str | bytes) -> Any:
    """What changes when the content does: of bytes their digest, of a file what the system says of it; None where there is none."""
    if isinstance(source, bytes):
        return hashlib.sha256(source).digest()
    try:
        state = os.stat(source)
    except OSError:
        return None
    return source, state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns
