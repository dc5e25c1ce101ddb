"""--annotate and --sheet: what they draw, where that goes, and what is never written over."""
import io
import os
import subprocess

import blobs
import pytest
from PIL import Image
from tool import command, faces, infer, model, program, records

#: By label, in the model's order: the colours of Okabe and Ito.
colours = {"angry": (213, 94, 0), "disgust": (0, 158, 115), "fear": (204, 121, 167), "happy": (240, 228, 66), "sad": (0, 114, 178),
           "surprise": (230, 159, 0), "neutral": (86, 180, 233)}


def photo(width=640, height=480):
    """Two faces in a picture of colours: boxes (40, 60, 96, 96) and (400, 200, 120, 120)."""
    picture = Image.radial_gradient("L").resize((width, height)).convert("RGB")
    face = Image.open(faces / "astronaut-small.png").convert("RGB")
    picture.paste(face.resize((96, 96)), (40, 60))
    picture.paste(face.resize((120, 120)), (400, 200))
    return picture


boxes = [(40, 60, 96, 96), (400, 200, 120, 120)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.makedirs("photos/deep")
    photo().save("photos/a.png")
    photo().save("photos/b.jpg", quality=95)
    photo().save("photos/deep/c.webp", lossless=True)
    photo().save("photos/deep/d.bmp")
    write_boxes("photos/a.png", "photos/b.jpg", "photos/deep/c.webp", "photos/deep/d.bmp")
    return tmp_path


def write_boxes(*paths):
    with open("boxes.csv", "w") as file:
        file.writelines(f"{path},{x},{y},{w},{h}\n" for path in paths for x, y, w, h in boxes)


def copies(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def near(colour, other, tolerance=0):
    return all(abs(a - b) <= tolerance for a, b in zip(colour, other))


def test_boxes_have_the_labels_colours_and_the_rest_is_untouched(folder):
    got = records("photos", "--boxes", "boxes.csv", "--annotate", "out")
    assert copies(folder / "out") == ["a.png", "b.jpg", "deep/c.webp.png", "deep/d.bmp.png"]
    for record in got:
        name = record["path"].removeprefix("photos/")
        copy = Image.open(folder / "out" / (name if name.endswith(("png", "jpg")) else name + ".png"))
        assert copy.size == (640, 480) and copy.format == ("JPEG" if name.endswith("jpg") else "PNG")
        copy, tolerance = copy.convert("RGB"), 24 if name.endswith("jpg") else 0
        x, y, w, h = record["box"]
        for column, row in ((x, y + h // 2), (x + w, y + h // 2), (x + w // 2, y + h)):
            line = [copy.getpixel((column + d, row)) for d in range(-3, 4)] + [copy.getpixel((column, row + d)) for d in range(-3, 4)]
            assert any(near(pixel, colours[record["label"]], tolerance) for pixel in line), (name, column, row, line)
            assert any(near(pixel, (0, 0, 0), tolerance) for pixel in line) and any(near(pixel, (255, 255, 255), tolerance) for pixel in line)
        if tolerance == 0:
            before, inside = Image.open(record["path"]).convert("RGB"), (x + 12, y + 12, x + w - 12, y + h - 12)
            assert copy.crop(inside).tobytes() == before.crop(inside).tobytes()
            assert copy.crop((0, 340, 640, 480)).tobytes() == before.crop((0, 340, 640, 480)).tobytes()


def test_records_are_those_of_a_run_without_drawings(folder):
    plain = infer("--boxes", "boxes.csv").stdout
    assert infer("--boxes", "boxes.csv", "--annotate", "out", "--sheet", "sheet.png").stdout == plain


def test_copies_are_upright(folder):
    exif = Image.Exif()
    exif[0x0112] = 6
    photo().rotate(90, expand=True).save("turned.jpg", exif=exif, quality=95)
    write_boxes("turned.jpg")
    infer("--boxes", "boxes.csv", "--annotate", "out")
    copy = Image.open("out/turned.jpg")
    assert copy.size == (640, 480) and copy.getexif().get(0x0112, 1) == 1
    line = [copy.getpixel((520 + d, 260)) for d in range(-3, 4)]
    assert any(near(pixel, colour, 24) for pixel in line for colour in colours.values())


def test_every_photo_has_a_copy_of_its_own_below_the_folder(folder):
    os.makedirs("other/photos")
    for path in ("other/photos/a.png", "other/a.png", "a.png"):
        photo().save(path)
    given = ["photos/../photos/./a.png", "other/photos/../a.png", str(folder / "a.png"), "a.png", "./a.png", "other/../a.png"]
    write_boxes(*given)
    infer("--boxes", "boxes.csv", "--annotate", "out")
    assert copies(folder / "out") == sorted(
        ["photos/photos/a.png", "other/photos/a.png", f"{folder}/a.png"[1:], "a.png", "a-2.png", "other/a.png"])
    assert copies(folder) and not (folder.parent / "a.png").exists()


def test_a_copy_replaces_a_copy_and_nothing_else(folder):
    infer("--boxes", "boxes.csv", "--annotate", "out")
    first = (folder / "out/photos/a.png").read_bytes()
    foreign = (folder / "photos/b.jpg").read_bytes()
    (folder / "out/photos/b.jpg").write_bytes(foreign)
    (folder / "out/photos/a.png").write_bytes(first + b"?")
    os.unlink("out/photos/deep/d.bmp.png")
    os.symlink("/etc/passwd", "out/photos/deep/d.bmp.png")
    told = infer("--boxes", "boxes.csv", "--annotate", "out", "--quiet", status=1)
    assert told.stdout.count(b'"ok":true') == 8
    assert told.stderr.count(b"\n") == 1 and b"2 annotated copies could not be made: out/photos/" in told.stderr
    assert (folder / "out/photos/a.png").read_bytes() == first
    assert (folder / "out/photos/b.jpg").read_bytes() == foreign
    assert os.readlink("out/photos/deep/d.bmp.png") == "/etc/passwd"


def test_links_in_the_folder_lead_nowhere(folder):
    os.mkdir("elsewhere")
    os.mkdir("out")
    os.symlink("../elsewhere", "out/photos")
    assert b"not a folder" in infer("--boxes", "boxes.csv", "--annotate", "out", status=1).stderr
    assert os.listdir("elsewhere") == []


@pytest.mark.parametrize("words", [["photos"], ["photos/a.png"], ["photos/deep"], ["photos/deep/d.bmp"]])
def test_a_folder_that_has_inputs_is_refused(words, folder):
    before = copies(folder)
    told = infer(*words, "--boxes", "boxes.csv", "--annotate", "photos", status=2)
    assert b"--annotate" in told.stderr and told.stdout == b"" and copies(folder) == before


def test_copies_and_sheet_within_the_inputs_are_no_inputs(folder):
    words = ["photos", "--boxes", "boxes.csv", "--annotate", "photos/marked", "--sheet", "photos/sheet.png"]
    for _ in range(2):
        assert infer(*words).stdout.count(b"\n") == 8
    assert copies(folder / "photos/marked") == ["a.png", "b.jpg", "deep/c.webp.png", "deep/d.bmp.png"]


def test_photos_have_copies_whether_they_show_faces_or_not_and_crops_have_none(folder, monkeypatch):
    blobs.detector("blobs.ferm")
    monkeypatch.setenv("FERM_DETECTOR", "blobs.ferm")
    os.mkdir("mixed")
    blobs.photo("mixed/faces.png", 1024, [(3, 4, 252), (9, 8, 255)])
    blobs.photo("mixed/small.png", 400, [(3, 4, 252)])
    blobs.photo("mixed/none.png", 512, [])
    blobs.photo("mixed/crop.png", 48, [])
    (folder / "mixed/broken.png").write_bytes((folder / "mixed/none.png").read_bytes()[:300])
    infer("mixed", "--annotate", "out", status=1)
    assert copies(folder / "out") == ["faces.png", "none.png", "small.png"]
    kinds = {name: set(Image.open(f"out/{name}.png").convert("RGB").getdata()) for name in ("faces", "none", "small")}
    assert kinds["faces"] & set(colours.values()) and kinds["small"] & set(colours.values())
    assert (187, 187, 187) in kinds["none"] and not kinds["none"] & set(colours.values()), "it says that there is no face"
    assert b"no copies" in infer("mixed/crop.png", "--annotate", "empty").stderr and copies(folder / "empty") == []


def test_many_faces_of_one_photo_are_in_one_copy(folder):
    with open("boxes.csv", "w") as file:
        file.writelines(f"photos/a.png,{20 * (i % 30)},{20 + 20 * (i // 30)},18,18\n" for i in range(300))
    for words in ([], ["photos"]):
        infer(*words, "--boxes", "boxes.csv", "--annotate", "out", status=1 if words else 0)
    copy = Image.open("out/a.png").convert("RGB")
    assert copy.tobytes() == Image.open("out/photos/a.png").convert("RGB").tobytes()
    last = [copy.getpixel((580 + 9 + d, 200 + e)) for d in range(-9, 10) for e in range(-3, 20)]
    assert set(last) & set(colours.values())


def test_a_picture_of_standard_input_has_a_copy(folder):
    picture = (folder / "photos/a.png").read_bytes()
    write_boxes("-")
    infer("-", "--boxes", "boxes.csv", "--annotate", "out", stdin=picture)
    assert copies(folder / "out") == ["stdin.png"] and Image.open("out/stdin.png").size == (640, 480)


def test_a_library_that_cannot_be_loaded_is_one_sentence(folder):
    os.mkdir("lib")
    (folder / "lib/libcairo.so.2").write_bytes(b"no library")
    before = copies(folder)
    for words in (["--annotate", "out"], ["--sheet", "sheet.png"]):
        outcome = subprocess.run(command("--boxes", "boxes.csv", *words), capture_output=True,
                                 env={**os.environ, "LD_LIBRARY_PATH": str(folder / "lib")})
        assert outcome.returncode == 3 and outcome.stdout == b"" and copies(folder) == before
        assert outcome.stderr.count(b"\n") == 1 and b"install libcairo2" in outcome.stderr
    outcome = subprocess.run(command("--boxes", "boxes.csv"), capture_output=True,
                             env={**os.environ, "LD_LIBRARY_PATH": str(folder / "lib")})
    assert outcome.returncode == 0, "it is loaded only when it is needed"


def test_the_sheet_shows_each_face_under_its_label(folder):
    got = records(faces, "--crops", "--sheet", "sheet.png")
    sheet = Image.open("sheet.png").convert("RGB")
    used = {record["label"] for record in got if record["ok"]}
    swatches = {pixel for y in range(sheet.height) if (pixel := sheet.getpixel((21, y))) in colours.values()}
    assert swatches >= {colours[label] for label in used}
    first = sheet.tobytes()
    infer(faces, "--crops", "--sheet", "sheet.png")
    assert Image.open("sheet.png").convert("RGB").tobytes() == first, "a sheet replaces a sheet"


@pytest.mark.parametrize("name, says", [("photos/a.png", b"not a picture that fer-infer"), ("kept.png", b"not a picture that fer-infer"),
                                        ("sheet.jpg", b".png"), ("link.png", b"not a picture that fer-infer"), ("boxes.png", b"input")])
def test_a_sheet_replaces_nothing_of_others(name, says, folder):
    (folder / "kept.png").write_bytes(b"kept")
    os.symlink("kept.png", "link.png")
    os.rename("boxes.csv", "boxes.png")
    before = copies(folder)
    told = infer("--boxes", "boxes.png", "--sheet", name, status=2)
    assert says in told.stderr and told.stderr.count(b"\n") == 1 and copies(folder) == before
    assert (folder / "kept.png").read_bytes() == b"kept"


def test_a_run_without_faces_has_no_sheet(folder):
    (folder / "broken.jpg").write_bytes((folder / "photos/b.jpg").read_bytes()[:500])
    assert b"no faces to show" in infer("broken.jpg", "--sheet", "sheet.png", status=1).stderr
    assert not os.path.exists("sheet.png")


def test_a_full_disk_leaves_nothing_half(folder):
    import resource
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    told = infer("--boxes", "boxes.csv", "--annotate", "out", "--quiet", status=1, preexec_fn=limit).stderr
    assert told.count(b"\n") == 1 and b"File too large" in told
    assert copies(folder / "out") == []
