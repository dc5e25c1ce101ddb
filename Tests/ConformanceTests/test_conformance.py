"""The corpus beside the specification through the second reader, fer-inspect, and libferm: verdict, code, offset, dump, logits."""
import hashlib
import importlib.util
import json
import math
import mmap
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from library import Library, Refused  # noqa: E402

root = Path(__file__).resolve().parents[2]
corpus = root / "spec/conformance"


def module(name, path):
    # The Python package is called ferm too, and other tests of one run import it.
    found = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    return module


reader = module("ferm_reader", root / "spec/reader/ferm.py")
old_reader = module("ferm_reader_1_0", root / "Tests/ConformanceTests/reader-1.0/ferm.py")
accepted, rejected = (sorted(corpus.glob(f"{verdict}/*.ferm")) for verdict in ("accept", "reject"))
newer_accepted, newer_rejected = (sorted(corpus.glob(f"1.1/{verdict}/*.ferm")) for verdict in ("accept", "reject"))
inspect = root / ".build/release/fer-inspect"


def expected(path):
    return json.loads(path.with_suffix(".json").read_text())


def input_of(count):
    return [((31 * i + 7) % 17) / 8 - 1 for i in range(count)]


def check(path, numbers, wanted, tolerance):
    limit = tolerance * max(map(abs, wanted))
    assert len(numbers) == len(wanted)
    assert all(abs(a - b) <= limit for a, b in zip(numbers, wanted)), f"{path.name}: {numbers} instead of {wanted}"


def check_logits(path, logits, tolerance):
    check(path, logits, expected(path)["logits"], tolerance)


def expected_outputs(path):
    """By the name of each output a list of the elements of each value that it names."""
    wanted = expected(path)
    return wanted["outputs"] if "outputs" in wanted else {"scores": [wanted["logits"]]}


def refusal(reader, path):
    """Code and offset for which a reader in Python refuses a file, or None."""
    try:
        file = reader.File(path.read_bytes())
        if not expected(path).get("verify") and "rule" in expected(path):
            return None
        file.verify()
    except reader.Refusal as refusal:
        return refusal.code, refusal.offset
    return None


def place(sentence):
    """Code and offset at the end of an error."""
    found = re.search(r"\[([a-z-]+)(?:, byte (\d+))?\]$", sentence.strip())
    assert found, sentence
    return found[1], None if found[2] is None else int(found[2])


def test_corpus_is_what_its_generator_makes_and_small():
    made = subprocess.run([sys.executable, corpus / "generate.py", "--check"], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    assert len(accepted) >= 30 and len(rejected) >= 100
    assert len(newer_accepted) >= 60 and len(newer_rejected) >= 200
    assert sum(path.stat().st_size for folder in ("accept", "reject") for path in (corpus / folder).iterdir()) < 2_000_000
    assert sum(path.stat().st_size for folder in ("accept", "reject") for path in (corpus / "1.1" / folder).iterdir()) < 2_500_000


def test_what_came_with_version_1_0_stays():
    """Its corpus and its reader, byte for byte: what old files are and mean is not for later versions to change."""
    files = [path for folder in ("accept", "reject") for path in (corpus / folder).iterdir()]
    digest = hashlib.sha256()
    for path in sorted(files, key=lambda path: (path.parent.name, path.name)) + [root / "Tests/ConformanceTests/reader-1.0/ferm.py"]:
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    assert digest.hexdigest() == "f5efeef2c62c0e3b0d3e0be3b1e3d524e0d435c615223af0df8bb9caccffa6a8"


def test_dumps_have_the_keys_of_the_specification_in_its_order():
    section = (root / "spec/ferm-1.md").read_text().split("## 14. ")[1].split("## 15. ")[0]
    keys = re.findall(r"^\| `(\w+)` \|", section, re.M)
    optional = {"outputs", "crop_rules"}
    seen = set()
    for path in accepted + newer_accepted:
        dump = expected(path)["dump"]
        seen |= set(dump)
        assert list(dump) == [key for key in keys if key in dump or key not in optional], path.name
    assert seen == set(keys)


# ---- the second reader ----

def test_second_reader_accepts():
    for path in accepted:
        model = reader.File(path.read_bytes())
        model.verify()
        assert model.dump() == expected(path)["dump"], path.name
        assert model.work <= 1_000_000
        check_logits(path, model.logits(input_of(math.prod(model.input))), 1e-6)


def test_second_reader_accepts_newer_files():
    for path in newer_accepted:
        wanted, model = expected(path), reader.File(path.read_bytes())
        model.verify()
        assert model.dump() == wanted["dump"], path.name
        assert model.content_digest() == wanted["digest"], path.name
        assert model.work <= 1_000_000
        outputs = model.run(input_of(math.prod(model.input)))
        assert list(outputs) == list(expected_outputs(path)), path.name
        for name, values in expected_outputs(path).items():
            assert len(outputs[name]) == len(values), path.name
            for numbers, elements in zip(outputs[name], values):
                check(path, numbers, elements, 1e-6)
        if "probabilities" in wanted:
            check(path, model.probabilities(model.logits(input_of(math.prod(model.input)))), wanted["probabilities"], 1e-6)


@pytest.mark.parametrize("paths", [rejected, newer_rejected], ids=["1.0", "1.1"])
def test_second_reader_refuses(paths):
    for path in paths:
        wanted = expected(path)
        assert refusal(reader, path) == (wanted["code"], wanted["offset"]), path.name


def test_second_reader_refuses_large_files(tmp_path):
    subprocess.run([sys.executable, corpus / "generate.py", "--large", tmp_path], check=True)
    large = sorted(tmp_path.glob("*.ferm"))
    assert len(large) == 3
    for path in large:
        wanted = expected(path)
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            with pytest.raises(reader.Refusal) as refused:
                reader.File(data)
        assert (refused.value.code, refused.value.offset) == (wanted["code"], wanted["offset"]), path.name


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
    rows = [json.loads(line) for line in run(sound, "--outputs", tmp_path / "x.f32").stdout.splitlines()]
    assert rows == 2 * [{"scores": [rows[0]["scores"][0]]}]
    check_logits(sound, rows[0]["scores"][0], 1e-6)
    several, without = (corpus / f"1.1/accept/{name}.ferm" for name in ("network-of-set-2", "outputs-embedding-alone"))
    assert run(several, "--digest").stdout.strip() == expected(several)["digest"]
    (tmp_path / "y.f32").write_bytes(struct.pack("<144f", *input_of(144)))
    outputs = json.loads(run(several, "--outputs", tmp_path / "y.f32").stdout)
    assert list(outputs) == ["scores", "embedding"]
    check(several, outputs["embedding"][0], expected(several)["outputs"]["embedding"][0], 1e-6)
    assert json.loads(run(several, "--logits", tmp_path / "y.f32").stdout) == outputs["scores"][0]
    refused = run(without, "--logits", tmp_path / "y.f32")
    assert refused.returncode == 3 and "no class scores" in refused.stderr
    refused = run(bad)
    assert refused.returncode == 3 and place(refused.stderr) == ("weights", expected(bad)["offset"])
    assert run(tmp_path / "none.ferm").returncode == 3
    assert run().returncode == 2


# ---- the second reader as it was with version 1.0 ----

def test_old_reader_gives_its_verdicts_on_old_files():
    for path in accepted:
        model = old_reader.File(path.read_bytes())
        model.verify()
        assert model.dump() == expected(path)["dump"], path.name
        check_logits(path, model.logits(input_of(math.prod(model.input))), 1e-6)
    for path in rejected:
        wanted = expected(path)
        assert refusal(old_reader, path) == (wanted["code"], wanted["offset"]), path.name


def test_old_reader_reads_newer_files_without_features_and_refuses_others_by_them():
    reads = 0
    for path in newer_accepted:
        wanted = expected(path)
        assert wanted["features"] == wanted["dump"]["format"].get("features", []), path.name
        if wanted["features"]:
            assert refusal(old_reader, path) == ("unsupported", 12), path.name
            continue
        reads += 1
        assert refusal(old_reader, path) is None, path.name
        assert wanted["dump"]["format"]["version"] == "1.0"
        model = old_reader.File(path.read_bytes())
        check_logits(path, model.logits(input_of(math.prod(model.input))), 1e-6)
        # What it passes over is all that it does not know.
        assert {**model.dump(), "crop_rules": wanted["dump"].get("crop_rules")} == {"crop_rules": None, **wanted["dump"]}, path.name
    assert reads >= 4


# ---- fer-inspect ----

def inspected(path, view):
    return subprocess.run([inspect, path, view], capture_output=True, text=True)


@pytest.mark.parametrize("paths", [accepted, newer_accepted], ids=["1.0", "1.1"])
def test_inspector_accepts(paths):
    for path in paths:
        wanted = expected(path)
        assert json.loads(inspected(path, "--json").stdout) == wanted["dump"], path.name
        for view in ("--verify", "--hexdump", "--card", "--svg", "--tensors"):
            shown = inspected(path, view)
            assert shown.returncode == 0 and shown.stdout, f"{path.name} {view}: {shown.stderr}"
        if "digest" in wanted:
            assert inspected(path, "--digest").stdout.strip() == wanted["digest"], path.name
        # Every byte has a meaning, none twice.
        places = [int(line[:8], 16) for line in inspected(path, "--hexdump").stdout.splitlines() if line[0] != " "]
        assert places == sorted(set(places))


@pytest.mark.parametrize("paths", [rejected, newer_rejected], ids=["1.0", "1.1"])
def test_inspector_refuses(paths):
    for path in paths:
        wanted = expected(path)
        refused = inspected(path, "--verify")
        assert refused.returncode == 3, path.name
        assert place(refused.stderr) == (wanted["code"], wanted["offset"]), refused.stderr
        assert len(refused.stderr.splitlines()) == 1


def test_inspector_refuses_large_files(tmp_path):
    subprocess.run([sys.executable, corpus / "generate.py", "--large", tmp_path], check=True)
    for path in sorted(tmp_path.glob("*.ferm")):
        wanted = expected(path)
        refused = inspected(path, "--verify")
        assert refused.returncode == 3 and place(refused.stderr) == (wanted["code"], wanted["offset"]), refused.stderr


# ---- libferm, built as Embedded Swift ----

@pytest.mark.parametrize("instructions, tolerance", [("portable", 1e-5), ("neon", 1e-5), ("avx2", 1e-4), ("avx512", 1e-4)])
@pytest.mark.parametrize("paths", [accepted, newer_accepted], ids=["1.0", "1.1"])
def test_library_accepts(monkeypatch, paths, instructions, tolerance):
    monkeypatch.setenv("FERM_INSTRUCTIONS", instructions)
    library = Library()
    for path in paths:
        data = path.read_bytes()
        try:
            outputs = library.run(data, input_of(math.prod(reader.File(data).input)))
        except Refused as refused:
            if refused.code == "unsupported" and "processor" in str(refused):
                pytest.skip(f"this processor has no {instructions}")
            raise AssertionError(path.name) from refused
        wanted = expected_outputs(path)
        assert list(outputs) == list(wanted), path.name
        for name, values in wanted.items():
            check(path, outputs[name], [x for value in values for x in value], tolerance)


@pytest.mark.parametrize("paths", [rejected, newer_rejected], ids=["1.0", "1.1"])
def test_library_refuses(paths):
    library = Library()
    for path in paths:
        wanted, data = expected(path), path.read_bytes()
        if wanted.get("verify"):
            library.run(data)
            continue
        with pytest.raises(Refused) as refused:
            library.run(data)
        assert (refused.value.code, refused.value.offset) == (wanted["code"], wanted["offset"]), path.name
