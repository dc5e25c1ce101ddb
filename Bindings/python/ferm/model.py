"""Models as Python sees them."""
import ctypes
import os
import threading

from ._library import Image, ModelHandle, SessionHandle

try:
    import numpy
except ImportError:
    numpy = None

#: Sessions are made for these numbers of images; a call runs in the smallest that holds it.
BATCHES = (1, 8, 64)


#: Forks between the first process and this one.
_forks = 0


def _count_fork():
    global _forks
    _forks += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_count_fork)


class Model:
    """A model in memory. Threads may share it, and so may processes that are forked later: each gets sessions of its own.

    source   the path of a .ferm file, or its bytes
    threads  how many threads one call uses; 0 for as many as this process may use processors
    batch    None picks kernels by how many images a call brings. A number pins them: an image's result then has the
             same bits however many images come with it, and no more than this many run at once.
    """

    def __init__(self, source, threads=0, batch=None):
        self._handle = ModelHandle(source)
        self._threads = threads
        self._batches = BATCHES if batch is None else (batch,)
        self._sessions = threading.local()
        self.name = self._handle.name
        self.labels = self._handle.labels
        self.input_shape = self._handle.input_shape
        self._session(self._batches[0])  # a wrong number of threads is refused here, not at the first call

    def __repr__(self):
        return f"<ferm.Model {self.name}: {len(self.labels)} labels, input {self.input_shape}>"

    def logits(self, x):
        """The network's raw outputs [N, K] for preprocessed inputs [N, C, H, W].

        x is a float32 numpy array, and so is the result. Without numpy, x is a float32 buffer of that shape, such as a
        memoryview's cast, and the result a list of N lists.
        """
        if numpy is not None:
            x = numpy.ascontiguousarray(x, dtype=numpy.float32)
            self._check_shape(x.shape)
            result = numpy.empty((len(x), len(self.labels)), numpy.float32)
            self._session(len(x)).logits(x.ctypes.data, len(x), result.ctypes.data)
            return result
        view = memoryview(x)
        if view.format != "f":
            raise ValueError(f"the input must be float32, not format {view.format!r}")
        self._check_shape(view.shape)
        data = (ctypes.c_float * (view.nbytes // 4)).from_buffer_copy(view.tobytes())
        result = (ctypes.c_float * (view.shape[0] * len(self.labels)))()
        self._session(view.shape[0]).logits(ctypes.addressof(data), view.shape[0], ctypes.addressof(result))
        return self._rows(result)

    def predict(self, images):
        """What each 8-bit image expresses: a list of {'label', 'score', 'probs'}, in the order of the images.

        images  uint8 arrays of shape H x W (grey) or H x W x 3 (RGB), of any size
        """
        images = list(images)
        if not images:
            return []
        views = [_pixels(image, i) for i, image in enumerate(images)]
        table = (Image * len(views))(*(view[0] for view in views))
        result = (ctypes.c_float * (len(views) * len(self.labels)))()
        self._session(len(views)).predict(table, len(views), result)
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
            sessions[batch] = SessionHandle(self._handle, self._threads, batch)
        return sessions[batch]


def _pixels(image, index):
    """An Image over the caller's memory, and what keeps that memory alive."""
    view = memoryview(image)
    if view.format != "B" or view.ndim not in (2, 3) or (view.ndim == 3 and view.shape[2] != 3):
        raise ValueError(
            f"image {index} must be uint8 of shape H x W or H x W x 3, not {view.format!r} of shape {view.shape}"
        )
    if 0 in view.shape:
        raise ValueError(f"image {index} has no pixels: its shape is {view.shape}")
    height, width = view.shape[:2]
    channels = 1 if view.ndim == 2 else 3
    dense = view.strides[1:] == ((1,) if channels == 1 else (3, 1)) and view.strides[0] >= width * channels
    if dense and numpy is not None:
        owner = numpy.asarray(view)
        address, stride = owner.ctypes.data, view.strides[0]
    else:
        owner = ctypes.create_string_buffer(view.tobytes(), view.nbytes)
        address, stride = ctypes.addressof(owner), width * channels
    return Image(address, width, height, channels, stride), owner
