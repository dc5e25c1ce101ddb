"""libferm as comparisons with the second reader want it: a verdict on a file, and the numbers of every output."""
import ctypes
import os
import re
from ctypes import POINTER, byref, c_char_p, c_float, c_int, c_size_t, c_void_p
from pathlib import Path


class Output(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("name", c_char_p), ("kind", c_size_t), ("numbers", c_size_t), ("key_points", c_size_t),
                ("levels", c_size_t)]


class Rows(ctypes.Structure):
    _fields_ = [("output", c_size_t), ("numbers", POINTER(c_float)), ("capacity", c_size_t)]


class Refused(Exception):
    """The name of the code, the offset or None."""

    def __init__(self, sentence):
        super().__init__(sentence)
        found = re.search(r"\[([a-z-]+)(?:, byte (\d+))?\]$", sentence.strip())
        self.code, self.offset = (found[1], found[2] and int(found[2])) if found else (None, None)


class Library:
    def __init__(self):
        default = Path(__file__).resolve().parents[2] / "build/lib/libferm.so"
        self.c = ctypes.CDLL(os.environ.get("FERM_LIBRARY", str(default)))
        self.c.ferm_last_error.restype = c_char_p
        for name, result, arguments in (
            ("ferm_model_read", c_int, [c_char_p, c_size_t, POINTER(c_void_p)]),
            ("ferm_model_free", None, [c_void_p]),
            ("ferm_model_output_count", c_size_t, [c_void_p]),
            ("ferm_model_output", c_int, [c_void_p, c_size_t, POINTER(Output)]),
            ("ferm_session_create", c_int, [c_void_p, c_int, c_size_t, POINTER(c_void_p)]),
            ("ferm_session_free", None, [c_void_p]),
            ("ferm_session_outputs", c_int, [c_void_p, c_void_p, c_size_t, POINTER(Rows), c_size_t, c_size_t]),
        ):
            function = getattr(self.c, name)
            function.restype, function.argtypes = result, arguments

    def check(self, status):
        if status != 0:
            raise Refused(self.c.ferm_last_error().decode())

    def run(self, data, input=None):
        """Reads a file, and gives for an input of fp32 numbers, by the name of each output, those of all its values."""
        model, session = c_void_p(), c_void_p()
        self.check(self.c.ferm_model_read(data, len(data), byref(model)))
        try:
            if input is None:
                return None
            self.check(self.c.ferm_session_create(model, 1, 1, byref(session)))
            names, rows = [], (Rows * self.c.ferm_model_output_count(model))()
            for i, row in enumerate(rows):
                output = Output(ctypes.sizeof(Output))
                self.check(self.c.ferm_model_output(model, i, byref(output)))
                names.append(output.name.decode())
                row.output, row.numbers, row.capacity = i, (c_float * output.numbers)(), output.numbers
            self.check(self.c.ferm_session_outputs(session, (c_float * len(input))(*input), 1, rows, ctypes.sizeof(Rows), len(rows)))
            return {name: row.numbers[:row.capacity] for name, row in zip(names, rows)}
        finally:
            self.c.ferm_session_free(session)
            self.c.ferm_model_free(model)
