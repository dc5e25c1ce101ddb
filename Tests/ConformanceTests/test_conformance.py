"""The corpus beside the specification through the second reader, fer-inspect, and libferm: verdict, code, offset, dump, logits."""
import ctypes
import importlib.util
import json
import math
import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

root = Path(__file__).resolve().parents[2]
corpus = root / "spec/conformance"
# The Python package is called ferm too, and other tests of one run import it.
found = importlib.util.spec_from_file_location("ferm_reader", root / "spec/reader/ferm.py")
reader = importlib.util.module_from_spec(found)
sys.modules[found.name] = reader
found.loader.exec_module(reader)

accepted = sorted(corpus.glob("accept/*.ferm"))
rejected = sorted(corpus.glob("reject/*.ferm"))
inspect = root / ".build/release/fer-inspect"


def expected(path):
    return json.loads(path.with_suffix(".json").read_text())


def input_of(count):
    return [((31 * i + 7) % 17) / 8 - 1 for i in range(count)]


def check_logits(path, logits, tolerance):
    wanted = expected(path)["logits"]
    limit = tolerance * max(map(abs, wanted))
    assert len(logits) == len(wanted)
    assert all(abs(a - b) <= limit for a, b in zip(logits, wanted)), f"{path.name}: {logits} instead of {wanted}"


def place(sentence):
    """Code and offset at the end of an error."""
    found = re.search(r"\[([a-z-]+)(?:, byte (\d+))?\]$", sentence.strip())
    assert found, sentence
    return found[1], None if found[2] is None else int(found[2])


def test_corpus_is_what_its_generator_makes_and_small():
    made = subprocess.run([sys.executable, corpus / "generate.py", "--check"], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    assert len(accepted) >= 30 and len(rejected) >= 100
    assert sum(path.stat().st_size for folder in ("accept", "reject") for path in (corpus / folder).iterdir()) < 2_000_000


# ---- the second reader ----

def test_second_reader_accepts():
    for path in accepted:
        model = reader.File(path.read_bytes())
        model.verify()
        assert model.dump() == expected(path)["dump"], path.name
        assert model.work <= 1_000_000
        check_logits(path, model.logits(input_of(math.prod(model.input))), 1e-6)


def test_second_reader_refuses():
    for path in rejected:
        wanted = expected(path)
        with pytest.raises(reader.Refusal) as refusal:
            model = reader.File(path.read_bytes())
            assert wanted.get("verify"), path.name
            model.verify()
        assert (refusal.value.code, refusal.value.offset) == (wanted["code"], wanted["offset"]), path.name


def test_second_reader_as_a_program(tmp_path):
    def run(*words):
        return subprocess.run([sys.executable, root / "spec/reader/ferm.py", *words], capture_output=True, text=True)
    sound, bad = corpus / "accept/network-vgg.ferm", corpus / "reject/scale-nan.ferm"
    assert run(sound).returncode == 0
    assert json.loads(run(sound, "--json").stdout) == expected(sound)["dump"]
    count = math.prod(reader.File(sound.read_bytes()).input)
    (tmp_path / "x.f32").write_bytes(struct.pack(f"<{2 * count}f", *input_of(count) * 2))
    rows = [json.loads(line) for line in run(sound, "--logits", tmp_path / "x.f32").stdout.splitlines()]
    assert len(rows) == 2
    for row in rows:
        check_logits(sound, row, 1e-6)
    refused = run(bad)
    assert refused.returncode == 3 and place(refused.stderr) == ("weights", expected(bad)["offset"])
    assert run(tmp_path / "none.ferm").returncode == 3
    assert run().returncode == 2


# ---- fer-inspect ----

def test_inspector_accepts():
    for path in accepted:
        dump = subprocess.run([inspect, path, "--json"], capture_output=True, text=True)
        assert json.loads(dump.stdout) == expected(path)["dump"], path.name
        for view in ("--verify", "--hexdump", "--card", "--svg", "--tensors"):
            shown = subprocess.run([inspect, path, view], capture_output=True, text=True)
            assert shown.returncode == 0 and shown.stdout, f"{path.name} {view}: {shown.stderr}"
        # Every byte has a meaning, none twice.
        places = [int(line[:8], 16) for line in subprocess.run(
            [inspect, path, "--hexdump"], capture_output=True, text=True).stdout.splitlines() if line[0] != " "]
        assert places == sorted(set(places))


def test_inspector_refuses():
    for path in rejected:
        wanted = expected(path)
        refused = subprocess.run([inspect, path, "--verify"], capture_output=True, text=True)
        assert refused.returncode == 3, path.name
        assert place(refused.stderr) == (wanted["code"], wanted["offset"]), refused.stderr
        assert len(refused.stderr.splitlines()) == 1


# ---- libferm, built as Embedded Swift ----

@pytest.fixture(scope="module")
def library():
    library = ctypes.CDLL(os.environ["FERM_LIBRARY"])
    library.ferm_last_error.restype = ctypes.c_char_p
    library.ferm_model_read.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.POINTER(ctypes.c_void_p)]
    library.ferm_model_free.argtypes = [ctypes.c_void_p]
    library.ferm_session_create.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t, ctypes.POINTER(ctypes.c_void_p)]
    library.ferm_session_free.argtypes = [ctypes.c_void_p]
    library.ferm_session_logits.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p]
    return library


@pytest.mark.parametrize("instructions, tolerance", [("portable", 1e-5), ("avx2", 1e-4), ("avx512", 1e-4)])
def test_library_accepts(library, monkeypatch, instructions, tolerance):
    monkeypatch.setenv("FERM_INSTRUCTIONS", instructions)
    for path in accepted:
        data, model, session = path.read_bytes(), ctypes.c_void_p(), ctypes.c_void_p()
        status = library.ferm_model_read(data, len(data), ctypes.byref(model))
        if status == 3 and b"processor" in library.ferm_last_error():
            pytest.skip(f"this processor has no {instructions}")
        assert status == 0, f"{path.name}: {library.ferm_last_error()}"
        assert library.ferm_session_create(model, 1, 1, ctypes.byref(session)) == 0
        file = reader.File(data)
        count = math.prod(file.input)
        logits = (ctypes.c_float * len(file.labels))()
        assert library.ferm_session_logits(session, (ctypes.c_float * count)(*input_of(count)), 1, logits) == 0
        check_logits(path, list(logits), tolerance)
        library.ferm_session_free(session)
        library.ferm_model_free(model)


def test_library_refuses(library):
    for path in rejected:
        wanted, data, model = expected(path), path.read_bytes(), ctypes.c_void_p()
        status = library.ferm_model_read(data, len(data), ctypes.byref(model))
        if wanted.get("verify"):
            assert status == 0, path.name
            library.ferm_model_free(model)
        else:
            assert status != 0 and not model.value, path.name
            assert place(library.ferm_last_error().decode()) == (wanted["code"], wanted["offset"]), path.name
