"""FER2013's table as a file of its own or in a folder, whole, damaged, or changed while it is read."""
import os
import subprocess
import threading
import time

import pytest

from trainer import fit, program, put_classes, quick, row


def write(path, *lines, head="emotion,pixels,Usage", end="\n", encoding="utf-8"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((end.join([head, *lines]) + end).encode(encoding))
    return path


def rows(count=3):
    return [row(label, usage, number) for label in range(7)
            for usage, number in [("Training", n) for n in range(count)] + [("PublicTest", 90), ("PrivateTest", 91)]]


@pytest.mark.parametrize("change", [
    {}, {"encoding": "utf-8-sig"}, {"end": "\r\n"}, {"separator": ";"}, {"separator": "\t"}])
def test_dialects(tmp_path, change):
    separator = change.pop("separator", ",")
    lines = [line.replace(",", separator) for line in rows()]
    path = write(tmp_path / "t.csv", *lines, head="emotion,pixels,Usage".replace(",", separator), **change)
    said = fit(path, tmp_path / "r")
    assert "21 training faces, 7 for validation (public)" in said and "private: 7 faces" in said


def test_a_folder_that_holds_the_table_is_taken(tmp_path):
    write(tmp_path / "d/fer2013/fer2013.csv", *rows())
    (tmp_path / "d/fer2013/README").write_text("words")
    said = fit(tmp_path / "d", tmp_path / "r")
    assert "fer2013.csv is taken" in said and "21 training faces" in said
    write(tmp_path / "e/a.csv", *rows())
    fit(tmp_path / "e", tmp_path / "r2")
    write(tmp_path / "e/b.csv", *rows())
    assert "several tables in it" in fit(tmp_path / "e", tmp_path / "r3", status=3)
    put_classes(tmp_path / "e", 3)
    assert "2 files lie outside the class folders" in fit(tmp_path / "e", tmp_path / "r4")


@pytest.mark.parametrize("head, words", [
    ("pixels", "emotion is missing"), ("emotion,Usage", "pixels is missing"),
    (row(0, "Training"), "emotion and pixels are missing")])
def test_a_head_that_lacks_columns_is_named(tmp_path, head, words):
    path = write(tmp_path / "t.csv", *rows(), head=head)
    said = fit(path, tmp_path / "r", status=3)
    assert "t.csv, line 1" in said and words in said


@pytest.mark.parametrize("start, words", [
    (b"PK\x03\x04", "zip archive"), (b"\x1f\x8b", "compressed"), ("emotion,pixels".encode("utf-16"), "UTF-16")])
def test_what_is_no_text_is_named(tmp_path, start, words):
    (tmp_path / "t.csv").write_bytes(start + b"x" * 100)
    assert words in fit(tmp_path / "t.csv", tmp_path / "r", status=3)


def test_a_line_without_end_is_refused(tmp_path):
    path = write(tmp_path / "t.csv", *rows(), "0" * (3 << 20))
    assert "longer than" in fit(path, tmp_path / "r", status=3)
    path = write(tmp_path / "mac.csv", *(rows() * 12), end="\r")
    assert "longer than" in fit(path, tmp_path / "r", status=3)


def test_a_table_from_a_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    text = "\n".join(["emotion,pixels,Usage", *rows()])
    writer = threading.Thread(target=lambda: pipe.write_text(text))
    writer.start()
    assert "21 training faces" in fit(pipe, tmp_path / "r")
    writer.join()


def test_a_table_that_is_cut_while_it_is_read_ends_in_a_sentence(tmp_path):
    """Whatever the moment: a status and a sentence, or the faces that were there; never a signal."""
    path = tmp_path / "t.csv"
    whole = ("emotion,pixels,Usage\n" + "\n".join(rows(1) * 250)).encode()
    for delay in (0.005, 0.02, 0.05, 0.1):
        path.write_bytes(whole)
        process = subprocess.Popen(
            [program, "--data", path, "--out", tmp_path / f"r{delay}", *quick, "--limit", "8"],
            stderr=subprocess.PIPE, text=True)
        time.sleep(delay)
        os.truncate(path, 5000)
        said = process.communicate(timeout=120)[1]
        assert process.returncode in (0, 3), said
        if process.returncode == 3:
            assert "t.csv" in said
