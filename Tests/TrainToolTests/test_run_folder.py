"""A run's folder belongs to one program at a time, and holds whole files only."""
import json
import os
import signal
import stat

import pytest
from PIL import Image
from training import endless, epochs, faces, quick, start, train, wait_for


@pytest.fixture
def under_way(data, tmp_path):
    run = tmp_path / "run"
    process = start("--data", data, "--out", run, *endless)
    wait_for(run / "last.ferm", process)
    yield run, process
    process.kill()
    process.wait()


def test_a_second_run_in_the_folder_is_refused(under_way, data, tmp_path):
    run, process = under_way
    os.symlink(run, tmp_path / "link")
    for words in (["--resume"], ["--data", data, *quick, "--overwrite"], ["--data", data, *quick]):
        for name in (run, tmp_path / "link"):
            refused = train(*words, "--out", name)
            assert refused.returncode == 3 and f"{name}: a run is under way" in refused.stderr
            assert f"process {process.pid} on " in refused.stderr
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 0
    rows = epochs(run)
    assert rows == list(range(1, len(rows) + 1)) and not (run / ".lock").exists()


def test_the_lock_goes_with_its_program_and_so_do_half_written_files(under_way, data):
    run, process = under_way
    process.kill()
    process.wait()
    for name in ("last.ferm.part-abcdef", "last.ferm.a2c4e6", "epoch_7.ferm.part-abcdef", "results.csv.part-abcdef"):
        (run / name).write_bytes(b"")
    for name in ("mine.ferm.part-abcdef", "notes.txt", "last.ferm.bak"):
        (run / name).write_bytes(b"")
    again = start("--resume", "--out", run, stderr=None)
    before = len(epochs(run))
    while len(epochs(run)) <= before + 1:
        assert again.poll() is None
    again.send_signal(signal.SIGTERM)
    assert again.wait() == 0
    names = {path.name for path in run.iterdir()}
    assert {"mine.ferm.part-abcdef", "notes.txt", "last.ferm.bak"} <= names
    assert not [name for name in names if ".part-" in name and not name.startswith("mine")] and "last.ferm.a2c4e6" not in names
    rows = epochs(run)
    assert rows == list(range(1, len(rows) + 1))


def test_links_in_the_folder_are_replaced_and_not_followed(data, tmp_path):
    run, other = tmp_path / "run", tmp_path / "other"
    run.mkdir()
    other.write_text("mine")
    names = ["args.json", "results.csv", "last.ferm", "best.ferm", "curves.svg", "confusion.svg", "augmented.png"]
    for name in names:
        os.symlink(other, run / name)
    done = train("--data", data, "--val", "0.25", "--out", run, *quick, "--epochs", 1, "--overwrite")
    assert done.returncode == 0, done.stderr
    assert other.read_text() == "mine"
    assert all(stat.S_ISREG((run / name).lstat().st_mode) for name in names)
    os.unlink(run / ".lock") if (run / ".lock").exists() else None
    os.symlink(other, run / ".lock")
    assert train("--resume", "--out", run).returncode == 3 and other.read_text() == "mine"


def test_augmented_faces_stand_under_their_epochs(data, tmp_path):
    run = tmp_path / "run"
    done = train("--data", data, "--val", "0.25", "--out", run, *quick, "--epochs", 3)
    assert done.returncode == 0, done.stderr
    wide = Image.open(run / "augmented.png")
    # The labels, the face and three epochs.
    assert wide.mode == "RGB" and (wide.width - 90 - 6) % 4 == 0
    page = (run / "report.html").read_text()
    assert all(f"epoch {n}<br/>" in page for n in (1, 2, 3))


def test_an_output_that_is_a_file_is_refused(data, tmp_path):
    (tmp_path / "file").write_text("mine")
    refused = train("--data", data, "--out", tmp_path / "file", *quick)
    assert refused.returncode == 2 and "is a file" in refused.stderr
    assert (tmp_path / "file").read_text() == "mine"


def test_a_run_among_the_faces_is_refused(data, tmp_path):
    faces(tmp_path / "split/train", count=4)
    (tmp_path / "link").symlink_to(data)
    for place, out in ((data, data), (data, data / "run"), (data, data / "happy/run"), (data, tmp_path / "link/new/run"),
                       (tmp_path / "link", data / "run"), (tmp_path / "split", tmp_path / "split/train/run")):
        refused = train("--data", place, "--out", out, *quick, "--epochs", 1)
        assert refused.returncode == 2 and "among the faces" in refused.stderr, refused.stderr
        assert not (out / "args.json").exists()
    refused = train("--data", tmp_path / "split", "--val", data, "--out", data / "run", *quick)
    assert refused.returncode == 2 and "among the faces" in refused.stderr
    beside = train("--data", tmp_path / "split", "--out", tmp_path / "split/runs/first", *quick, "--epochs", 1)
    assert beside.returncode == 0, beside.stderr


def test_a_folder_of_any_name_holds_a_run(data, tmp_path):
    run = tmp_path / "a\nb\x1b[31m 'c'"
    done = train("--data", data, "--out", run, *quick, "--epochs", 1)
    assert done.returncode == 0 and "\x1b" not in done.stderr, done.stderr
    refused = train("--data", data, "--out", run, *quick, "--epochs", 1)
    assert refused.returncode == 3 and refused.stderr.count("\n") == 1 and "\\x1b" in refused.stderr
    assert train("--resume", "--out", run).returncode == 0


def test_a_file_that_may_not_grow_ends_the_run_with_a_sentence(data, tmp_path):
    run = tmp_path / "run"
    full = train("--data", data, "--out", run, *quick, "--epochs", 1, preexec_fn=lambda: limit(20_000))
    assert full.returncode == 3 and "File too large" in full.stderr and str(run) in full.stderr
    assert all(path.name in ("args.json", "results.csv", "augmented.png", "log.txt") for path in run.iterdir())


def limit(size):
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("closed", [[0], [1], [2], [0, 1, 2]])
def test_nothing_is_said_into_a_file_that_took_the_place_of_standard_error(closed, data, tmp_path):
    def close():
        for descriptor in closed:
            os.close(descriptor)
    run = tmp_path / "run"
    process = start("--data", data, "--val", "0.25", "--out", run, *endless, stderr=None, preexec_fn=close)
    wait_for(run / "last.ferm", process)
    assert (run / ".lock").read_text().count("\n") == 1 and "epoch" not in (run / ".lock").read_text()
    process.terminate()
    assert process.wait(timeout=60) == 0


@pytest.mark.parametrize("change, part, compares", [
    (lambda stored: stored["command"].extend(["--colour", "blue"]),
     "has no --colour, which the command there has; use the one that began it, fer-train 9.1", True),
    (lambda stored: stored["command"].append("--epochs"), "--epochs needs a value", True),
    (lambda stored: stored.pop("command"), "not what fer-train writes", False),
])
def test_a_run_of_another_version_is_refused_by_its_file_where_its_command_is_needed(change, part, compares, data, tmp_path):
    run = tmp_path / "run"
    for name in ("run", "other"):
        assert train("--data", data, "--val", "0.25", "--out", tmp_path / name, *quick, "--epochs", 1).returncode == 0
    stored = json.loads((run / "args.json").read_text()) | {"tool": "fer-train 9.1"}
    change(stored)
    (run / "args.json").write_text(json.dumps(stored))
    weights = (run / "last.ferm").read_bytes()
    for words in (["--resume", "--out", run], ["report", run], ["compare", tmp_path / "other", run]):
        done = train(*words)
        assert (run / "last.ferm").read_bytes() == weights
        if compares and words[0] == "compare":
            assert done.returncode == 0 and "accuracy of" in done.stdout, done.stderr
            continue
        assert done.returncode == 3 and f"{run}/args.json: " in done.stderr and part in done.stderr, done.stderr
        assert len(done.stderr.splitlines()) == 1
