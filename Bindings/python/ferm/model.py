"""Models as Python sees them."""
from __future__ import annotations

import ctypes
import hashlib
import operator
import os
import threading
import weakref
from typing import Literal

from . import images as _images
from ._library import PRECISIONS, FermError, Image, ModelHandle, SessionHandle, path_of

try:
    import numpy
except ImportError:
    numpy = None

#: Sessions are made for these numbers of images; a call runs in the smallest that holds it.
BATCHES = (1, 8, 64)

#: Forks between the first process and this one.
_forks = 0

#: The models of this process that came by pickle, as long as somebody uses them.
_unpickled: weakref.WeakValueDictionary = weakref.WeakValueDictionary()
_unpickling = threading.Lock()


def _after_fork():
    global _forks, _unpickling
    _forks += 1
    _unpickling = threading.Lock()  # another thread of the parent may have had it


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class Model:
    """A model in memory. Threads may share it, and so may processes that are forked later: each gets sessions of its own.

    source     the path of a .ferm file, or its bytes
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
        source: str | os.PathLike | bytes | bytearray | memoryview,
        threads: int = 0,
        batch: int | None = None,
        precision: Literal["exact", "fast"] = "exact",
    ):
        self._threads = _whole(threads, "threads", 0, 256)
        self._batch = None if batch is None else _whole(batch, "batch", 1, 4096)
        if precision not in PRECISIONS:
            raise FermError(100, f"precision must be 'exact' or 'fast', not {precision!r}.")
        self._precision = precision
        is_bytes = isinstance(source, (bytes, bytearray, memoryview))
        self._source = bytes(source) if is_bytes else os.path.abspath(path_of(source))
        self._handle = ModelHandle(self._source if is_bytes else source, self._threads)
        self._batches = BATCHES if batch is None else (self._batch,)
        self._sessions = threading.local()
        self.name: str = self._handle.name
        self.labels: list[str] = self._handle.labels
        self.input_shape: tuple[int, int, int] = self._handle.input_shape
        # Too many threads are refused here, not at the first call.
        self.precision: Literal["exact", "fast"] = self._session(self._batches[0]).precision

    def __repr__(self):
        return f"<ferm.Model {self.name}: {len(self.labels)} labels, input {self.input_shape}, {self.precision}>"

    def __reduce__(self):
        return _restored, (type(self), self._source, self._threads, self._batch, self._precision)

    def __copy__(self):
        return self  # nothing of it can change

    def __deepcopy__(self, memo):
        return self

    def self_test(self) -> int:
        """Shows the network the images of the file's self-tests, and gives their number.

        Raises FermError with the code 12 if a logit is not what the file expects: it was changed, or this computer errs.
        """
        return self._handle.self_test()

    def logits(self, x):
        """The network's raw outputs [N, K] for preprocessed inputs [N, C, H, W].

        x is a float32 numpy array, and so is the result. Without numpy, x is a float32 buffer of that shape, such as a
        memoryview's cast, and the result a list of N lists.
        """
        if numpy is not None:
            x = numpy.ascontiguousarray(x, dtype=numpy.float32)
            self._check_shape(x.shape)
            result = numpy.empty((len(x), len(self.labels)), numpy.float32)
            self._session(len(x)).logits(x.ctypes.data, len(x), result.ctypes.data, result.size)
            return result
        view = memoryview(x)
        if view.format != "f":
            raise ValueError(f"the input must be float32, not format {view.format!r}")
        self._check_shape(view.shape)
        data = (ctypes.c_float * (view.nbytes // 4)).from_buffer_copy(view.tobytes())
        result = (ctypes.c_float * (view.shape[0] * len(self.labels)))()
        self._session(view.shape[0]).logits(ctypes.addressof(data), view.shape[0], ctypes.addressof(result), len(result))
        return self._rows(result)

    def predict(self, images) -> list[dict]:
        """What each 8-bit image expresses: a list of {'label', 'score', 'probs'}, in the order of the images.

        images  uint8 arrays of shape H x W or H x W x 1 (grey) or H x W x 3 (RGB, where OpenCV gives BGR), of any size:
                numpy arrays, torch tensors, whatever has Python's buffer protocol; or Pillow's images, which are made
                grey or RGB. One image without a list gives a list of one answer; an array of shape N x H x W or
                N x H x W x 3 is N images, but one that ends in 1, 3 or 4 and has three sides is one image. Alpha is
                refused: what lies under it is not the model's to choose.
        """
        images = _images.as_list(images)
        if not images:
            return []
        views = [_images.pixels(image, i) for i, image in enumerate(images)]
        table = (Image * len(views))(*(view[0] for view in views))
        result = (ctypes.c_float * (len(views) * len(self.labels)))()
        self._session(len(views)).predict(table, result)
        return [self._answer(row) for row in self._rows(result)]

    def _answer(self, row):
        best = max(range(len(row)), key=row.__getitem__)
        return {"label": self.labels[best], "score": row[best], "probs": dict(zip(self.labels, row))}

    def _rows(self, numbers):
        width = len(self.labels)
        return [list(numbers[i : i + width]) for i in range(0, len(numbers), width)]

    def _check_shape(self, shape):
        if len(shape) != 4 or tuple(shape[1:]) != self.input_shape:
            raise ValueError(f"the input must have the shape (N, {', '.join(map(str, self.input_shape))}), not {tuple(shape)}")

    def _session(self, count):
        """This thread's session for so many images."""
        sessions = self._sessions.__dict__
        if sessions.setdefault("forks", _forks) != _forks:
            sessions.clear()  # the sessions of a parent have no threads here
            sessions["forks"] = _forks
        batch = next((b for b in self._batches if count <= b), self._batches[-1])
        if batch not in sessions:
            sessions[batch] = SessionHandle(self._handle, self._threads, batch, self._precision)
        return sessions[batch]


def _whole(number, name, least, most):
    """The number, before C would cut off what is beyond its type."""
    try:
        number = operator.index(number)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, not {type(number).__name__}") from None
    if not least <= number <= most:
        raise FermError(100, f"{name} must be {least} to {most}, not {number}.")
    return number


def _restored(kind, source, threads, batch, precision="exact"):
    """A pickled model: one for each file, as it is now, in this process."""
    if isinstance(source, bytes):
        content = hashlib.sha256(source).digest()
    else:
        try:
            state = os.stat(source)
            content = (source, state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)
        except OSError:
            return kind(source, threads, batch, precision)  # which says what is wrong with the file
    key = (kind, content, threads, batch, precision)
    with _unpickling:
        model = _unpickled.get(key)
        if model is None:
            model = _unpickled[key] = kind(source, threads, batch, precision)
    return model
