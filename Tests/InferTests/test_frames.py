"""Videos: fer-infer --frames, from streams of frames to records of faces that are followed."""
import csv
import io
import json
import os
import shutil
import signal
import subprocess
import time

import numpy
import pytest
from frames import cell, frame, jpeg, pnm, side, y4m
from tool import faces, infer, labels, model, program, root, run
from PIL import Image


@pytest.fixture
def look(place, tmp_path, monkeypatch):
    """Runs fer-infer --frames on bytes; gives the records, or the outcome in another format."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FERM_DETECTOR", str(place / "face.ferm"))

    def look(stream, *words, status=0, format="jsonl"):
        outcome = run(program, place / "model.ferm", "--frames", "-", *words, "--format", format, status=status, stdin=stream)
        return [json.loads(line) for line in outcome.stdout.splitlines()] if format == "jsonl" else outcome

    return look


def ids(records):
    """Of each frame, the faces' numbers with their columns and rows of the grid."""
    found = {}
    for r in records:
        of = found.setdefault(r["frame"], {})
        if r["success"]:
            of[r["face_id"]] = (round(r["box"][0] / cell), round(r["box"][1] / cell))
    return found


def told(outcome):
    """What was said on standard error, which is no list of bytes but lines."""
    return outcome.stderr.decode().splitlines()


clip = [frame((3, 4)), frame((3, 4), (9, 8)), frame(), frame((4, 4), (9, 9))]


def test_each_face_of_each_frame_has_a_record_and_a_frame_without_one_too(look):
    got = look(y4m(clip))
    assert ids(got) == {0: {0: (3, 4)}, 1: {0: (3, 4), 1: (9, 8)}, 2: {}, 3: {0: (4, 4), 1: (9, 9)}}
    assert [(r["frame"], r["time"], r["face_id"], r["success"]) for r in got] == [
        (0, 0, 0, 1), (1, 0.04, 0, 1), (1, 0.04, 1, 1), (2, 0.08, None, 0), (3, 0.12, 0, 1), (3, 0.12, 1, 1)]
    assert list(got[0]) == ["v", "frame", "time", "face_id", "success", "box", "face_score", "small", "label", "score", "probs", "width", "height"]
    assert got[3] == {"v": 1, "frame": 2, "time": 0.08, "face_id": None, "success": 0, "width": side, "height": side}


def test_a_frame_says_what_the_same_picture_says(look, place):
    Image.fromarray(clip[1]).save("a.png")
    photo = run(program, place / "model.ferm", "a.png", "--format", "jsonl").stdout.splitlines()
    expected = sorted((r["box"], r["probs"], r["face_score"]) for r in map(json.loads, photo))
    for stream in (y4m(clip), pnm(clip), pnm([numpy.stack([p] * 3, 2) for p in clip])):
        got = [r for r in look(stream) if r["frame"] == 1]
        assert sorted((r["box"], r["probs"], r["face_score"]) for r in got) == expected


def test_all_kinds_of_streams_have_the_same_faces(look):
    expected = ids(look(y4m(clip)))
    assert ids(look(pnm(clip))) == ids(look(jpeg(clip))) == ids(look(jpeg(clip, progressive=True))) == expected
    assert ids(look(b"\0\0\0".join(jpeg([p]) for p in clip))) == expected, "some cameras fill up with zeros"


@pytest.mark.parametrize("rate, times", [
    ("30000:1001", [0, 0.033367, 0.066733, 0.1001]), ("25:1", [0, 0.04, 0.08, 0.12]), ("3:1", [0, 0.333333, 0.666667, 1])])
def test_times_are_those_of_the_fraction(rate, times, look):
    assert sorted({r["time"] for r in look(y4m(clip, rate))}) == times
    for stream in (pnm(clip), y4m(clip, "0:0"), y4m(clip, "7:1")):
        assert sorted({r["time"] for r in look(stream, "--rate", rate.replace(":", "/"))}) == times


def test_times_stay_exact_late_in_a_long_stream(look):
    small = [numpy.full((16, 16), 40, numpy.uint8)] * 40_000
    (last,) = look(y4m(small, "30000:1001"), "--every", "39999", "--crops")[1:]
    assert last["frame"] == 39_999 and last["time"] == round(39_999 * 1001 / 30000, 6)


def test_without_a_rate_there_is_no_time_and_the_remedy_is_told(look):
    outcome = look(jpeg(clip), format="csv")
    rows = list(csv.DictReader(io.StringIO(outcome.stdout.decode())))
    assert {r["time"] for r in rows} == {""} and any("--rate" in line for line in told(outcome))
    assert {r["time"] for r in look(jpeg(clip))} == {None}
    refused = look(jpeg(clip), "--smooth", "1", format="csv", status=2)
    assert "--rate" in refused.stderr.decode() and refused.stderr.count(b"\n") == 1


def test_csv_has_a_row_for_each_record(look):
    rows = list(csv.reader(io.StringIO(look(y4m(clip), "--smooth", "0.5", format="csv").stdout.decode())))
    assert rows[0] == ["frame", "time", "face_id", "success", "x", "y", "w", "h", "face_score", "small", "label", "score", *labels, "error",
                       "smoothed_label", *(f"smoothed_{label}" for label in labels)]
    assert [row[:8] for row in rows[1:5]] == [
        ["0", "0", "0", "1", "48", "64", "16", "16"], ["1", "0.04", "0", "1", "48", "64", "16", "16"],
        ["1", "0.04", "1", "1", "144", "128", "16", "16"], ["2", "0.08", "", "0", "", "", "", ""]]
    assert all(len(row) == len(rows[0]) for row in rows)
    assert "smoothed_label" not in look(y4m(clip), format="csv").stdout.decode()


def test_a_table_and_an_array_have_the_same_records(look):
    lines = look(y4m(clip), format="table").stdout.decode().splitlines()
    assert lines[1].split()[:4] == ["1", "0.040", "face", "0"] and lines[3].split() == ["2", "0.080", "-", "no", "face"]
    assert json.loads(look(y4m(clip), format="json").stdout) == look(y4m(clip))


def test_every_nth_frame_alone_is_looked_at_and_keeps_its_number(look):
    pictures = [frame((n % 12, 3)) for n in range(10)]
    whole = {r["frame"]: r for r in look(y4m(pictures))}
    for stream in (y4m(pictures), pnm(pictures), jpeg(pictures)):
        got = look(stream, "--every", "3", "--rate", "25")
        assert [(r["frame"], r["time"]) for r in got] == [(n, n / 25) for n in (0, 3, 6, 9)]
    got = look(y4m(pictures), "--every", "3")
    assert [r["probs"] for r in got] == [whole[n]["probs"] for n in (0, 3, 6, 9)]


def test_faces_that_cross_pause_and_are_missed_keep_their_numbers(look):
    """One goes right, one goes left below it, one stays and is not seen for half a second."""
    pictures = []
    for n in range(60):
        step = min(n, 20) if n < 40 else n - 20
        fields = [(1 + step // 4, 3), (14 - step // 4, 5)]
        if not 10 <= n < 22:
            fields.append((8, 12))
        pictures.append(frame(*fields))
    found = ids(look(y4m(pictures)))
    rows = {i: {row for of in found.values() for number, (_, row) in of.items() if number == i} for i in range(3)}
    assert sorted(rows.values(), key=min) == [{3}, {5}, {12}] and {i for of in found.values() for i in of} == {0, 1, 2}


def test_who_comes_back_after_a_while_has_a_new_number(look):
    pictures = [frame((3, 3))] * 5 + [frame()] * 30 + [frame((3, 3))] * 5
    found = ids(look(y4m(pictures)))
    assert set(found[4]) == {0} and set(found[35]) == {1}
    assert set(ids(look(y4m(pictures, "100:1")))[35]) == {0}, "30 frames of 10 ms are no while"


def test_smoothed_columns_are_the_running_means_and_raw_ones_stay(look):
    pictures = [frame((3, 4)), frame((3, 4)) // 2 + 100, frame((3, 4)), frame((3, 4))]
    raw, smooth = look(y4m(pictures)), look(y4m(pictures), "--smooth", "0.1")
    mean = None
    for before, record in zip(raw, smooth, strict=True):
        assert before["probs"] == record["probs"]
        new = numpy.array(list(record["probs"].values()))
        mean = new if mean is None else mean + (1 - numpy.exp(-0.04 / 0.1)) * (new - mean)
        got = record["smoothed_probs"]
        assert list(got) == labels and list(got.values()) == pytest.approx(mean, abs=1e-6)
        assert record["smoothed_label"] == labels[int(mean.argmax())]


def test_with_crops_each_frame_is_a_face(look):
    expected = [json.loads(infer(faces / f"astronaut-{name}.png", "--format", "jsonl", "--crops").stdout) for name in ("colour", "mirrored")]
    pictures = [numpy.array(Image.open(faces / f"astronaut-{name}.png").convert("RGB")) for name in ("colour", "mirrored")]
    got = look(pnm(pictures), "--crops")
    assert [(r["face_id"], r["box"], r["label"]) for r in got] == [(0, [0, 0, 120, 140], "happy")] * 2
    assert [r["probs"] for r in got] == [r["probs"] for r in expected]


def test_a_damaged_frame_is_a_record_and_the_others_are_as_before(look):
    parts = [jpeg([picture]) for picture in clip]
    # Its last rows are gone, but not its end marker.
    parts[1] = parts[1][:len(parts[1]) * 2 // 3] + b"\xff\xd9"
    got = look(b"".join(parts), status=1)
    assert got[1]["frame"] == 1 and got[1]["success"] == 0 and got[1]["error"]["code"] == "decode"
    assert [ids(got)[n] for n in (0, 3)] == [ids(look(jpeg(clip)))[0], {0: (4, 4), 1: (9, 9)}]


whole = y4m(clip)
pixels = side * side


@pytest.mark.parametrize("stream, says, frames", [
    (whole[:-10], "frame 3: the stream ends in the middle of it", 3),
    (whole[:-pixels - 3], "frame 3: the stream ends in the middle of it", 3),
    (whole[:20], "ends in the middle", 0), (b"", "it is empty", 0), (whole.split(b"FRAME")[0], "it has no frame", 0),
    (whole.replace(b"FRAME", b"FRMAE", 1), "does not begin with FRAME", 0),
    (pnm(clip)[:-10], "frame 3: the stream ends in the middle", 3), (pnm(clip) + b"P", "frame 4: the stream ends in the middle", 4),
    (pnm(clip) + b"hello", "frame 4: it does not begin with P5 or P6", 4),
    (pnm(clip) + pnm([clip[0][:128]]), "frame 4: it has 256 x 128 pixels, and those before it 256 x 256", 4),
    (jpeg(clip) + jpeg([clip[0][:128]]), "frame 4: it has 256 x 128 pixels, and those before it 256 x 256", 4),
    (jpeg(clip)[:-10], "frame 3: the stream ends in the middle", 3), (jpeg(clip) + b"hello", "frame 4: it does not begin as a JPEG", 4),
    (b"P5 " + b"#" * 100_000, "header does not end within 4096 bytes", 0), (b"P5 x", "where a number should be", 0),
    (b"YUV4MPEG2 W2 H2 X" + b"x" * 100_000, "header does not end within 4096 bytes", 0),
    (y4m(clip, more=" X" + "x" * 3000) + b"FRAME" + b" x" * 9000, "frame 4: its header does not end", 4),
    (b"YUV4MPEG2 W0 H9 F25:1\nFRAME\n", "0 x 9 pixels make no frame", 0), (b"P5 9 0 255\n", "9 x 0 pixels make no frame", 0),
    (b"YUV4MPEG2 W60000 H60000 F25:1\nFRAME\n", "more than the limit of 100000000", 0), (b"P6 99999999999999999999 9 255\n", "make no frame", 0),
    (b"YUV4MPEG2 W-4 H9 F25:1\n", "-4 x 9 pixels make no frame", 0), (b"YUV4MPEG2 H9 F25:1\n", "does not say how large", 0),
    (b"P5 9 9 0\n", "largest value 0", 0), (b"P5 9 9 70000\n", "largest value 70000", 0),
    (y4m(clip, "0:1"), "the rate 0:1, which is none", 0), (y4m(clip, "25:0"), "the rate 25:0, which is none", 0),
    (y4m(clip, kind="420p10"), "-pix_fmt yuv420p", 0), (y4m(clip, kind="mono16"), "-pix_fmt yuv420p", 0),
    (b"\0\0\0\x18ftypmp42" + bytes(100), "ffmpeg -i VIDEO", 0), (b"\x89PNG\r\n\x1a\n", "ffmpeg -i VIDEO", 0),
    (b"\xff\xd8\xff\xe0\0\x01", "a segment has no length", 0), (b"\xff\xd8\xff\xd9", "a JPEG without a size", 0),
], ids=lambda value: "" if isinstance(value, bytes) else None)
def test_a_stream_that_goes_wrong_ends_with_one_sentence_and_what_was_read_so_far(stream, says, frames, look):
    outcome = look(stream, "--quiet", format="json", status=3)
    lines = told(outcome)
    assert len(lines) == 1 and lines[0].startswith("fer-infer: standard input, ") and says in lines[0] and lines[0].endswith(".")
    assert {r["frame"] for r in json.loads(outcome.stdout)} == set(range(frames))


def test_an_output_keeps_what_was_read_so_far(look):
    look(whole[:-10], "-o", "a.csv", "--strip", "a.svg", format="csv", status=3)
    rows = open("a.csv").read()
    assert rows.count("\n") == 5 and open("a.svg").read().endswith("</svg>\n")
    outcome = look(whole[:-pixels], "-o", "a.csv", "--strip", "a.svg", format="csv", status=3)
    assert open("a.csv").read() == rows and open("a.csv.partial").read() and open("a.svg.partial").read() and b"a.csv.partial" in outcome.stderr


@pytest.mark.parametrize("words, says", [
    (["x.png"], "x.png is one too many"), (["--boxes", "b.csv"], "--boxes does not go"), (["--sheet", "a.png"], "--sheet does not go"),
    (["--annotate", "a"], "--annotate does not go"), (["--embedding", "a.npy"], "--embedding does not go"), (["-0"], "-0 does not go"),
    (["--top-k", "2"], "--top-k does not go"), (["--rate", "0"], "--rate takes frames a second"), (["--rate", "25/0"], "--rate takes"),
    (["--rate", "fast"], "--rate takes"), (["--every", "0"], "--every takes"), (["--smooth", "0"], "--smooth takes"),
    (["--strip", "a.png"], "end in .svg"), (["--strip", "a.svg", "-o", "a.svg", "--format", "csv"], "name the same file"),
    (["--detect", "--crops"], "does not go with it"),
])
def test_what_contradicts_itself_is_a_usage_error(words, says, look):
    outcome = infer("--frames", "-", *words, status=2, stdin=b"")
    assert says in outcome.stderr.decode() and outcome.stderr.count(b"\n") == 1 and outcome.stdout == b""
    for option in (["--rate", "25"], ["--every", "2"], ["--smooth", "1"], ["--strip", "a.svg"], ["--live"]):
        assert b"goes with --frames alone" in infer("a.png", *option, status=2).stderr


def test_threads_and_batches_change_no_bit(look):
    pictures = [frame((n % 13, 3), ((5 * n) % 13, 9)) for n in range(40)]
    first = look(y4m(pictures))
    for words in (["--threads", "1"], ["--threads", "3"]):
        assert look(y4m(pictures), *words) == first


def test_a_frame_of_many_faces_comes_whole(look):
    everywhere = frame(*((column, row) for column in range(16) for row in range(16)))
    got = look(y4m([everywhere, everywhere]))
    assert [(r["frame"], r["face_id"]) for r in got] == [(n, i) for n in (0, 1) for i in range(256)]
    assert [r["box"] for r in got[:256]] == [r["box"] for r in got[256:]]


def start(place, *words):
    return subprocess.Popen(
        [program, place / "model.ferm", "--frames", "-", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_a_camera_gets_its_answers_at_once_and_a_signal_ends_it_whole(look, place):
    process = start(place, "--live", "--format", "jsonl")
    for number, picture in enumerate(clip[:2]):
        process.stdin.write(y4m([picture]) if number == 0 else b"FRAME\n" + picture.tobytes())
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["frame"] == number
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 128 + signal.SIGTERM
    assert b"records so far are whole" in process.stderr.read() and process.stdout.read() == b""


def test_a_live_stream_drops_frames_rather_than_lag_and_counts_them(look, place):
    process = start(place, "--live", "--format", "jsonl", "--tta", "ten", "--threads", "1")
    process.stdin.write(y4m([frame(*((column, 3) for column in range(16)))] * 400))
    process.stdin.close()
    got = [json.loads(line) for line in process.stdout]
    said = process.stderr.read().decode()
    assert process.wait(timeout=60) == 0
    seen = sorted({r["frame"] for r in got})
    assert len(seen) < 400 and seen[-1] == 399 and all(r["time"] == r["frame"] / 25 for r in got)
    assert f"400 frames of 16.0 s, {len(seen)} looked at, {400 - len(seen)} dropped to keep up" in said


def test_memory_does_not_grow_over_many_frames(look, place):
    def peak(count):
        process = subprocess.Popen(
            [program, place / "model.ferm", "--frames", "-", "-o", "a.csv", "--strip", "a.svg", "--quiet"], stdin=subprocess.PIPE)
        process.stdin.write(y4m([clip[0]]))
        part = b"".join(b"FRAME\n" + frame((n % 13, 3)).tobytes() for n in range(50))
        for _ in range(count // 50):
            process.stdin.write(part)
        process.stdin.close()
        _, ended, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(ended)
        assert process.returncode == 0 and open("a.csv").read().count("\n") == count + 2
        return usage.ru_maxrss
    early, late = peak(200), peak(2000)
    assert late < early + 8000, f"{early} KB for 200 frames, {late} KB for 2,000"


def test_frames_fit_the_schema(look):
    jsonschema = pytest.importorskip("jsonschema", reason="python3-jsonschema is not installed")
    validator = jsonschema.Draft202012Validator(json.loads((root / "docs/frame.schema.json").read_text()))
    parts = [jpeg([picture]) for picture in clip]
    parts[1] = parts[1][:len(parts[1]) * 2 // 3] + b"\xff\xd9"
    got = look(y4m(clip), "--smooth", "1") + look(b"".join(parts), status=1) + look(pnm(clip), "--crops")
    for record in got:
        validator.validate(record)
    for wrong in ({**got[0], "success": 0}, {**got[3], "success": 1}, {**got[0], "face_id": None}, {**got[0], "more": 1}):
        assert not validator.is_valid(wrong)


def test_a_strip_has_a_band_for_each_face_and_adapts_to_dark_pages(look):
    look(y4m(clip), "--strip", "a.svg")
    drawn = open("a.svg").read()
    assert all(f">{word}</text>" in drawn for word in ("face 0", "face 1", "seconds", *labels)) and "face 2" not in drawn
    assert "prefers-color-scheme: dark" in drawn and "Emotions over time<" in drawn
    look(y4m(clip), "--strip", "a.svg", "--smooth", "1")
    assert "Emotions over time, smoothed<" in open("a.svg").read()
    outcome = look(y4m([frame()]), "--strip", "b.svg", format="csv")
    assert not os.path.exists("b.svg") and b"there are no faces to show" in outcome.stderr


def colours(look, stream):
    """The colours that the network sees of a frame, by a model that gives them back: its probabilities differ with them."""
    return look(stream, "--crops")[0]["probs"]


@pytest.mark.parametrize("kind, down, across", [("420jpeg", 2, 2), ("422", 1, 2), ("444", 1, 1)])
@pytest.mark.parametrize("full", [False, True])
def test_samples_become_the_colours_of_bt601(kind, down, across, full, look):
    """Compared with the same picture as PPM, whose colours this test works out."""
    noise = numpy.random.default_rng(5)
    luma = noise.integers(16, 236, (49, 51)).astype(numpy.uint8)
    small = noise.integers(90, 166, (2, -(-49 // down), -(-51 // across))).astype(numpy.uint8)
    u, v = (plane.repeat(down, 0).repeat(across, 1)[:49, :51].astype(float) - 128 for plane in small)
    scale = 1 if full else 255 / 224
    y = luma.astype(float) if full else (luma.astype(float) - 16) * 255 / 219
    rgb = numpy.stack([y + 1.402 * scale * v, y - scale * (0.344136 * u + 0.714136 * v), y + 1.772 * scale * u], 2).round().clip(0, 255)
    more = f" XCOLORRANGE={'FULL' if full else 'LIMITED'}"
    got = colours(look, y4m([(luma, *small)], more=more, kind=kind))
    expected = colours(look, pnm([rgb.astype(numpy.uint8)]))
    assert got == pytest.approx(expected, abs=1e-4)


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")
@pytest.mark.parametrize("words", [["-f", "yuv4mpegpipe", "-pix_fmt", "yuv420p"], ["-f", "image2pipe", "-c:v", "ppm"],
                                   ["-f", "image2pipe", "-c:v", "mjpeg", "-q:v", "2"]])
def test_what_ffmpeg_writes_is_read(words, look, tmp_path):
    for number, picture in enumerate(clip):
        Image.fromarray(picture).save(tmp_path / f"{number}.png")
    made = subprocess.run(["ffmpeg", "-loglevel", "error", "-framerate", "30000/1001", "-i", tmp_path / "%d.png", *words, "-"], capture_output=True, check=True)
    got = look(made.stdout, "--rate", "30000/1001")
    assert ids(got) == ids(look(y4m(clip))) and got[-1]["time"] == 0.1001


def test_a_file_and_a_pipe_are_read_as_standard_input_is(look, place, tmp_path):
    (tmp_path / "a.y4m").write_bytes(whole)
    expected = look(whole)
    words = [program, place / "model.ferm", "--format", "jsonl", "--frames"]
    assert [json.loads(line) for line in run(*words, "a.y4m").stdout.splitlines()] == expected
    os.mkfifo("pipe")
    process = subprocess.Popen([*words, "pipe"], stdout=subprocess.PIPE)
    with open("pipe", "wb") as file:
        file.write(whole)
    assert [json.loads(line) for line in process.stdout] == expected and process.wait() == 0
    for name, says in (("none.y4m", b"cannot be read"), (".", b"cannot be read")):
        assert says in run(*words, name, status=3).stderr
    refused = run(*words, "a.y4m", "-o", "a.y4m", status=2)
    assert b"this output is an input" in refused.stderr and (tmp_path / "a.y4m").read_bytes() == whole


def test_a_pipe_without_a_writer_is_left_by_a_signal(place, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    process = subprocess.Popen([program, place / "model.ferm", "--frames", tmp_path / "pipe", "--crops"], stderr=subprocess.PIPE)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
