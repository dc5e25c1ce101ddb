"""What the library says of paths, images and self-tests, asked through ctypes."""
import ctypes
import hashlib
import os
import re
import struct
import zlib
from pathlib import Path

import pytest

root = Path(__file__).resolve().parents[2]
model_path = root / "models/default.ferm"
c = ctypes.CDLL(str(root / "build/lib/libferm.so"))
c.ferm_last_error.restype = ctypes.c_char_p
IO, VALUE, SELF_TEST, ARGUMENT = 1, 7, 12, 100


class Image(ctypes.Structure):
    _fields_ = [("pixels", ctypes.c_void_p)] + [(n, ctypes.c_size_t) for n in ("width", "height", "channels", "stride")]


def opened(path):
    """The status, and the model or what is wrong."""
    model = ctypes.c_void_p()
    status = c.ferm_model_open(os.fsencode(path), ctypes.byref(model))
    return status, model if status == 0 else c.ferm_last_error().decode()


def self_test(model):
    count = ctypes.c_size_t(99)
    return c.ferm_model_self_test(model, ctypes.byref(count)), count.value


@pytest.fixture
def session():
    status, model = opened(model_path)
    session = ctypes.c_void_p()
    assert status == 0 and c.ferm_session_create(model, 1, 4, ctypes.byref(session)) == 0
    yield session
    c.ferm_session_free(session)
    c.ferm_model_free(model)


def test_a_path_is_bytes(tmp_path):
    folder = os.fsencode(tmp_path)
    Path(os.fsdecode(folder + b"/\xff\xfe.ferm")).write_bytes(model_path.read_bytes())
    status, model = opened(folder + b"/\xff\xfe.ferm")
    assert status == 0
    c.ferm_model_free(model)
    (tmp_path / "\ufffd\ufffd.ferm").write_bytes(b"another file")  # what repairing the name would make of it
    status, model = opened(folder + b"/\xff\xfe.ferm")
    assert status == 0
    c.ferm_model_free(model)


@pytest.mark.parametrize("name, shown", [
    (b"a\x1b[31m\n.ferm", r"a\x1b[31m\x0a.ferm"), (b"\xff\xfe", r"\xff\xfe"), ("müller".encode(), "müller"),
    ("a\u202eb\u200bc\u0085".encode(), r"a\u{202e}b\u{200b}c\u{85}"), (b"\xc0\xaf\xed\xa0\x80", r"\xc0\xaf\u{d800}"),
    (b"a\xe2\x82", r"a\xe2\x82"), ("😀".encode(), "😀"),
])
def test_a_path_is_printable(name, shown):
    assert opened(b"/nowhere/" + name) == (IO, f"/nowhere/{shown}: It cannot be opened: No such file or directory. [io]")


@pytest.mark.parametrize("part", ["a", "ü", "\x1b", "😀"])
@pytest.mark.parametrize("length", [50, 109, 110, 111, 219, 220, 221, 300, 5000, 100_000])
def test_a_long_path_leaves_room_for_the_reason(part, length):
    status, words = opened("/" + part * length + "/end.ferm")
    assert status == IO and re.search(r"end\.ferm: It cannot be opened: (File name too long|No such file or directory)\. \[io\]$", words)
    assert len(words.encode()) < 400


def test_a_pipe_is_no_model(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/null"):
        status, words = opened(path)
        assert status == IO and "not a regular file" in words
    assert "Is a directory" in opened(tmp_path)[1]


@pytest.mark.parametrize("change, words", [
    ({"pixels": None}, "has no pixels: its pointer is NULL."),
    ({"width": 0}, "is 0 x 8 pixels; each side must be 1 to 65535."),
    ({"height": 70000}, "is 8 x 70000 pixels; each side"), ({"width": 2**64 - 1}, "is 18446744073709551615 x 8 pixels"),
    ({"channels": 4}, "has 4 channels; 1 is grey and 3 are R, G, B; four need a ferm_picture with an order such as FERM_RGBA."),
    ({"channels": 2}, "has 2 channels; 1 is grey and 3 are R, G, B"), ({"channels": 2**64 - 1}, "18446744073709551615 channels"),
    ({"channels": 3, "stride": 8}, "has rows of 24 bytes and a stride of 8; pass 0 for rows without a gap."),
    ({"stride": 2**64 - 8}, "has a stride of 18446744073709551608 bytes"), ({"stride": 2**31}, "has a stride of 2147483648 bytes"),
])
def test_an_image_is_refused_for_one_cause(session, change, words):
    pixels = ctypes.create_string_buffer(8 * 8 * 4)
    good = {"pixels": ctypes.addressof(pixels), "width": 8, "height": 8, "channels": 1, "stride": 0}
    images = (Image * 2)(Image(**good), Image(**{**good, **change}))
    assert c.ferm_session_predict(session, images, 2, (ctypes.c_float * 14)()) == VALUE
    assert words in c.ferm_last_error().decode() and c.ferm_last_error().startswith(b"Image 1 ")


def with_another_self_test(data):
    """The model with the last logit of its last self-test changed, checksums and digest right."""
    data, place = bytearray(data), 16
    while True:
        type, length = struct.unpack_from("<4sI", data, place)
        payload, sealed = place + 8, place + 8 + (length + 7) // 8 * 8
        if type == b"tEST":
            struct.pack_into("<f", data, payload + length - 4, 1000)
        elif type == b"FEND":
            data[payload + 8:payload + 40] = hashlib.sha256(data[:place]).digest()
        if type in (b"tEST", b"FEND"):
            struct.pack_into("<I", data, sealed, zlib.crc32(data[place:sealed]))
        if type == b"FEND":
            return bytes(data)
        place = sealed + 8


def test_a_model_tests_itself():
    status, model = opened(model_path)
    status, count = self_test(model)
    assert status == 0 and count > 0
    assert c.ferm_model_self_test(model, None) == 0
    c.ferm_model_free(model)
    assert self_test(None) == (ARGUMENT, 0)


def test_a_changed_model_is_found_by_its_self_test():
    data, model = with_another_self_test(model_path.read_bytes()), ctypes.c_void_p()
    assert c.ferm_model_read(data, ctypes.c_size_t(len(data)), ctypes.byref(model)) == 0
    status, count = self_test(model)
    assert status == SELF_TEST and count > 0 and f"Self-test {count} gives another logit for neutral" in c.ferm_last_error().decode()
    c.ferm_model_free(model)


def test_a_model_without_self_tests_passes():
    status, model = opened(root / "spec/conformance/accept/smallest.ferm")
    assert status == 0 and self_test(model) == (0, 0)
    c.ferm_model_free(model)
