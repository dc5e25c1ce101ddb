"""What fer-infer takes: files, folders, lists, boxes; and what it does with hostile ones."""
import base64
import io
import json
import os
import resource
import struct
import subprocess
import zlib
from pathlib import Path

import pytest
from PIL import Image
from tool import command, error_code, faces, infer, model, peak, program, records, root

face = (faces / "astronaut-grey.jpg").read_bytes()


def test_folders_are_sorted_by_the_bytes_of_the_whole_path(tmp_path):
    names = ["a/1.jpg", "a.jpg", "a-b/c.jpg", "a/b/c/d.jpg", "B.jpg", "z/only.JPG", ".hidden.jpg", ".git/x.jpg"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(face)
    seen = [record["path"] for record in records(tmp_path)]
    assert seen == sorted(f"{tmp_path}/{name}" for name in names if not name.startswith("."))
    assert [record["path"] for record in records(f"{tmp_path}/", "--no-recursive")] == [f"{tmp_path}/B.jpg", f"{tmp_path}/a.jpg"]


def test_content_says_what_a_file_is_and_other_files_are_passed_over(tmp_path):
    (tmp_path / "photo-without-ending").write_bytes(face)
    (tmp_path / "photo.txt").write_bytes(face)
    (tmp_path / "really-a-jpeg.png").write_bytes(face)
    (tmp_path / "table.csv").write_text("1,2\n")
    (tmp_path / "broken").write_bytes(face[:300])
    outcome = infer(tmp_path, status=1)
    found = [json.loads(line) for line in outcome.stdout.splitlines()]
    assert [(Path(r["path"]).name, error_code(r)) for r in found] == [
        ("broken", "decode"), ("photo-without-ending", "ok"), ("photo.txt", "ok"), ("really-a-jpeg.png", "ok")]
    assert b"table.csv" in outcome.stderr
    # What is named outright always has a record.
    assert [error_code(r) for r in records(tmp_path / "table.csv", status=1)] == ["unknown-type"]


@pytest.mark.parametrize("options, end", [(["-"], b"\n"), (["-0", "-"], b"\0")])
def test_a_list_may_name_files_and_folders(options, end, tmp_path):
    name = os.fsencode(tmp_path) + (b"/line\nbreak\xff.jpg" if end == b"\0" else b"/bytes\xff.jpg")
    with open(name, "wb") as file:
        file.write(face)
    paths = [name, b"/nowhere", os.fsencode(faces), name]
    got = records(*options, stdin=end.join(paths), status=1)
    assert len(got) == 7 and not got[1]["ok"]
    assert base64.b64decode(got[0]["path_b64"]) == base64.b64decode(got[6]["path_b64"]) == name


def test_a_path_on_the_command_line_may_be_any_bytes(tmp_path):
    for name in (b"/\xff\xfe.jpg", b"/-"):
        with open(os.fsencode(tmp_path) + name, "wb") as file:
            file.write(face)
    lines = infer(os.fsencode(tmp_path) + b"/\xff\xfe.jpg", "--", "./-", cwd=tmp_path).stdout.splitlines()
    got = [json.loads(line) for line in lines]
    assert base64.b64decode(got[0]["path_b64"]) == os.fsencode(tmp_path) + b"/\xff\xfe.jpg"
    assert got[1]["path"] == "./-" and "path_b64" not in got[1]


def test_nothing_to_do_is_status_3(tmp_path):
    assert b"no files in this folder" in infer(tmp_path, status=3).stderr
    assert b"no images" in infer("-", stdin=b"", status=3).stderr
    (tmp_path / "a.txt").write_text("x")
    assert b"no images" in infer(tmp_path, status=3).stderr
    assert infer(tmp_path / "a.txt", faces, status=1).stdout.count(b"\n") == 5


def png(width, height, data=b"\0" * 64):
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def make_hostile(folder):
    """A thousand files, a hundred of them hostile; gives the code that each of those must have."""
    os.makedirs(folder)
    expected = {}

    def add(name, code, make):
        path = os.fsencode(folder) + b"/" + name
        make(path)
        expected[path] = code

    def content(data):
        return lambda path: Path(os.fsdecode(path)).write_bytes(data)

    for i in range(900):
        content(face)(os.fsencode(folder) + b"/good%03d.jpg" % i)
    for i in range(20):
        add(b"text%02d.jpg" % i, "unknown-type", content(b"no picture at all\n" * i if i else b"x"))
        add(b"bomb%02d.png" % i, "too-large", content(png(60000, 60000 - i)))
    for i in range(18):
        add(b"truncated%02d.jpg" % i, "decode", content(face[: 100 + 40 * i]))
    for i in range(10):
        add(b"empty%02d.png" % i, "empty", content(b""))
        add(b"link%02d.jpg" % i, "unreadable", lambda path: os.symlink(path, path))
        add(b"bytes\xff%d\n\xfe.jpg" % i, "ok", content(face))
    for i in range(4):
        add(b"fifo%d.jpg" % i, "unreadable", os.mkfifo)
        add(b"line\nbreak%d.jpg" % i, "decode", content(face[:200]))
    add(b"loop.jpg", "unreadable", lambda path: os.symlink(folder, path))
    add(b"device.jpg", "unreadable", lambda path: os.symlink("/dev/zero", path))
    for name in (b"locked0.jpg", b"locked1.jpg"):
        add(name, "unreadable", content(face))
        os.chmod(os.fsencode(folder) + b"/" + name, 0)
    assert len(expected) == 100
    return expected


def test_a_hundred_hostile_files_among_a_thousand(tmp_path):
    folder = f"{tmp_path}/hostile"
    expected = make_hostile(folder)
    if os.getuid() == 0:  # root may read everything
        for name in ("locked0.jpg", "locked1.jpg"):
            expected[os.fsencode(f"{folder}/{name}")] = "ok"

    def limit():  # of memory that is asked for, which is more than what is used
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))

    got = records(folder, status=1, preexec_fn=limit)
    assert peak(folder, status=1) < 1 << 20
    assert len(got) == 1000
    codes = {base64.b64decode(r["path_b64"]) if "path_b64" in r else r["path"].encode(): error_code(r) for r in got}
    assert len(codes) == 1000 and list(codes) == sorted(codes)
    for path, code in codes.items():
        assert code == expected.get(path, "ok"), path


def test_boxes_are_the_parts_that_they_say(tmp_path):
    """A photo of two faces: each box gives what the face alone gives."""
    left, right = Image.open(faces / "astronaut-grey.jpg"), Image.open(faces / "astronaut-mirrored.png").convert("L")
    photo = Image.new("L", (400, 300), 90)
    photo.paste(left, (30, 50))
    photo.paste(right, (220, 100))
    photo.save(tmp_path / "photo.png")
    left.save(tmp_path / "left.png")
    right.save(tmp_path / "right.png")
    alone = records(tmp_path / "left.png", tmp_path / "right.png")
    (tmp_path / "boxes.csv").write_text(
        f"confidence,h,w,y,x,path\r\n.9,{left.height},{left.width},50,30,{tmp_path}/photo.png\r\n"
        f".8,{right.height},{right.width},100,220,\"{tmp_path}/photo.png\"\r\n")
    for words in (["--boxes", tmp_path / "boxes.csv"], [tmp_path / "photo.png", "--boxes", tmp_path / "boxes.csv"]):
        got = records(*words)
        assert [r["probs"] for r in got] == [r["probs"] for r in alone]
        assert got[1]["box"] == [220, 100, right.width, right.height] and got[1]["width"] == 400
    listed = records("--boxes", "-", stdin=(tmp_path / "boxes.csv").read_bytes())
    assert listed == got
    table = infer("--boxes", tmp_path / "boxes.csv", "--format", "csv").stdout.decode().splitlines()
    assert table[0].startswith("path,x,y,w,h,ok,label") and table[1].startswith(f"{tmp_path}/photo.png,30,50,")


def test_a_box_may_reach_beyond_the_picture_but_not_lie_outside(tmp_path):
    (tmp_path / "boxes.csv").write_text(
        f"{faces}/astronaut-grey.jpg,-10,-10.5,200,300\n{faces}/astronaut-grey.jpg,120,0,10,10\n"
        f"{faces}/astronaut-grey.jpg,0,0,0,10\n{faces}/astronaut-grey.jpg\n/nowhere.jpg,1,1,5,5\n/nowhere.jpg,2,1,5,5\n")
    got = records("--boxes", tmp_path / "boxes.csv", status=1)
    assert [error_code(r) for r in got] == ["ok", "box", "box", "box", "missing", "missing"]
    assert got[0]["probs"] == records(faces / "astronaut-grey.jpg")[0]["probs"]
    assert "Line 3" in got[2]["error"]["message"] and got[5]["box"] == [2, 1, 5, 5]


def test_boxes_of_pictures_that_were_not_given_are_told(tmp_path):
    (tmp_path / "boxes.csv").write_text(f"path,x,y,w,h\n./{os.path.relpath(faces)}/astronaut-grey.jpg,1,1,50,50\n/other.jpg,1,1,5,5\n")
    outcome = infer(os.path.relpath(faces / "astronaut-grey.jpg"), "--boxes", tmp_path / "boxes.csv", status=3)
    assert outcome.stdout.count(b"\n") == 1 and b"/other.jpg" in outcome.stderr


def test_a_photo_of_many_faces_keeps_their_order(tmp_path):
    Image.open(faces / "astronaut-colour.png").save(tmp_path / "p.png")
    (tmp_path / "boxes.csv").write_text("".join(f"{tmp_path}/p.png,{i % 50},{i // 50},60,70\n" for i in range(500)))
    got = records("--boxes", tmp_path / "boxes.csv")
    assert [r["box"][:2] for r in got] == [[i % 50, i // 50] for i in range(500)]
    assert "1 image, 500 faces" in infer("--boxes", tmp_path / "boxes.csv").stderr.decode()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_as_exif_says_and_boxes_lie_in_the_turned_one(orientation, tmp_path):
    turns = [None, Image.FLIP_LEFT_RIGHT, Image.ROTATE_180, Image.FLIP_TOP_BOTTOM, Image.TRANSPOSE, Image.ROTATE_90,
             Image.TRANSVERSE, Image.ROTATE_270]
    upright = Image.open(faces / "astronaut-colour.png").convert("RGB")
    turn = turns[orientation - 1]
    exif = Image.Exif()
    exif[0x0112] = orientation
    (upright if turn is None else upright.transpose(turn)).save(tmp_path / "turned.png", exif=exif)
    upright.save(tmp_path / "upright.png")
    (tmp_path / "boxes.csv").write_text(f"{tmp_path}/turned.png,10,20,80,90\n{tmp_path}/upright.png,10,20,80,90\n")
    whole = records(tmp_path / "turned.png", tmp_path / "upright.png")
    parts = records("--boxes", tmp_path / "boxes.csv")
    for one, other in (whole, parts):
        assert one["probs"] == other["probs"] and (one["width"], one["height"]) == upright.size


def test_large_photos_are_decoded_at_a_part_of_their_size_and_give_nearly_the_same(tmp_path):
    small = Image.open(faces / "astronaut-colour.png").convert("RGB")
    big = small.resize((small.width * 20, small.height * 20), Image.BICUBIC)
    big.save(tmp_path / "big.jpg", quality=95)
    Image.open(tmp_path / "big.jpg").save(tmp_path / "big.png")
    (tmp_path / "boxes.csv").write_text("".join(
        f"{tmp_path}/big.{kind},{x},{y},{w},{w}\n" for x, y, w in ((300, 400, 1600), (801, 903, 503)) for kind in ("jpg", "png")))
    whole = records(tmp_path / "big.jpg", tmp_path / "big.png", "--crops")
    parts = records("--boxes", tmp_path / "boxes.csv")
    for reduced, full in (whole, parts[:2], parts[2:]):
        assert reduced["width"] == big.width and reduced["height"] == big.height
        for label, probability in full["probs"].items():
            assert reduced["probs"][label] == pytest.approx(probability, abs=0.02)


def test_what_the_network_saw_is_dumped(tmp_path):
    got = records(faces, "/nowhere", "--dump-input", tmp_path / "seen", status=1)
    assert len(os.listdir(tmp_path / "seen")) == 4 and "input" not in got[4]
    recipe = json.loads(subprocess.check_output([root / ".build/release/fer-inspect", model, "--json"]))["preprocessing"]
    (whole, _), (side, _) = recipe["resized"], recipe["cropped"]
    for record in got[:4]:
        seen = Image.open(record["input"])
        picture = Image.open(record["path"]).convert("L")
        # The model's own recipe: the middle of the longer side, made smaller, the middle of that.
        top = (picture.height - picture.width) // 2
        square = picture.crop((0, top, picture.width, top + picture.width)).resize((whole, whole), Image.BILINEAR)
        edge = (whole - side) // 2
        assert seen.mode == "L" and seen.size == (side, side)
        assert list(seen.getdata()) == list(square.crop((edge, edge, edge + side, edge + side)).getdata())
    ten = records(faces / "astronaut-small.png", "--tta", "ten", "--dump-input", tmp_path / "ten")
    assert Image.open(ten[0]["input"]).size == (10 * side, side)


def test_augmentation_averages_the_logits_of_its_crops(tmp_path):
    import numpy

    image = Image.open(faces / "astronaut-small.png").convert("L").crop((0, 4, 48, 52))
    image.save(tmp_path / "a.png")
    image.transpose(Image.FLIP_LEFT_RIGHT).save(tmp_path / "b.png")

    def logits(record):  # up to a constant, which softmax does not see
        return numpy.log(numpy.array(list(record["probs"].values())))

    one, other = records(tmp_path / "a.png", tmp_path / "b.png")
    both = records(tmp_path / "a.png", "--tta", "flip")[0]
    mean = (logits(one) + logits(other)) / 2
    numpy.testing.assert_allclose(list(both["probs"].values()), numpy.exp(mean) / numpy.exp(mean).sum(), rtol=1e-3)
    ten = records(tmp_path / "a.png", tmp_path / "b.png", "--tta", "ten")
    numpy.testing.assert_allclose(list(ten[0]["probs"].values()), list(ten[1]["probs"].values()), rtol=1e-4)
    assert ten[0]["probs"] != both["probs"]


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_fit_says_what_happens_to_other_proportions(fit, tmp_path):
    image = Image.open(faces / "astronaut-grey.jpg")
    image.save(tmp_path / "tall.png")
    w, h = image.size
    square = {"crop": image.crop((0, (h - w) // 2, w, (h - w) // 2 + w)), "stretch": image.resize((w, w), Image.BILINEAR),
              "pad": Image.new("L", (h, h), 0)}[fit]
    if fit == "pad":
        square.paste(image, ((h - w) // 2, 0))
    square.save(tmp_path / "square.png")
    got, expected = records(tmp_path / "tall.png", tmp_path / "square.png", "--fit", fit, "--crops")
    for label, probability in expected["probs"].items():  # stretching twice rounds twice
        assert got["probs"][label] == pytest.approx(probability, abs=0.02 if fit == "stretch" else 1e-7)


def test_a_face_that_cannot_be_resized_says_why_in_its_own_record(tmp_path):
    Image.new("L", (20000, 4), 90).save(tmp_path / "strip.png")
    (tmp_path / "b.jpg").write_bytes(face)
    strip, other = records(tmp_path / "strip.png", tmp_path / "b.jpg", "--fit", "pad", status=1)
    assert error_code(strip) == "too-large" and "20000 x 20000 pixels once it is fitted" in strip["error"]["message"]
    assert other["ok"]
    wide = records(tmp_path / "strip.png", "--fit", "crop")
    assert [r["ok"] for r in wide] == [True]


def test_the_background_of_clear_pictures_can_be_chosen(tmp_path):
    face = Image.open(faces / "astronaut-colour.png").convert("RGB")
    alpha = Image.linear_gradient("L").resize(face.size)
    clear = face.copy()
    clear.putalpha(alpha)
    clear.save(tmp_path / "clear.png")
    for colour, name in (((255, 255, 255), None), ((0, 0, 0), "000000"), ((255, 128, 0), "ff8000")):
        flat = Image.composite(face, Image.new("RGB", face.size, colour), alpha)
        flat.save(tmp_path / "flat.png")
        got, expected = records(tmp_path / "clear.png", tmp_path / "flat.png", *(["--background", name] if name else []))
        assert got["score"] == pytest.approx(expected["score"], abs=1e-3)


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "bmp", "ppm"])
def test_formats_give_one_answer(kind, tmp_path):
    image = Image.open(faces / "astronaut-colour.png").convert("RGB")
    image.save(tmp_path / f"a.{kind}", **({"lossless": True} if kind == "webp" else {"quality": 95} if kind == "jpg" else {}))
    got, expected = records(tmp_path / f"a.{kind}", faces / "astronaut-colour.png")
    if kind == "jpg":
        assert got["score"] == pytest.approx(expected["score"], abs=0.01)
    else:
        assert got["probs"] == expected["probs"]


@pytest.mark.parametrize("words, says", [
    (["--boxes", "-", "-"], "Only one thing"), (["-", "-"], "Only one thing"), ([".", "--fit", "zoom"], "one of crop"),
    ([".", "--background", "red"], "six hexadecimal"), ([".", "--tta", "twelve"], "one of none"), ([], "at least one"),
    ([".", "--batch", "0"], "from 1 to"), ([".", "--max-pixels", "-1"], "from 1 to"), ([".", "--boxs", "x"], "--boxes"),
])
def test_a_command_line_that_cannot_be_used_is_status_2(words, says):
    outcome = infer(*words, status=2)
    assert says in outcome.stderr.decode() and outcome.stderr.count(b"\n") == 1 and outcome.stdout == b""


def test_more_that_cannot_be_used():
    assert b"No such file" in infer("--boxes", "/nowhere.csv", status=3).stderr
    assert b"cannot be made" in infer(faces, "--dump-input", "/nowhere/at/all", status=3).stderr
    assert [error_code(r) for r in records(faces / "astronaut-small.png", "--max-pixels", "100", status=1)] == ["too-large"]
    assert infer(faces, "--verify").stdout.count(b"\n") == 4
