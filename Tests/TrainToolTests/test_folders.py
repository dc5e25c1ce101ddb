"""What is in a data folder is used, or named, or refused in a sentence; nothing is left out in silence."""
import os
import shutil

import pytest
from PIL import Image

from trainer import evaluate, face, fit, put, put_classes, quick, train


@pytest.mark.parametrize("ending", ["jpg", "JPG", "jpeg", "png", "bmp", "webp", "pgm"])
def test_every_format_is_taken_by_its_content(tmp_path, ending):
    put_classes(tmp_path / "d", 3)
    put(tmp_path / "d/happy", 0, range(3, 5), ending)
    # The name says nothing, or something else.
    os.rename(tmp_path / f"d/happy/3.{ending}", tmp_path / "d/happy/unnamed")
    os.rename(tmp_path / f"d/happy/4.{ending}", tmp_path / "d/happy/other.jpg")
    assert "train: 8 faces (happy 5, sad 3)" in fit(tmp_path / "d", tmp_path / "r")


def test_files_that_are_no_images_are_counted_and_named(tmp_path):
    put_classes(tmp_path / "d", 3)
    (tmp_path / "d/happy/README.txt").write_text("notes")
    (tmp_path / "d/sad/Thumbs.db").write_bytes(b"\0" * 100)
    (tmp_path / "d/.DS_Store").write_bytes(b"x")
    (tmp_path / "d/sad/._0.png").write_bytes(b"x")
    (tmp_path / "d.zip").write_bytes(b"PK")
    put(tmp_path / "d", 0, [99])
    said = fit(tmp_path / "d", tmp_path / "r")
    assert "2 files are no images and are not used, such as" in said and "happy/README.txt" in said
    assert "1 file lies outside the class folders and is not used, such as" in said and "d/99.png" in said


@pytest.mark.parametrize("name", ["broken.jpg", "empty.png", "film.gif"])
def test_a_file_that_claims_to_be_an_image_is_refused(tmp_path, name):
    put_classes(tmp_path / "d", 3)
    if name == "film.gif":
        Image.fromarray(face(0, 0)).save(tmp_path / "d/happy" / name)
    else:
        (tmp_path / "d/happy" / name).write_bytes(b"" if "empty" in name else b"no image")
    assert name in fit(tmp_path / "d", tmp_path / "r", status=3)
    assert f"left out: {tmp_path}/d/happy/{name}" in fit(tmp_path / "d", tmp_path / "r", "--skip-bad", status=1)


@pytest.mark.parametrize("name", ["val", "valid", "Validation", "VAL", "dev"])
def test_the_validation_folder_chooses_and_test_does_not(tmp_path, name):
    put_classes(tmp_path / "d/Train", 3)
    put_classes(tmp_path / f"d/{name}", 2, first=10)
    put_classes(tmp_path / "d/Test", 1, first=20)
    said = fit(tmp_path / "d", tmp_path / "r")
    assert "6 training faces, 4 for validation (val)" in said and "test: 2 faces" in said
    assert evaluate(tmp_path / "r", tmp_path / "d", "--split", "Validation")["n"] == 4
    assert evaluate(tmp_path / "r", tmp_path / "d", "--split", "test")["n"] == 2


def test_a_test_folder_that_chooses_is_named(tmp_path):
    put_classes(tmp_path / "d/train", 3)
    put_classes(tmp_path / "d/test", 2, first=10)
    said = fit(tmp_path / "d", tmp_path / "r")
    assert "test chooses the best epoch" in said and "4 for validation (test)" in said
    said = fit(tmp_path / "d", tmp_path / "r2", "--val", "0.3")
    assert "4 training faces, 2 for validation (0.3 of train)" in said and "test chooses" not in said


def test_a_split_beside_the_classes_is_no_class(tmp_path):
    put_classes(tmp_path / "d", 3)
    put_classes(tmp_path / "d/test", 2, first=10)
    said = fit(tmp_path / "d", tmp_path / "r", "--val", "0.3")
    assert "train: 6 faces (happy 3, sad 3)" in said and "test: 4 faces" in said
    shutil.rmtree(tmp_path / "d/test")
    put(tmp_path / "d/test", 0, range(4))
    said = fit(tmp_path / "d", tmp_path / "r2", status=3)
    assert "its name is that of a split, and there are no class folders in it" in said
    # Beside a train folder it is only named.
    put_classes(tmp_path / "e/train", 3)
    put(tmp_path / "e/test", 0, range(4))
    assert "e/test: 4 files not used" in fit(tmp_path / "e", tmp_path / "r3")


def test_two_folders_for_one_split_are_refused(tmp_path):
    for name in ("train", "val", "valid"):
        put_classes(tmp_path / f"d/{name}", 2)
    assert "both mean the split val" in fit(tmp_path / "d", tmp_path / "r", status=3)


def test_other_folders_beside_the_splits_are_named(tmp_path):
    put_classes(tmp_path / "d/train", 3)
    put_classes(tmp_path / "d/extra", 2)
    assert "d/extra: 4 files not used; the splits are train" in fit(tmp_path / "d", tmp_path / "r")


def test_images_in_nested_folders_belong_to_their_class(tmp_path):
    put_classes(tmp_path / "d", 3)
    put(tmp_path / "d/happy/S01/deeper/still", 0, range(10, 12))
    assert "train: 8 faces (happy 5, sad 3)" in fit(tmp_path / "d", tmp_path / "r")
    for file in (tmp_path / "d/happy").glob("*.png"):
        shutil.move(file, tmp_path / "d/happy/S01")
    assert "train: 8 faces (happy 5, sad 3)" in fit(tmp_path / "d", tmp_path / "r2")


def test_one_folder_too_high_is_seen(tmp_path):
    put_classes(tmp_path / "d/archive/FER/train", 3)
    said = fit(tmp_path / "d", tmp_path / "r")
    assert "its faces are in" in said and "d/archive/FER" in said and "train: 6 faces" in said
    put_classes(tmp_path / "d/archive/other/train", 3)
    assert "several data sets in it" in fit(tmp_path / "d", tmp_path / "r2", status=3)


def test_class_folders_one_folder_too_high_are_pointed_to(tmp_path):
    put_classes(tmp_path / "d/images", 3)
    said = fit(tmp_path / "d", tmp_path / "r", status=3)
    assert "if the folders in it are the classes, happy, sad, name" in said and "only one class" in said


def test_a_folder_with_test_alone_does_not_train(tmp_path):
    put_classes(tmp_path / "d/test", 3)
    assert "no faces to train on; there are test" in fit(tmp_path / "d", tmp_path / "r", status=3)


def test_splits_below_classes_are_refused(tmp_path):
    put_classes(tmp_path / "d", 1)
    put(tmp_path / "d/happy/test", 0, range(5, 7))
    assert "happy/test: splits hold the classes" in fit(tmp_path / "d", tmp_path / "r", status=3)


@pytest.mark.parametrize("make, words", [
    (lambda d: d.mkdir(), "there are no class folders in it"),
    (lambda d: put(d, 0, range(3)), "no images in class folders"),
    (lambda d: put(d / "train", 0, range(3)), "there are no class folders in it"),
    (lambda d: (put_classes(d, 2), (d / "empty").mkdir()), "empty: the class has no images"),
    (lambda d: put_classes(d, 2, names=["happy"]), "there is only one class, happy"),
    (lambda d: put_classes(d, 1, names=[f"c{i}" for i in range(1025)]), "has 1025 classes; faces are counted by pairs of classes, of 1024 classes at most"),
    (lambda d: put_classes(d, 1, names=["a\nb", "c"]), "control character"),
    (lambda d: put_classes(d, 1, names=["x" * 65, "c"]), "65 bytes long"),
    (lambda d: put_classes(d, 1, names=["Happy", "happy"]), "differ only in case"),
    (lambda d: (put_classes(d / "train", 2), put(d / "val/new", 0, [9])), "no training face has the class new"),
])
def test_folders_that_cannot_be_used(tmp_path, make, words):
    make(tmp_path / "d")
    assert words in fit(tmp_path / "d", tmp_path / "r", status=3)
    assert not (tmp_path / "r").exists()


def test_classes_of_the_other_splits_are_matched_without_case(tmp_path):
    put_classes(tmp_path / "d/train", 3)
    put_classes(tmp_path / "d/val", 1, names=["Happy", "SAD"], first=9)
    assert "2 classes" in fit(tmp_path / "d", tmp_path / "r")


def test_a_comma_in_a_class_name_is_no_separator(tmp_path):
    put_classes(tmp_path / "d", 3, names=["a,b", "c"])
    fit(tmp_path / "d", tmp_path / "r")
    assert evaluate(tmp_path / "r", tmp_path / "d")["per_class"].keys() == {"a,b", "c"}
    assert "a\\\\,b,c" in (tmp_path / "r/args.json").read_text()


def test_links_are_followed_and_loops_refused(tmp_path):
    put_classes(tmp_path / "real", 3)
    (tmp_path / "d").mkdir()
    for name in ("happy", "sad"):
        os.symlink(tmp_path / "real" / name, tmp_path / "d" / name)
    os.symlink("0.png", tmp_path / "real/happy/again.png")
    assert "train: 7 faces (happy 4, sad 3)" in fit(tmp_path / "d", tmp_path / "r")
    for target in ("..", ".", "/"):
        os.symlink(target, tmp_path / "real/happy/loop")
        said = fit(tmp_path / "d", tmp_path / "r2", status=3)
        assert "happy/loop: the folder cannot be listed (a link to a folder that it is in itself" in said
        assert "left out" in fit(tmp_path / "d", tmp_path / "r3", "--skip-bad", "--overwrite", status=1)
        os.remove(tmp_path / "real/happy/loop")
    os.symlink("nowhere", tmp_path / "real/happy/gone.png")
    assert "gone.png: There is no such file" in fit(tmp_path / "d", tmp_path / "r4", status=3)


def test_names_that_are_not_utf8(tmp_path):
    put_classes(tmp_path / "d", 3)
    os.rename(tmp_path / "d/happy/0.png", os.fsencode(tmp_path / "d/happy") + b"/\xff.png")
    assert "train: 6 faces" in fit(tmp_path / "d", tmp_path / "r")
    os.rename(tmp_path / "d/sad", os.fsencode(tmp_path / "d") + b"/s\xff")
    assert "must be UTF-8" in fit(tmp_path / "d", tmp_path / "r2", status=3)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_cannot_be_listed_is_named(tmp_path):
    put_classes(tmp_path / "d", 3)
    (tmp_path / "d/happy/locked").mkdir(mode=0)
    assert "locked: the folder cannot be listed (Permission denied)" in fit(tmp_path / "d", tmp_path / "r", status=3)


def test_shares_are_taken_class_by_class(tmp_path):
    put_classes(tmp_path / "d", 20)
    put(tmp_path / "d/rare", 2, range(2))
    put(tmp_path / "d/single", 3, range(1))
    said = fit(tmp_path / "d", tmp_path / "r", "--val", "0.1", "--seed", "3")
    assert "38 training faces, 5 for validation (0.1 of train)" in said
    chosen = evaluate(tmp_path / "r", tmp_path / "d", "--split", "val")
    assert {name: row["support"] for name, row in chosen["per_class"].items()} == {"happy": 2, "sad": 2, "rare": 1}
    assert "the faces that chose it" in chosen["protocol"]
    rest = evaluate(tmp_path / "r", tmp_path / "d", "--split", "train")
    whole = evaluate(tmp_path / "r", tmp_path / "d", "--split", "all")
    assert whole["n"] == 43 and "among these faces are those that it was trained on" in whole["protocol"]
    assert rest["n"] == 38 and "the faces that it was trained on" in rest["protocol"]


def test_a_limit_and_a_share_are_drawn_again(tmp_path):
    put_classes(tmp_path / "d", 20)
    assert "18 training faces, 6 for validation" in fit(
        tmp_path / "d", tmp_path / "r", "--val", "0.25", "--limit", "24")
    assert "the faces that chose it" in evaluate(tmp_path / "r", tmp_path / "d", "--split", "val")["protocol"]


def test_without_validation_faces_a_share_is_held_out(tmp_path):
    put_classes(tmp_path / "d", 10)
    said = fit(tmp_path / "d", tmp_path / "r")
    assert "20 training faces and none for validation; 2 of them" in said and "held out" in said
    said = fit(tmp_path / "d", tmp_path / "r2", "--val", "none")
    assert "best.ferm will be the last one" in said and "20 training faces, 0 for validation (none)" in said
    for words in (["--early-stop", "2"], ["--schedule", "plateau"],
                  ["--final-epochs", "1", "--final-schedule", "plateau"]):
        assert "needs faces to validate on" in fit(tmp_path / "d", tmp_path / "r3", "--val", "none", *words, status=2)


def test_a_split_is_chosen_by_name(tmp_path):
    for label, name in enumerate(["happy", "sad"]):
        put(tmp_path / "d/train" / name, label, range(4))
        put(tmp_path / "d/test" / name, label, range(10, 12))
        for file in (tmp_path / "d/test" / name).glob("*.png"):
            kind = "Public" if file.stem == "10" else "Private"
            file.rename(file.with_name(f"{kind}Test_{file.name}"))
    assert "2 for validation (public)" in fit(tmp_path / "d", tmp_path / "r")
    said = fit(tmp_path / "d", tmp_path / "r2", "--val", "private")
    assert "2 for validation (private)" in said and "private chooses the best epoch" in said
    said = fit(tmp_path / "d", tmp_path / "r3", "--val", "test", status=3)
    assert "there are no faces of the split test; there are train, public, private" in said


def test_a_run_goes_on_after_its_faces_moved(tmp_path):
    put_classes(tmp_path / "d", 4)
    train("--data", "d", "--out", "r", *quick, cwd=tmp_path)
    (tmp_path / "elsewhere").mkdir()
    train("--resume", "--out", "../r", cwd=tmp_path / "elsewhere")
    shutil.move(tmp_path / "d", tmp_path / "moved")
    train("--resume", "--out", "r", "--data", "moved", cwd=tmp_path)
    os.remove(tmp_path / "moved/happy/0.png")
    assert "cannot be resumed" in train("--resume", "--out", "r", "--data", "moved", cwd=tmp_path, status=3)[0]
