"""ferm.h in ctypes. Every call releases the interpreter's lock while it runs."""
import ctypes
import os
from ctypes import POINTER, c_char_p, c_double, c_float, c_int, c_size_t, c_void_p


class FermError(Exception):
    """What libferm refused: `str()` is its sentence, `code` its stable number (ferm.h)."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code

    def __reduce__(self):
        return type(self), (self.code, str(self))


class ModelOptions(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("threads", c_size_t)]


class SessionOptions(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("threads", c_size_t), ("max_batch", c_size_t), ("precision", c_size_t)]


#: The names of FERM_EXACT and FERM_FAST.
PRECISIONS = ("exact", "fast")


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
    _fields_ = [
        ("pixels", c_void_p),
        ("width", c_size_t),
        ("height", c_size_t),
        ("channels", c_size_t),
        ("stride", c_size_t),
    ]


def _load():
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
    ("ferm_model_self_test", c_int, [_handle, POINTER(c_size_t)]),
    ("ferm_session_open", c_int, [_handle, POINTER(SessionOptions), _out]),
    ("ferm_session_precision", c_size_t, [_handle]),
    ("ferm_session_free", None, [_handle]),
    ("ferm_session_logits_into", c_int, [_handle, c_void_p, c_size_t, c_void_p, c_size_t]),
    ("ferm_session_predict_into", c_int, [_handle, POINTER(Image), c_size_t, c_size_t, POINTER(c_float), c_size_t]),
    ("ferm_session_outputs", c_int, [_handle, c_void_p, c_size_t, POINTER(Rows), c_size_t, c_size_t]),
    ("ferm_session_image_outputs", c_int, [_handle, POINTER(Image), c_size_t, c_size_t, POINTER(Rows), c_size_t, c_size_t]),
    ("ferm_model_crop_rule", c_int, [_handle, c_char_p, POINTER(CropRuleInfo)]),
    ("ferm_session_detect", c_int,
     [_handle, POINTER(Image), c_size_t, POINTER(DetectionOptions), POINTER(Face), c_size_t, c_size_t, POINTER(c_size_t)]),
    ("ferm_session_face_scores", c_int, [_handle, POINTER(Image), c_size_t, c_size_t, POINTER(c_float)]),
    ("ferm_session_predict_faces", c_int,
     [_handle, POINTER(Image), c_size_t, POINTER(CropRuleInfo), POINTER(Face), c_size_t, c_size_t, POINTER(c_float), c_size_t]),
):
    try:
        _function = getattr(_lib, _name)
    except AttributeError:
        raise ImportError(f"ferm needs a newer libferm.so than {_lib._name}, which lacks {_name}") from None
    _function.restype, _function.argtypes = _result, _arguments


def version():
    """The version of libferm."""
    return _lib.ferm_version().decode()


def check(status):
    """Raises what the last call of this thread was refused for."""
    if status:
        raise FermError(status, _lib.ferm_last_error().decode())


def path_of(source):
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

    pointer = None

    def __init__(self, source, threads):
        """`threads` decode meanwhile; 0 for as many as this process may use processors, which ferm.h calls FERM_PROCESSORS."""
        self.pointer = c_void_p()
        options = ModelOptions(ctypes.sizeof(ModelOptions), threads or c_size_t(-1).value)
        if isinstance(source, bytes):
            check(_lib.ferm_model_read_with(source, len(source), ctypes.byref(options), ctypes.byref(self.pointer)))
        else:
            check(_lib.ferm_model_open_with(os.fsencode(path_of(source)), ctypes.byref(options), ctypes.byref(self.pointer)))

    def __del__(self, free=_lib.ferm_model_free):
        if self.pointer:
            free(self.pointer)

    @property
    def name(self):
        return _lib.ferm_model_name(self.pointer).decode()

    @property
    def labels(self):
        count = _lib.ferm_model_label_count(self.pointer)
        return [_lib.ferm_model_label(self.pointer, i).decode() for i in range(count)]

    @property
    def input_shape(self):
        shape = (c_size_t * 3)()
        check(_lib.ferm_model_input_shape(self.pointer, shape))
        return tuple(shape)

    @property
    def outputs(self):
        """What ferm.h says of each output, and of the levels of a detection."""
        found = []
        for i in range(_lib.ferm_model_output_count(self.pointer)):
            info = OutputInfo(ctypes.sizeof(OutputInfo))
            check(_lib.ferm_model_output(self.pointer, i, ctypes.byref(info)))
            levels = []
            for k in range(info.levels):
                levels.append(LevelInfo(ctypes.sizeof(LevelInfo)))
                check(_lib.ferm_model_output_level(self.pointer, i, k, ctypes.byref(levels[k])))
            found.append((info, levels))
        return found

    def crop_rule(self, detector):
        rule = CropRuleInfo(ctypes.sizeof(CropRuleInfo))
        check(_lib.ferm_model_crop_rule(self.pointer, detector.encode(), ctypes.byref(rule)))
        return rule

    def self_test(self):
        count = c_size_t()
        check(_lib.ferm_model_self_test(self.pointer, ctypes.byref(count)))
        return count.value


class SessionHandle:
    """One thread's session; frees it with its thread."""

    pointer = None

    def __init__(self, model, threads, max_batch, precision):
        self.pointer = c_void_p()
        options = SessionOptions(ctypes.sizeof(SessionOptions), threads, max_batch, PRECISIONS.index(precision))
        check(_lib.ferm_session_open(model.pointer, ctypes.byref(options), ctypes.byref(self.pointer)))

    def __del__(self, free=_lib.ferm_session_free):
        if self.pointer:
            free(self.pointer)

    @property
    def precision(self):
        return PRECISIONS[_lib.ferm_session_precision(self.pointer)]

    def logits(self, input, count, output, capacity):
        """`input` and `output` are addresses; there is room for `capacity` floats."""
        check(_lib.ferm_session_logits_into(self.pointer, input, count, output, capacity))

    def outputs(self, input, count, rows):
        """`input` is an address, `rows` an array of Rows."""
        check(_lib.ferm_session_outputs(self.pointer, input, count, rows, ctypes.sizeof(Rows), len(rows)))

    def image_outputs(self, images, rows):
        """`images` is an array of Image, `rows` one of Rows."""
        size = ctypes.sizeof(Image)
        check(_lib.ferm_session_image_outputs(self.pointer, images, size, len(images), rows, ctypes.sizeof(Rows), len(rows)))

    def predict(self, images, output, capacity):
        """`images` is an array of Image; `output` points to room for `capacity` floats."""
        check(_lib.ferm_session_predict_into(self.pointer, images, ctypes.sizeof(Image), len(images), output, capacity))

    def detect(self, photo, min_score, overlap, smallest_face, most_faces):
        """The faces in an Image, an array of Face."""
        options = DetectionOptions(ctypes.sizeof(DetectionOptions), min_score, overlap, smallest_face)
        (faces, count) = ((Face * most_faces)(), c_size_t())
        check(_lib.ferm_session_detect(self.pointer, ctypes.byref(photo), ctypes.sizeof(Image), ctypes.byref(options), faces,
                                       ctypes.sizeof(Face), most_faces, ctypes.byref(count)))
        return faces[: count.value]

    def face_scores(self, crops):
        """`crops` is an array of Image."""
        scores = (c_float * len(crops))()
        check(_lib.ferm_session_face_scores(self.pointer, crops, ctypes.sizeof(Image), len(crops), scores))
        return list(scores)

    def predict_faces(self, photo, rule, faces, output, capacity):
        """`faces` is an array of Face; `output` points to room for `capacity` floats."""
        check(_lib.ferm_session_predict_faces(self.pointer, ctypes.byref(photo), ctypes.sizeof(Image), ctypes.byref(rule), faces,
                                              ctypes.sizeof(Face), len(faces), output, capacity))
