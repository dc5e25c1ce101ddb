"""Lists of paths on standard input, as other systems write them; and pictures in their place."""
import os
import subprocess

import pytest
from PIL import Image
from tool import command, error_code, faces, infer, records

face = (faces / "astronaut-grey.jpg").read_bytes()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(face)
    return tmp_path


@pytest.mark.parametrize("text", [b"a.jpg\r\nb.jpg\r\n", b"\xef\xbb\xbfa.jpg\nb.jpg", b"a.jpg\n\n\r\nb.jpg\n", b"\xef\xbb\xbfa.jpg\r\nb.jpg"])
def test_lists_made_elsewhere(text, folder):
    assert [(r["path"], r["ok"]) for r in records("-", stdin=text)] == [("a.jpg", True), ("b.jpg", True)]


def test_a_name_that_ends_in_a_carriage_return_is_itself(folder):
    (folder / "a.jpg\r").write_bytes(face[:300])
    assert [r["path"] for r in records("-", stdin=b"a.jpg\r\nb.jpg\r\n", status=1)] == ["a.jpg\r", "b.jpg"]
    assert [r["path"] for r in records("-0", "-", stdin=b"\xef\xbb\xbfa.jpg\r\0b.jpg", status=1)] == ["a.jpg\r", "b.jpg"]


@pytest.mark.parametrize("text, says", [
    ("a.jpg\n".encode("utf-16"), b"UTF-16"), ("a.jpg\nb.jpg\n".encode("utf-16-le"), b"zero byte"), (b"a.jpg\0b.jpg\0", b"-0"),
    (b"x" * 200_000, b"line 1 is longer"), (b"\n" * 70_000, b"empty ones")],
    ids=["mark", "utf-16", "nul", "long", "blank"])
def test_what_is_no_list_is_one_sentence(text, says, folder):
    outcome = infer("-", "--quiet", stdin=text, status=3)
    assert says in outcome.stderr and outcome.stderr.count(b"\n") == 1 and outcome.stdout == b""


@pytest.mark.parametrize("words", [["-"], ["-0", "-"]])
def test_an_endless_list_is_one_sentence(words, folder):
    with open("/dev/zero", "rb") as zero:
        outcome = subprocess.run(command(*words, "--quiet"), stdin=zero, capture_output=True, timeout=60)
    assert outcome.returncode == 3 and outcome.stderr.count(b"\n") == 1 and outcome.stdout == b""


def test_records_before_a_broken_line_are_kept(folder):
    outcome = infer("-", "--quiet", stdin=b"a.jpg\nb.jpg\n" + b"x" * 100_000, status=3)
    assert outcome.stdout.count(b'"ok":true') == 2 and b"line 3" in outcome.stderr


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "bmp", "ppm", "pgm"])
@pytest.mark.parametrize("words", [["-"], ["-0", "-"]])
def test_a_picture_on_standard_input_is_predicted(kind, words, folder):
    image = Image.open(faces / "astronaut-colour.png").convert("L" if kind == "pgm" else "RGB")
    image.save(f"c.{kind}")
    got, expected = records(*words, stdin=(folder / f"c.{kind}").read_bytes()), records(f"c.{kind}")
    assert [r["path"] for r in got] == ["-"] and got[0]["probs"] == expected[0]["probs"]


def test_a_picture_on_standard_input_may_be_damaged_or_large_or_have_boxes(folder):
    assert [error_code(r) for r in records("-", stdin=face[:500], status=1)] == ["decode"]
    (folder / "b.csv").write_text("-,1,2,50,60\n-,3,4,50,60\n")
    assert [r["box"] for r in records("-", "--boxes", "b.csv", stdin=face)] == [[1, 2, 50, 60], [3, 4, 50, 60]]
    big = face[:2] + (b"\xff\xeb\xff\xff" + b"x" * 65533) * 40 + face[2:]
    assert records("-", stdin=big)[0]["probs"] == records("a.jpg")[0]["probs"]


def test_names_that_look_like_a_picture_are_names(folder):
    os.rename("a.jpg", "P5 1 1 255")
    assert [r["path"] for r in records("-", stdin=b"P5 1 1 255\nb.jpg\n")] == ["P5 1 1 255", "b.jpg"]


def test_a_name_may_be_a_folder_a_fifo_or_a_device(folder):
    os.mkdir("dir.jpg")
    (folder / "dir.jpg/c.jpg").write_bytes(face)
    os.mkfifo("fifo.jpg")
    got = records("-", stdin=b"dir.jpg\nfifo.jpg\n/dev/null\n", status=1)
    assert [(r["path"], error_code(r)) for r in got] == [
        ("dir.jpg/c.jpg", "ok"), ("fifo.jpg", "unreadable"), ("/dev/null", "unreadable")]
    assert "fifo" in got[1]["error"]["message"]


def test_links_to_folders_are_followed_once_and_loops_are_named(folder):
    os.mkdir("real")
    (folder / "real/c.jpg").write_bytes(face)
    os.mkdir("set")
    os.symlink(folder / "real", "set/link")
    os.symlink("..", "set/loop")
    got = records("set", status=1)
    assert [(r["path"], error_code(r)) for r in got if "loop" not in r["path"]] == [("set/link/c.jpg", "ok")]
    assert any("link" in r["error"]["message"] for r in got if not r["ok"])
