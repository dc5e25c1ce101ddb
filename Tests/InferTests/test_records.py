"""Every format of fer-infer, read by the programs that people read it with."""
import base64
import csv
import io
import json
import os
import re
import shutil
import subprocess

import pytest
from tool import command, error_code, faces, infer, labels, program, records, root

jsonschema = pytest.importorskip("jsonschema", reason="python3-jsonschema is not installed")

needs = {name: pytest.mark.skipif(not shutil.which(name), reason=f"{name} is not installed")
         for name in ("jq", "sqlite3")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Faces with names that break careless programs, and files that are no faces."""
    folder = tmp_path_factory.mktemp("faces")
    face = (faces / "astronaut-grey.jpg").read_bytes()
    for name in (b'a "quoted", name.jpg', b"a\nnewline.jpg", b"b\xff\xfe.jpg", "c-gr\u00fc\u00df-\u2603.jpg".encode(), b"-dash.jpg"):
        with open(os.fsencode(folder) + b"/" + name, "wb") as file:
            file.write(face)
    (folder / "d.jpg").write_bytes(face[:400])
    (folder / "e.png").write_bytes(b"")
    (folder / "notes.txt").write_text("no picture")
    return folder


def path_bytes(record):
    return base64.b64decode(record["path_b64"]) if "path_b64" in record else record["path"].encode()


def csv_text(record):
    """As docs/fer-infer.md says; the whole paths here begin with a slash."""
    name = path_bytes(record)
    try:
        if not re.search(rb"\\x[0-9a-fA-F]{2}", name):
            return name.decode()
    except UnicodeDecodeError:
        pass
    return name.replace(b"\\", b"\\\\").decode(errors="backslashreplace")


def csv_bytes(text):
    if not re.search(r"\\x[0-9a-fA-F]{2}", text):
        return text.encode()
    return re.sub(rb"\\(\\|x[0-9a-f]{2})", lambda m: b"\\" if m[1] == b"\\" else bytes([int(m[1][1:], 16)]), text.encode())


@pytest.fixture(scope="module")
def output(folder):
    return {name: infer(folder, "--format", name, status=1).stdout for name in ("jsonl", "json", "csv", "table")}


@pytest.fixture(scope="module")
def expected(output):
    return [json.loads(line) for line in output["jsonl"].splitlines()]


def test_every_record_fits_the_schema(expected, folder, tmp_path):
    schema = json.loads((root / "docs/record.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    (tmp_path / "boxes.csv").write_text(f"{faces}/astronaut-colour.png,1,2,50.5,60\n{faces}/astronaut-colour.png,900,9,5,5\n"
                                        f"{faces}/astronaut-colour.png,a,9,5,5\n/nowhere,0,0,5,5\n")
    more = records("--boxes", tmp_path / "boxes.csv", "--top-k", "3", "--dump-input", tmp_path / "seen", status=1)
    more += records(faces / "astronaut-small.png", "--boxes", tmp_path / "boxes.csv", status=1, )
    assert [error_code(record) for record in more] == ["ok", "box", "box", "missing", "no-box"]
    for record in expected + more:
        validator.validate(record)
    for wrong in ({"v": 1, "path": "a", "ok": True}, {"v": 1, "path": "a", "ok": False}, {**expected[0], "extra": 1}):
        assert not validator.is_valid(wrong)


def test_there_is_a_record_for_each_and_bytes_that_are_not_text_are_kept(expected):
    assert [error_code(record) for record in expected] == ["ok"] * 5 + ["decode", "empty"]
    names = [base64.b64decode(r["path_b64"]) if "path_b64" in r else r["path"].encode() for r in expected]
    assert names == sorted(names)
    assert sum("path_b64" in record for record in expected) == 1
    for name, record in zip(names, expected):
        assert os.path.exists(name) and list(record.get("probs", {})) in (labels, [])


def test_json_is_the_same_records_in_one_array(output, expected):
    assert json.loads(output["json"]) == expected
    assert json.loads(infer("/nowhere", "--format", "json", status=1).stdout)[0]["ok"] is False


def test_csv_by_python(output, expected):
    rows = list(csv.DictReader(io.StringIO(output["csv"].decode(), newline="")))
    assert list(rows[0]) == ["path", "ok", "label", "score", *labels, "error", "x", "y", "w", "h", "face", "faces", "face_score", "small"]
    for row, record in zip(rows, expected, strict=True):
        assert csv_bytes(row["path"]) == path_bytes(record) and row["ok"] == ("true" if record["ok"] else "false")
        assert row["label"] == record.get("label", "") and row["score"] == str(record.get("score", ""))
        for label in labels if record["ok"] else []:
            assert float(row[label]) == record["probs"][label]
        assert row["error"].split(":")[0] == ("" if record["ok"] else error_code(record))


def test_a_table_has_one_line_each_and_nothing_that_a_terminal_obeys(output, expected):
    lines = output["table"].decode().splitlines()
    assert len(lines) == len(expected)
    assert "a\\nnewline.jpg" in lines[1] and "b\\xff\\xfe.jpg" in lines[3]
    assert not any(ord(c) < 32 for line in lines for c in line)


@needs["jq"]
def test_jsonl_by_jq(output, expected):
    got = subprocess.run(["jq", "-c", "[.path, .label, .error.code]"], input=output["jsonl"], capture_output=True, check=True)
    assert [json.loads(line) for line in got.stdout.splitlines()] == [
        [r["path"], r.get("label"), r.get("error", {}).get("code")] for r in expected]


@needs["sqlite3"]
def test_csv_by_sqlite(output, expected, tmp_path):
    (tmp_path / "out.csv").write_bytes(output["csv"])
    script = f".mode csv\n.import '{tmp_path}/out.csv' faces\n.mode json\nselect path, ok, label from faces;\n"
    got = subprocess.run(["sqlite3", ":memory:"], input=script.encode(), capture_output=True, check=True)
    assert got.stderr == b""
    assert [(r["path"], r["ok"], r["label"]) for r in json.loads(got.stdout)] == [
        (csv_text(r), str(r["ok"]).lower(), r.get("label", "")) for r in expected]


def test_jsonl_and_csv_by_pandas(output, expected):
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    lines = pandas.read_json(io.BytesIO(output["jsonl"]), lines=True)
    table = pandas.read_csv(io.BytesIO(output["csv"]))
    assert list(lines.path) == [record["path"] for record in expected]
    assert list(table.path) == [csv_text(record) for record in expected]
    assert list(lines.ok) == list(table.ok) == [record["ok"] for record in expected]
    assert table.happy[0] == pytest.approx(expected[0]["probs"]["happy"])


def test_top_k_has_the_likeliest_first():
    for record in records(faces, "--top-k", "3"):
        best = sorted(record["probs"].items(), key=lambda item: -item[1])[:3]
        assert record["top"] == [list(item) for item in best]
        assert record["top"][0] == [record["label"], record["score"]]
    assert infer(faces, "--top-k", "2", "--format", "csv", status=2).stderr.count(b"\n") == 1


@pytest.mark.parametrize("name, start", [
    ("out.csv", b"path,ok"), ("out.json", b"[\n{"), ("out.jsonl", b'{"v"'), ("out.ndjson", b'{"v"'), ("OUT.CSV", b"path,ok"), ("out", b'{"v"')])
def test_the_ending_of_the_output_file_says_the_format(name, start, tmp_path):
    assert infer(faces, "-o", tmp_path / name).stdout == b""
    assert (tmp_path / name).read_bytes().startswith(start)
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("name", ["out.xlsx", "out.txt", "out.csv.gz"])
def test_an_unknown_ending_is_refused_by_name_unless_a_format_is_chosen(name, tmp_path):
    outcome = infer(faces, "-o", tmp_path / name, status=2)
    assert name.rsplit(".")[-1] in outcome.stderr.decode() and os.listdir(tmp_path) == []
    infer(faces, "-o", tmp_path / name, "--format", "csv")
    assert (tmp_path / name).read_bytes().startswith(b"path,ok")


def test_an_output_that_cannot_be_written_is_one_sentence_and_status_3():
    assert b"cannot be written" in infer(faces, "-o", "/nowhere/out.csv", status=3).stderr
    full = infer(faces / "astronaut-grey.jpg", "-o", "/dev/full", status=3).stderr
    assert b"No space left on device" in full and full.count(b"\n") == 1


def test_the_summary_counts_everything(folder):
    told = infer(folder, status=1).stderr.decode()
    assert "7 images (0 photos, 5 crops), 5 faces predicted, 2 failed (1 decode, 1 empty), 1 other file passed over" in told
    assert "happy 100.0 %" in told and "of the processor time" in told and "notes.txt" in told
    assert infer(folder, "--quiet", status=1).stderr == b""
