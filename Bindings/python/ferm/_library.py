"""ferm.h in ctypes. Every call releases the interpreter's lock while it runs."""
from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, c_char_p, c_double, c_float, c_int, c_size_t, c_void_p
from typing import Any, Callable

from ._types import Fact, Precision


class FermError(Exception):
    """What libferm refused: `str()` is its sentence, `code` its stable number (ferm.h)."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code, str(self))


class ModelOptions(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("threads", c_size_t)]


class SessionOptions(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("threads", c_size_t), ("max_batch", c_size_t), ("precision", c_size_t)]


#: The names of FERM_EXACT and FERM_FAST.
PRECISIONS: tuple[Precision, ...] = ("exact", "fast")


#: The names of the kinds of outputs, by their numbers in ferm.h.
KINDS = {1: "scores", 2: "embedding", 3: "detection"}


class OutputInfo(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("name", c_char_p), ("kind", c_size_t), ("numbers", c_size_t), ("key_points", c_size_t),
                ("levels", c_size_t)]


class LevelInfo(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("scores", c_size_t), ("boxes", c_size_t), ("anchors", c_size_t), ("height", c_size_t),
                ("width", c_size_t), ("anchor_sizes", POINTER(c_float))]


class Rows(ctypes.Structure):
    _fields_ = [("output", c_size_t), ("numbers", c_void_p), ("capacity", c_size_t)]


class DetectionOptions(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("min_score", c_double), ("overlap", c_double), ("smallest_face", c_double)]


#: The most key points of a face, FERM_FACE_POINTS.
FACE_POINTS = 8


class Face(ctypes.Structure):
    _fields_ = [("box", c_double * 4), ("score", c_double), ("points", c_double * 2 * FACE_POINTS), ("point_count", c_size_t)]


class CropRuleInfo(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("side", c_double), ("right", c_double), ("down", c_double), ("margin", c_double),
                ("level", c_size_t), ("is_stated", c_size_t)]


class Image(ctypes.Structure):
    _fields_ = [("pixels", c_void_p), ("width", c_size_t), ("height", c_size_t), ("channels", c_size_t), ("stride", c_size_t)]


#: The orders of a pixel's samples, by their numbers in ferm.h.
ORDERS = ("rgb", "bgr", "rgba", "bgra", "rgbx", "bgrx")


class Picture(ctypes.Structure):
    _fields_ = [("image", Image), ("order", c_size_t), ("x", c_double), ("y", c_double), ("width", c_double), ("height", c_double)]


#: What the text of a fact about a model stands for, by its kind in ferm.h; notes are 5.
FACTS: dict[int, Callable[[str], Fact]] = {1: str, 2: int, 3: float, 4: lambda text: text == "true"}
NOTE = 5


class Metadata(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("key", c_char_p), ("text", c_char_p), ("kind", c_size_t)]


def _load() -> ctypes.CDLL:
    """The library that FERM_LIBRARY names, or else the one beside this package, or else the system's."""
    named = os.environ.get("FERM_LIBRARY")
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "libferm.so")
    path = named or (beside if os.path.exists(beside) else "libferm.so.0")
    try:
        return ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(
            f"ferm needs libferm.so, which cannot be loaded ({error}): run `make libferm` in ferm's sources and set "
            "FERM_LIBRARY to the path of build/lib/libferm.so"
        ) from None


_lib = _load()
_handle, _out = c_void_p, POINTER(c_void_p)
for _name, _result, _arguments in (
    ("ferm_last_error", c_char_p, []),
    ("ferm_version", c_char_p, []),
    ("ferm_model_open_with", c_int, [c_char_p, POINTER(ModelOptions), _out]),
    ("ferm_model_read_with", c_int, [c_char_p, c_size_t, POINTER(ModelOptions), _out]),
    ("ferm_model_free", None, [_handle]),
    ("ferm_model_name", c_char_p, [_handle]),
    ("ferm_model_label_count", c_size_t, [_handle]),
    ("ferm_model_label", c_char_p, [_handle, c_size_t]),
    ("ferm_model_input_shape", c_int, [_handle, POINTER(c_size_t)]),
    ("ferm_model_output_count", c_size_t, [_handle]),
    ("ferm_model_output", c_int, [_handle, c_size_t, POINTER(OutputInfo)]),
    ("ferm_model_output_level", c_int, [_handle, c_size_t, c_size_t, POINTER(LevelInfo)]),
    ("ferm_model_digest", c_char_p, [_handle]),
    ("ferm_model_temperature", c_double, [_handle]),
    ("ferm_model_metadata_count", c_size_t, [_handle]),
    ("ferm_model_metadata", c_int, [_handle, c_size_t, POINTER(Metadata)]),
    ("ferm_model_probabilities", c_int, [_handle, c_void_p, c_size_t, c_void_p, c_size_t]),
    ("ferm_model_self_test", c_int, [_handle, POINTER(c_size_t)]),
    ("ferm_session_open", c_int, [_handle, POINTER(SessionOptions), _out]),
    ("ferm_session_precision", c_size_t, [_handle]),
    ("ferm_session_free", None, [_handle]),
    ("ferm_session_logits_into", c_int, [_handle, c_void_p, c_size_t, c_void_p, c_size_t]),
    ("ferm_session_predict_into", c_int, [_handle, POINTER(Picture), c_size_t, c_size_t, POINTER(c_float), c_size_t]),
    ("ferm_session_outputs", c_int, [_handle, c_void_p, c_size_t, POINTER(Rows), c_size_t, c_size_t]),
    ("ferm_session_image_outputs", c_int, [_handle, POINTER(Picture), c_size_t, c_size_t, POINTER(Rows), c_size_t, c_size_t]),
    ("ferm_model_crop_rule", c_int, [_handle, c_char_p, POINTER(CropRuleInfo)]),
    ("ferm_session_detect", c_int,
     [_handle, POINTER(Picture), c_size_t, POINTER(DetectionOptions), POINTER(Face), c_size_t, c_size_t, POINTER(c_size_t)]),
    ("ferm_session_face_scores", c_int, [_handle, POINTER(Picture), c_size_t, c_size_t, POINTER(c_float)]),
    ("ferm_session_predict_faces", c_int,
     [_handle, POINTER(Picture), c_size_t, POINTER(CropRuleInfo), POINTER(Face), c_size_t, c_size_t, POINTER(c_float), c_size_t]),
):
    try:
        _function = getattr(_lib, _name)
    except AttributeError:
        raise ImportError(f"ferm needs a newer libferm.so than {_lib._name}, which lacks {_name}") from None
    _function.restype, _function.argtypes = _result, _arguments


def version() -> str:
    """The version of libferm."""
    return _text(_lib.ferm_version())


def _text(found: bytes | None) -> str:
    return "" if found is None else found.decode()


def check(status: int) -> None:
    """Raises what the last call of this thread was refused for."""
    if status:
        raise FermError(status, _text(_lib.ferm_last_error()))


def path_of(source: Any) -> str:
    """A path as text; what is no path, or none that a file can have, is refused."""
    try:
        path = os.fsdecode(source)
    except TypeError:
        raise TypeError(f"a model comes from the path of a .ferm file or from its bytes, not from {type(source).__name__}") from None
    if "\0" in path:
        raise ValueError(f"the path {path!r} has a NUL in it, which no file's name can have")
    return path


class ModelHandle:
    """A loaded model; frees it when nobody uses it any more."""

    pointer: c_void_p | None = None

    def __init__(self, source: Any, threads: int) -> None:
        """`threads` decode meanwhile; 0 for as many as this process may use processors, which ferm.h calls FERM_PROCESSORS."""
        self.pointer = c_void_p()
        options = ModelOptions(ctypes.sizeof(ModelOptions), threads or c_size_t(-1).value)
        if isinstance(source, bytes):
            check(_lib.ferm_model_read_with(source, len(source), ctypes.byref(options), ctypes.byref(self.pointer)))
        else:
            check(_lib.ferm_model_open_with(os.fsencode(path_of(source)), ctypes.byref(options), ctypes.byref(self.pointer)))

    def __del__(self, free: Any = _lib.ferm_model_free) -> None:
        if self.pointer:
            free(self.pointer)

    @property
    def name(self) -> str:
        return _text(_lib.ferm_model_name(self.pointer))

    @property
    def labels(self) -> list[str]:
        count = _lib.ferm_model_label_count(self.pointer)
        return [_text(_lib.ferm_model_label(self.pointer, i)) for i in range(count)]

    @property
    def input_shape(self) -> tuple[int, int, int]:
        shape = (c_size_t * 3)()
        check(_lib.ferm_model_input_shape(self.pointer, shape))
        return (shape[0], shape[1], shape[2])

    @property
    def outputs(self) -> list[tuple[OutputInfo, list[LevelInfo]]]:
        """What ferm.h says of each output, and of the levels of a detection."""
        found = []
        for i in range(_lib.ferm_model_output_count(self.pointer)):
            info = OutputInfo(ctypes.sizeof(OutputInfo))
            check(_lib.ferm_model_output(self.pointer, i, ctypes.byref(info)))
            levels: list[LevelInfo] = []
            for k in range(info.levels):
                levels.append(LevelInfo(ctypes.sizeof(LevelInfo)))
                check(_lib.ferm_model_output_level(self.pointer, i, k, ctypes.byref(levels[k])))
            found.append((info, levels))
        return found

    def crop_rule(self, detector: str) -> CropRuleInfo:
        rule = CropRuleInfo(ctypes.sizeof(CropRuleInfo))
        check(_lib.ferm_model_crop_rule(self.pointer, detector.encode(), ctypes.byref(rule)))
        return rule

    @property
    def digest(self) -> str:
        return _text(_lib.ferm_model_digest(self.pointer))

    @property
    def temperature(self) -> float:
        return float(_lib.ferm_model_temperature(self.pointer))

    @property
    def metadata(self) -> list[tuple[int, str, str]]:
        """The kind, the key and the text of each entry."""
        found = []
        for i in range(_lib.ferm_model_metadata_count(self.pointer)):
            entry = Metadata(ctypes.sizeof(Metadata))
            check(_lib.ferm_model_metadata(self.pointer, i, ctypes.byref(entry)))
            found.append((entry.kind, _text(entry.key), _text(entry.text)))
        return found

    def probabilities(self, logits: int, count: int, output: int, capacity: int) -> None:
        """`logits` and `output` are addresses; there is room for `capacity` floats."""
        check(_lib.ferm_model_probabilities(self.pointer, logits, count, output, capacity))

    def self_test(self) -> int:
        count = c_size_t()
        check(_lib.ferm_model_self_test(self.pointer, ctypes.byref(count)))
        return count.value


class SessionHandle:
    """One thread's session; frees it with its thread."""

    pointer: c_void_p | None = None

    def __init__(self, model: ModelHandle, threads: int, max_batch: int, precision: Precision) -> None:
        self.pointer = c_void_p()
        options = SessionOptions(ctypes.sizeof(SessionOptions), threads, max_batch, PRECISIONS.index(precision))
        check(_lib.ferm_session_open(model.pointer, ctypes.byref(options), ctypes.byref(self.pointer)))

    def __del__(self, free: Any = _lib.ferm_session_free) -> None:
        if self.pointer:
            free(self.pointer)

    @property
    def precision(self) -> Precision:
        precision: Precision = PRECISIONS[_lib.ferm_session_precision(self.pointer)]
        return precision

    def logits(self, input: int, count: int, output: int, capacity: int) -> None:
        """`input` and `output` are addresses; there is room for `capacity` floats."""
        check(_lib.ferm_session_logits_into(self.pointer, input, count, output, capacity))

    def outputs(self, input: int, count: int, rows: ctypes.Array[Rows]) -> None:
        """`input` is an address."""
        check(_lib.ferm_session_outputs(self.pointer, input, count, rows, ctypes.sizeof(Rows), len(rows)))

    def image_outputs(self, images: ctypes.Array[Picture], rows: ctypes.Array[Rows]) -> None:
        size = ctypes.sizeof(Picture)
        check(_lib.ferm_session_image_outputs(self.pointer, images, size, len(images), rows, ctypes.sizeof(Rows), len(rows)))

    def predict(self, images: ctypes.Array[Picture], output: Any, capacity: int) -> None:
        """`output` points to room for `capacity` floats."""
        check(_lib.ferm_session_predict_into(self.pointer, images, ctypes.sizeof(Picture), len(images), output, capacity))

    def detect(self, photo: Picture, min_score: float, overlap: float, smallest_face: float, most_faces: int) -> list[Face]:
        """The faces in a picture."""
        options = DetectionOptions(ctypes.sizeof(DetectionOptions), min_score, overlap, smallest_face)
        (faces, count) = ((Face * most_faces)(), c_size_t())
        check(_lib.ferm_session_detect(self.pointer, ctypes.byref(photo), ctypes.sizeof(Picture), ctypes.byref(options), faces,
                                       ctypes.sizeof(Face), most_faces, ctypes.byref(count)))
        return list(faces[: count.value])

    def face_scores(self, crops: ctypes.Array[Picture]) -> list[float]:
        scores = (c_float * len(crops))()
        check(_lib.ferm_session_face_scores(self.pointer, crops, ctypes.sizeof(Picture), len(crops), scores))
        return list(scores)

    def predict_faces(self, photo: Picture, rule: CropRuleInfo, faces: ctypes.Array[Face], output: Any, capacity: int) -> None:
        """`output` points to room for `capacity` floats."""
        check(_lib.ferm_session_predict_faces(self.pointer, ctypes.byref(photo), ctypes.sizeof(Picture), ctypes.byref(rule), faces,
                                              ctypes.sizeof(Face), len(faces), output, capacity))
