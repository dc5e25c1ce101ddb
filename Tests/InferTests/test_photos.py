"""Photos: which pictures are searched, a record for each face, and what is said where there is none."""
import csv
import io
import json
import os
import shutil

import numpy
import pytest
from blobs import detector, grid, photo
from PIL import Image
from tool import error_code, faces, infer, labels, model, program, root, run

trainer = root / ".build/release/fer-train"
real = root / "models/face.ferm"
two = [(3, 2, 252), (9, 8, 255)]


@pytest.fixture
def search(place, tmp_path, monkeypatch):
    """Runs fer-infer with both; gives the records, or the outcome in another format."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FERM_DETECTOR", str(place / "face.ferm"))

    def search(*words, status=0, format="jsonl", **options):
        outcome = run(program, place / "model.ferm", *words, "--format", format, status=status, **options)
        return [json.loads(line) for line in outcome.stdout.splitlines()] if format == "jsonl" else outcome

    return search


def boxed(search, name, boxes):
    """What --boxes says of the same boxes."""
    rows = "".join(f"{name},{','.join(map(str, box))}\n" for box in boxes)
    return search("--boxes", "-", stdin=rows.encode())


def test_each_face_of_a_photo_has_a_record_the_surest_first(search):
    photo("a.png", 1024, two)
    got = search("a.png")
    assert [r["box"] for r in got] == [[576, 512, 64, 64], [192, 128, 64, 64]]
    assert [(r["face"], r["faces"]) for r in got] == [(0, 2), (1, 2)]
    assert got[0]["face_score"] > got[1]["face_score"] > 0.9 and "small" not in got[0]
    assert [r["probs"] for r in got] == [r["probs"] for r in boxed(search, "a.png", [r["box"] for r in got])]
    assert list(got[0]) == ["v", "path", "ok", "label", "score", "probs", "width", "height", "box", "face", "faces", "face_score"]


def test_a_photo_without_a_face_says_so_and_fails_nothing(search):
    photo("a.png", 512, [])
    assert search("a.png") == [{"v": 1, "path": "a.png", "ok": True, "faces": 0, "width": 512, "height": 512}]
    told = search("a.png", format="table")
    assert told.stdout.decode().split() == ["-", "no", "face", "a.png"]
    assert "1 image (1 photo, 0 crops), 0 faces predicted, 0 failed, 1 without a face" in told.stderr.decode()
    assert b"--crops" in told.stderr


def test_the_records_of_crops_are_those_of_before(search, monkeypatch):
    paths = sorted(str(path) for path in faces.glob("astronaut-*"))
    expected = search(*paths, "--crops", format="json").stdout
    assert search(*paths, format="json").stdout == expected and b"face" not in expected.replace(b"faces/", b"")
    monkeypatch.setenv("FERM_DETECTOR", "/nowhere")
    assert search(*paths, format="json").stdout == expected


@pytest.mark.parametrize("size, kind", [((128, 300), "crop"), ((129, 300), "photo"), ((300, 128), "crop")])
def test_the_shorter_side_says_what_a_picture_is(size, kind, search):
    Image.new("L", size, 40).save("a.png")
    assert ("faces" in search("a.png")[0]) == (kind == "photo")
    assert "label" in search("a.png", "--crops")[0] and search("a.png", "--detect")[0]["faces"] == 0


def test_csv_has_its_new_columns_last(search):
    photo("a.png", 512, two)
    photo("b.png", 512, [])
    Image.new("L", (48, 48), 90).save("c.png")
    rows = list(csv.DictReader(io.StringIO(search(".", format="csv").stdout.decode())))
    assert list(rows[0]) == ["path", "ok", "label", "score", *labels, "error", "x", "y", "w", "h", "face", "faces", "face_score", "small"]
    assert [(r["path"], r["ok"], r["x"], r["face"], r["faces"], r["small"]) for r in rows] == [
        ("./a.png", "true", "288", "0", "2", "true"), ("./a.png", "true", "96", "1", "2", "true"), ("./b.png", "true", "", "", "0", ""),
        ("./c.png", "true", "", "", "", "")]
    assert rows[0]["label"] in labels and rows[2]["label"] == "" and rows[3]["label"] in labels
    before = search(".", "--crops", format="csv").stdout.decode().splitlines()
    assert before[0] == ",".join(["path", "ok", "label", "score", *labels, "error"])


def test_a_table_has_a_line_for_each_face_with_its_box(search):
    photo("a.png", 512, two)
    lines = search("a.png", format="table").stdout.decode().splitlines()
    assert len(lines) == 2 and lines[0].endswith("a.png  [288, 256, 32, 32]  small")


def test_small_faces_are_flagged_and_can_be_left_out(search):
    photo("a.png", 512, two)
    assert [r["small"] for r in search("a.png")] == [True, True]
    assert search("a.png", "--min-face", "33")[0]["faces"] == 0
    assert [r["faces"] for r in search("a.png", "--min-face", "31")] == [2, 2]


def test_one_face_can_be_selected_and_uncertain_ones_left_out(search):
    photo("a.png", 1024, two)
    (largest,) = search("a.png", "--select", "largest")
    assert (largest["face"], largest["faces"]) == (0, 2)
    (surest,) = search("a.png", "--min-score", "0.986")
    assert (surest["face"], surest["faces"], surest["box"]) == (0, 1, [576, 512, 64, 64])


def test_margin_widens_the_frame_and_the_dumped_input_shows_it(search):
    photo("a.png", 1024, two)
    Image.new("L", (48, 48), 90).save("b.png")
    got = search("a.png", "b.png", "a.png", "--margin", "2", "--dump-input", "seen")
    assert [r["input"] for r in got] == [f"seen/0000000{i}.png" for i in range(1, 6)]
    x, y, w, h = got[0]["box"]
    wide = boxed(search, "a.png", [(x - w / 2, y - h / 2, 2 * w, 2 * h)])
    assert got[0]["probs"] == wide[0]["probs"] == got[3]["probs"] and got[0]["box"] == got[3]["box"]
    seen = numpy.array(Image.open(got[0]["input"]))
    assert seen[0, 0] == 40 and seen[20, 20] == 255


def test_crops_are_scored_where_it_is_asked(search):
    Image.new("L", (48, 48), 255).save("bright.png")
    Image.new("L", (48, 48), 90).save("dark.png")
    dark, bright = search("dark.png", "bright.png", "--min-score", "0")
    assert "label" in dark and dark["face_score"] < 0.01 < 0.9 < bright["face_score"]
    bright, dark = search("bright.png", "dark.png", "--min-score", "0.5", "--crops")
    assert "label" in bright and "faces" not in bright
    assert dark == {"v": 1, "path": "dark.png", "ok": True, "faces": 0, "width": 48, "height": 48, "face_score": dark["face_score"]}


@pytest.mark.parametrize("words", [[], ["--threads", "1"], ["--threads", "3", "--batch", "7"], ["--tta", "ten"]])
def test_a_photo_of_many_faces_comes_in_parts_and_in_order(words, search):
    everywhere = [(column, row, 235 + (7 * column + 3 * row) % 20) for column in range(grid) for row in range(grid)]
    photo("a.png", 1024, everywhere)
    photo("b.png", 1024, two)
    got = search("a.png", "b.png", "a.png", "--dump-input", "seen", *words)
    for part in (got[:256], got[258:]):
        assert [(r["path"], r["face"], r["faces"]) for r in part] == [("a.png", i, 256) for i in range(256)]
        assert sorted(r["box"] for r in part) == sorted([64 * c, 64 * r, 64, 64] for c, r, _ in everywhere)
        assert [r["face_score"] for r in part] == sorted((r["face_score"] for r in part), reverse=True)
    assert [r["path"] for r in got[256:258]] == ["b.png"] * 2 and len(got) == 514
    assert [r["input"] for r in got] == [f"seen/{i:08}.png" for i in range(1, 515)]
    assert got[0]["probs"] == got[258]["probs"]
    assert "3 images (3 photos, 0 crops), 514 faces" in search("a.png", "b.png", "a.png", format="table").stderr.decode()


def test_a_large_jpeg_is_decoded_smaller_where_only_large_faces_are_wanted(search):
    photo("a.jpg", 6144, [(3, 2, 250), (9, 8, 255)], quality=95)
    whole, reduced = search("a.jpg", "--min-face", "200"), search("a.jpg", "--min-face", "383")
    for one, other in zip(whole, reduced, strict=True):
        assert other["width"] == 6144 and other["box"] == pytest.approx(one["box"], abs=4)
        assert other["probs"] == pytest.approx(one["probs"], abs=0.03)


def test_faces_of_a_turned_photo_lie_in_the_upright_one(search):
    exif = Image.Exif()
    exif[0x0112] = 6
    photo("a.png", 512, [(3, 2, 255)])
    Image.open("a.png").transpose(Image.ROTATE_90).save("b.png", exif=exif)
    (upright,), (turned,) = search("a.png"), search("b.png")
    assert {**turned, "path": "a.png"} == upright


def test_without_a_detector_photos_fail_with_the_remedy_and_crops_do_not(search, monkeypatch):
    photo("a.png", 512, two)
    Image.new("L", (48, 48), 90).save("b.png")
    for file, says in (("/nowhere.ferm", "/nowhere.ferm"), (str(model), "default.ferm"), (f"{faces}/README.md", "README.md")):
        monkeypatch.setenv("FERM_DETECTOR", file)
        failed, crop = search("a.png", "b.png", status=1)
        assert error_code(failed) == "no-detector" and says in failed["error"]["message"] and crop["ok"]
        assert "faces" not in search("a.png", "--crops")[0]
        for words in (["--detect"], ["--min-score", "0.5"]):
            outcome = search("b.png", *words, status=3, format="csv")
            assert outcome.stdout == b"" and outcome.stderr.count(b"\n") == 1 and says.encode() in outcome.stderr


def test_a_program_that_stands_alone_has_no_detector_and_says_how_to_get_one(search, tmp_path, monkeypatch):
    monkeypatch.delenv("FERM_DETECTOR")
    (tmp_path / "bin").mkdir()
    shutil.copy(program, "bin/fer-infer")
    photo("a.png", 512, two)

    def records(status, *words):
        outcome = run("bin/fer-infer", model, "a.png", *words, "--format", "jsonl", status=status)
        return [json.loads(line) for line in outcome.stdout.splitlines()]

    message = records(1)[0]["error"]["message"]
    assert "make detector" in message and "--detect FILE" in message and "--crops" in message
    for name in ("share/ferm/face.ferm", "models/face.ferm"):
        (tmp_path / name).parent.mkdir(parents=True)
        detector(tmp_path / name)
        if name.startswith("models"):
            assert error_code(records(1)[0]) == "no-detector", "a folder that is no checkout has no say"
            (tmp_path / "Package.swift").touch()
        assert len(records(0)) == 2
        os.remove(name)
    detector(tmp_path / "own.ferm")
    assert len(records(0, "--detect", "own.ferm")) == len(records(0, "--detect=own.ferm")) == 2
    usual = run("bin/fer-infer", model, "a.png", "--detect", "own.ferm", "--select", "largest").stderr
    assert b"does not say how faces of blobs are cut" in usual


def test_an_output_never_replaces_the_detector(search, place):
    photo("a.png", 512, two)
    detector("own.ferm")
    before = open("own.ferm", "rb").read()
    outcome = search("a.png", "--detect", "own.ferm", "-o", "own.ferm", status=2, format="csv")
    assert outcome.stderr.count(b"\n") == 1 and open("own.ferm", "rb").read() == before


@pytest.mark.parametrize("words, says", [
    (["--crops", "--detect"], "--detect does not go with it"), (["--crops", "--select", "all"], "--select does not"),
    (["--crops", "--min-face", "50"], "--min-face does not"), (["--crops", "--margin", "1"], "--margin does not"),
    (["--boxes", "b.csv", "--detect"], "--detect does not"), (["--boxes", "b.csv", "--crops"], "--crops does not"),
    (["--boxes", "b.csv", "--min-score", "1"], "--min-score does not"), (["--boxes", "b.csv", "--margin", "1"], "--margin does not"),
    (["--min-score", "2"], "from 0 to 1"), (["--min-face", "0"], "from 8 to"), (["--margin", "0"], "from 0.1 to 10"),
    (["--select", "first"], "one of all, largest"), (["--detect="], "needs a value"),
])
def test_what_contradicts_itself_is_a_usage_error(words, says, search):
    outcome = infer("a.png", *words, status=2)
    assert says in outcome.stderr.decode() and outcome.stderr.count(b"\n") == 1 and outcome.stdout == b""


def test_a_model_that_detect_took_for_its_own_is_told():
    assert b"--detect took" in run(program, "--detect", model, "a.png", status=2).stderr


def test_hostile_photos_lose_no_record_and_stop_nothing(search):
    photo("good.png", 512, two)
    photo("good.jpg", 512, two, quality=95)
    good = open("good.jpg", "rb").read()
    hostile = {"a-truncated.jpg": (good[:len(good) // 2], "decode"), "b-empty.png": (b"", "empty"), "c-text.jpg": (b"text", "unknown-type"),
               "d-huge.pgm": (b"P5 60000 60000 255\n", "too-large"), "e-header.jpg": (good[:300], "decode")}
    Image.open("good.png").convert("CMYK").save("f-inks.jpg", quality=95)
    Image.new("L", (20000, 130), 40).save("g-strip.png")
    for name, (content, _) in hostile.items():
        open(name, "wb").write(content)
    names = [*hostile, "f-inks.jpg", "g-strip.png", "good.jpg", "good.png"]
    got = search(*names, *names, status=1)
    codes = [(r["path"], error_code(r), r.get("faces")) for r in got]
    expected = [(name, code, None) for name, (_, code) in hostile.items()] + [("f-inks.jpg", "ok", 2)] * 2 + [
        ("g-strip.png", "ok", 0)] + [("good.jpg", "ok", 2)] * 2 + [("good.png", "ok", 2)] * 2
    assert codes == expected * 2


def test_embeddings_have_a_row_for_each_face_and_none_for_photos_without(search, place):
    run(trainer, "export", place / "model.ferm", "-o", "both.ferm", "--embedding", "auto")
    photo("a.png", 512, two)
    photo("b.png", 512, [])
    outcome = run(program, "both.ferm", "a.png", "b.png", "a.png", "--embedding", "out.npy", "--format", "jsonl")
    got = [json.loads(line) for line in outcome.stdout.splitlines()]
    rows = numpy.load("out.npy")
    assert [r["faces"] for r in got] == [2, 2, 0, 2, 2] and len(rows) == 4
    assert (rows[:2] == rows[2:]).all() and (rows[0] != rows[1]).any()


def test_photos_fit_the_schema(search):
    jsonschema = pytest.importorskip("jsonschema", reason="python3-jsonschema is not installed")
    validator = jsonschema.Draft202012Validator(json.loads((root / "docs/record.schema.json").read_text()))
    photo("a.png", 512, two)
    photo("b.png", 512, [])
    Image.new("L", (48, 48), 90).save("c.png")
    got = search("a.png", "b.png", "--top-k", "2", "--dump-input", "seen") + search("c.png", "--min-score", "0.5")
    got += search("c.png", "--min-score", "0")
    assert [r.get("faces") for r in got] == [2, 2, 0, 0, None]
    for record in got:
        validator.validate(record)
    for wrong in ({**got[0], "faces": 0}, {**got[3], "ok": False}, {k: v for k, v in got[0].items() if k != "box"}):
        assert not validator.is_valid(wrong)


@pytest.mark.skipif(not real.exists(), reason="models/face.ferm is not there: make detector")
def test_the_shipped_detector_finds_the_example_face_and_none_in_a_wall(tmp_path):
    canvas = Image.new("RGB", (640, 480), (110, 120, 130))
    canvas.paste(Image.open(faces / "astronaut-colour.png"), (300, 200))
    canvas.save(tmp_path / "one.png")
    canvas.paste(Image.open(faces / "astronaut-mirrored.png"), (60, 60))
    canvas.save(tmp_path / "two.png")
    Image.effect_noise((640, 480), 60).save(tmp_path / "wall.png")
    outcome = infer(tmp_path, "--format", "jsonl", "--detect", real)
    got = [json.loads(line) for line in outcome.stdout.splitlines()]
    assert [(r["path"].rsplit("/")[-1], r["faces"]) for r in got] == [("one.png", 1), ("two.png", 2), ("two.png", 2), ("wall.png", 0)]
    assert [r["label"] for r in got[:3]] == ["happy"] * 3
    x, y, w, h = got[0]["box"]
    assert 300 <= x + w / 2 <= 420 and 200 <= y + h / 2 <= 340
