"""--embedding: a NumPy file with a row for each face that was answered, whole or not at all."""
import csv
import json
import os
import resource
import signal
import subprocess
import sys

import numpy
import pytest
from hostile import network, write, zeros
from tool import faces, model, program, root, run

sys.path.insert(0, str(root / "Bindings/python"))
os.environ.setdefault("FERM_LIBRARY", str(root / "build/lib/libferm.so"))
import ferm  # noqa: E402  (the path is set first)

trainer = root / ".build/release/fer-train"
inspector = root / ".build/release/fer-inspect"


@pytest.fixture(scope="module")
def embedder(tmp_path_factory):
    """The shipped model, which gives the vector before its last layer, too."""
    path = tmp_path_factory.mktemp("model") / "faces.ferm"
    run(trainer, "export", model, "-o", path, "--embedding", "auto")
    return path


def small(path, embeddings=("face",), scores=True, overflow=False):
    """A network over 2 x 2 grey pixels; its embedding outgrows fp32 for bright images, its scores do not."""
    m = network((1, 2, 2), ["a", "b"] if scores else [])
    m.scale, m.offset = [1.0], [0.0]
    m.node("flatten")
    m.node("linear", weight=m.tensor("w", [3, 4], [3e36 if overflow else 0.5] * 12))
    for name in embeddings:
        m.output(name, "embedding", 2)
    if scores:
        m.node("linear", [1], weight=zeros(m, "x", [2, 4]))
        m.output("scores", "scores", 3)
    return write(m, path)


def pictures(folder, values=(0, 100, 200, 255)):
    folder.mkdir()
    for i, value in enumerate(values):
        (folder / f"{i:04}.pgm").write_bytes(b"P5 2 2 255\n" + bytes([value] * 4))
    return folder


def test_rows_are_the_embeddings_of_the_records_that_are_ok(embedder, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    names = sorted(path.name for path in faces.glob("astronaut-*"))
    for name in names:
        (folder / name).write_bytes((faces / name).read_bytes())
    (folder / "b-broken.png").write_bytes((faces / "astronaut-small.png").read_bytes()[:99])
    (folder / "z.txt").write_text("no picture")
    out = tmp_path / "out.npy"
    plain = run(program, model, folder, "--format", "jsonl", status=1).stdout
    ran = run(program, embedder, folder, "--format", "jsonl", "--embedding", out, status=1)
    assert ran.stdout == plain  # the labels and their figures stay
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    table = numpy.load(out, allow_pickle=False)
    (width,) = (o.numbers for o in ferm.Model(embedder, threads=1).outputs if o.kind == "embedding")
    assert table.shape == (len(names), width) and table.dtype == numpy.dtype("<f4") and sum(r["ok"] for r in told) == len(names)
    raw = out.read_bytes()
    assert raw[:8] == b"\x93NUMPY\x01\x00" and len(raw) == 128 + 4 * table.size and raw[127:128] == b"\n"
    assert (raw == out.read_bytes()) and not numpy.isnan(table).any() and len({row.tobytes() for row in table}) == len(names)
    # Whatever runs together, and however many threads.
    for words in (["--batch", "1", "--threads", "1"], ["--batch", "4096"]):
        run(program, embedder, folder, "--embedding", tmp_path / "again.npy", *words, status=1)
        assert numpy.allclose(numpy.load(tmp_path / "again.npy"), table, rtol=0, atol=1e-3 * abs(table).max())


def test_python_gives_the_same_rows(embedder, tmp_path):
    folder = pictures(tmp_path / "in", range(0, 250, 10))
    run(program, embedder, folder, "--embedding", tmp_path / "out.npy", "--batch", "64", "--quiet")
    images = [numpy.full((2, 2), value, numpy.uint8) for value in range(0, 250, 10)]
    wanted = ferm.Model(embedder, threads=1, batch=64).embedding(images)
    assert (numpy.load(tmp_path / "out.npy") == wanted).all()


def test_views_are_averaged(embedder, tmp_path):
    face, mirror = faces / "astronaut-colour.png", faces / "astronaut-mirrored.png"
    for name, words in {"a": [face], "b": [mirror], "flip": [face, "--tta", "flip"], "ten": [face, "--tta", "ten"]}.items():
        run(program, embedder, *words, "--embedding", tmp_path / f"{name}.npy")
    a, b, flip, ten = (numpy.load(tmp_path / f"{name}.npy") for name in ("a", "b", "flip", "ten"))
    assert a.shape == b.shape == flip.shape == ten.shape == (1, a.shape[1])
    assert numpy.allclose(flip, (a + b) / 2, rtol=0, atol=2e-2 * abs(a).max()) and not (flip == a).all() and not (ten == flip).all()


@pytest.mark.parametrize("words, names, sentence", [
    (["out.npy"], [], "has no embedding; its outputs: scores (class scores, 7 numbers)"),
    (["face=out.npy"], ["other"], "has no embedding face; its outputs: other (embedding, 3 numbers), scores"),
    (["out.npy"], ["face", "other"], "has several embeddings; choose one with --embedding NAME=FILE.npy"),
    (["scores=out.npy"], ["face"], "has no embedding scores"),
    (["out.csv"], ["face"], "let its name end in .npy"), (["/dev/null"], ["face"], "let its name end in .npy"),
])
def test_what_cannot_be_written_is_one_sentence(words, names, sentence, tmp_path):
    path = tmp_path / "m.ferm"
    path.write_bytes(model.read_bytes())  # which gives class scores alone
    if names:
        small(path, names)
    folder = pictures(tmp_path / "in")
    ran = run(program, path, folder, "--embedding", *words, status=2, cwd=tmp_path)
    assert ran.stdout == b"" and ran.stderr.count(b"\n") == 1 and sentence in ran.stderr.decode()
    assert sorted(os.listdir(tmp_path)) == ["in", "m.ferm"]


def test_a_name_chooses_among_several(tmp_path):
    path = small(tmp_path / "m.ferm", ["face", "other"])
    folder = pictures(tmp_path / "in")
    run(program, path, folder, "--embedding", "other=out.npy", cwd=tmp_path)
    run(program, path, folder, "--embedding", "other=./a=b.npy", cwd=tmp_path)
    run(program, small(tmp_path / "one.ferm"), folder, "--embedding", "./a=c.npy", cwd=tmp_path)
    tables = [numpy.load(tmp_path / name) for name in ("out.npy", "a=b.npy", "a=c.npy")]
    assert all((table == tables[0]).all() for table in tables) and (tables[0][:, 0] == [0, 200, 400, 510]).all()


def test_a_file_that_is_read_or_written_is_not_taken(tmp_path):
    path = small(tmp_path / "m.ferm")
    folder = pictures(tmp_path / "in")
    for name in ("link.npy", "picture.npy"):
        os.link(path if name == "link.npy" else folder / "0000.pgm", tmp_path / name)
        before = (tmp_path / name).read_bytes()
        run(program, path, folder, "--embedding", tmp_path / name, status=2)
        assert (tmp_path / name).read_bytes() == before
    (tmp_path / "old.npy").write_bytes(b"x")
    same = ["-o", tmp_path / "old.npy", "--format", "csv", "--embedding", tmp_path / "old.npy"]
    assert b"name the same file" in run(program, path, folder, *same, status=2).stderr
    os.mkfifo(tmp_path / "pipe.npy")
    child = subprocess.Popen(["cat", tmp_path / "pipe.npy"], stdout=subprocess.DEVNULL)
    assert b"regular file" in run(program, path, folder, "--embedding", tmp_path / "pipe.npy", status=2).stderr
    child.wait(20)


def test_the_file_may_lie_in_the_folder_that_is_read(tmp_path):
    path, folder = small(tmp_path / "m.ferm"), pictures(tmp_path / "in")
    for _ in range(2):
        told = run(program, path, folder, "--embedding", folder / "out.npy").stderr
        assert b"passed over" not in told and numpy.load(folder / "out.npy").shape == (4, 3)


def test_an_embedding_that_is_not_finite_is_an_error_and_has_no_row(tmp_path):
    path = small(tmp_path / "m.ferm", overflow=True)
    folder = pictures(tmp_path / "in", (0, 255, 1))
    ran = run(program, path, folder, "--format", "jsonl", "--embedding", tmp_path / "out.npy", status=1)
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [r["ok"] for r in told] == [True, False, True] and told[1]["error"]["code"] == "not-finite"
    assert "embedding for this image is not finite" in told[1]["error"]["message"]
    table = numpy.load(tmp_path / "out.npy")
    assert table.shape == (2, 3) and numpy.isfinite(table).all()
    # Nobody asked for it: the labels are as good as ever.
    run(program, path, folder, "--format", "jsonl")


def test_a_model_without_scores_gives_embeddings_alone(tmp_path):
    jsonschema = pytest.importorskip("jsonschema", reason="python3-jsonschema is not installed")
    path = small(tmp_path / "m.ferm", scores=False)
    folder = pictures(tmp_path / "in")
    refused = run(program, path, folder, status=3).stderr.decode()
    assert "has no class scores; its output is: face (embedding, 3 numbers)" in refused and refused.count("\n") == 1
    ran = run(program, path, folder, "--format", "jsonl", "--top-k", "2", "--embedding", tmp_path / "out.npy")
    validator = jsonschema.Draft202012Validator(json.loads((root / "docs/record.schema.json").read_text()))
    for line in ran.stdout.splitlines():
        record = json.loads(line)
        validator.validate(record)
        assert record["ok"] and "label" not in record and "probs" not in record and "top" not in record
    run(program, path, folder, "--crops", "-o", tmp_path / "out.csv", "--embedding", tmp_path / "out.npy")
    rows = list(csv.reader((tmp_path / "out.csv").open()))
    assert rows[0] == ["path", "ok", "error"] and len(rows) == 5 and all(len(row) == 3 for row in rows)
    assert b"ok" not in run(program, path, folder, "--format", "table", "--embedding", tmp_path / "out.npy").stdout
    assert numpy.load(tmp_path / "out.npy").shape == (4, 3)
    for words in (["eval"], ["calibrate", "-o", tmp_path / "x.ferm"]):
        (tmp_path / "data/a").mkdir(parents=True, exist_ok=True)
        (tmp_path / "data/b").mkdir(exist_ok=True)
        for label in "ab":
            (tmp_path / "data" / label / "0.pgm").write_bytes(b"P5 2 2 255\n" + bytes(4))
        ran = run(trainer, words[0], path, *words[1:], "--data", tmp_path / "data", status=3)
        assert b"has no class scores; its output is: face" in ran.stderr


def test_nothing_is_left_of_a_run_that_is_not_whole(tmp_path):
    path, folder = small(tmp_path / "m.ferm"), pictures(tmp_path / "in")
    (tmp_path / "out.npy").write_bytes(b"earlier")
    child = subprocess.Popen([program, path, "-", "--embedding", tmp_path / "out.npy"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.stdin.write(f"{folder / '0000.pgm'}\n".encode())
    child.stdin.flush()
    assert child.stdout.readline()
    child.send_signal(signal.SIGTERM)
    assert child.wait(60) == 143 and b"out.npy was not written" in child.communicate()[1]
    assert (tmp_path / "out.npy").read_bytes() == b"earlier" and sorted(os.listdir(tmp_path)) == ["in", "m.ferm", "out.npy"]


def test_a_full_disk_is_an_error_and_leaves_the_earlier_file(tmp_path):
    path = small(tmp_path / "m.ferm", ["face"])
    names = "".join(f"{folder}\n" for folder in [pictures(tmp_path / "in") / "0000.pgm"] * 5000)
    (tmp_path / "out.npy").write_bytes(b"earlier")

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    ran = subprocess.run([program, path, "-", "--format", "jsonl", "--embedding", tmp_path / "out.npy"], input=names.encode(),
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=limited, timeout=100)
    assert ran.returncode == 3 and b"out.npy" in ran.stderr and (tmp_path / "out.npy").read_bytes() == b"earlier"


def test_a_long_list_needs_no_memory_for_its_rows(tmp_path):
    """Rows of 64 KB each: 4,000 of them are 256 MB, which never are in memory."""
    m = network((1, 2, 2), ["a"])
    m.node("flatten")
    m.node("linear", weight=zeros(m, "w", [16384, 4]))
    m.node("linear", [1], weight=zeros(m, "x", [1, 4]))
    m.output("face", "embedding", 2)
    m.output("scores", "scores", 3)
    path, folder = write(m, tmp_path / "m.ferm"), pictures(tmp_path / "in", (0,))
    names = f"{folder / '0000.pgm'}\n".encode() * 4000
    ran = subprocess.run(["/usr/bin/time", "-f", "%M", program, path, "-", "--quiet", "--embedding", tmp_path / "out.npy"],
                         input=names, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=200)
    assert ran.returncode == 0 and int(ran.stderr) < 150_000, ran.stderr
    assert numpy.load(tmp_path / "out.npy", mmap_mode="r").shape == (4000, 16384)


def test_export_names_the_vector_before_the_last_layer(embedder, tmp_path):
    page = run(inspector, embedder).stdout.decode()
    assert "embedding" in page
    loaded = ferm.Model(embedder, threads=1)
    assert [o.name for o in loaded.outputs] == ["scores", "embedding"] and loaded.self_test() == 2
    run(trainer, "export", embedder, "-o", tmp_path / "more.ferm", "--embedding", "face/v1", "--weights", "fp16")
    assert [o.name for o in ferm.Model(tmp_path / "more.ferm", threads=1).outputs] == ["scores", "embedding", "face/v1"]
    ran = run(trainer, "export", embedder, "-o", tmp_path / "x.ferm", "--embedding", "auto", status=3)
    assert b"has an output embedding already" in ran.stderr and not (tmp_path / "x.ferm").exists()
    ran = run(trainer, "export", model, "-o", tmp_path / "x.ferm", "--embedding", "a b", status=3)
    assert ran.stderr.count(b"\n") == 1 and not (tmp_path / "x.ferm").exists()
    run(trainer, "export", model, "-o", tmp_path / "x.safetensors", "--embedding", "auto", status=2)
