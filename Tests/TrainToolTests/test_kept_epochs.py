"""The best epochs that a run keeps, and going on from one of the kept."""
import re

import pytest
from training import endless, quick, start, train, wait_for

own = ["--val", "0.4", *quick, "--schedule", "constant", "--lr", 0.02, "--tta", "ten"]


def best(run):
    return sorted(path.name for path in run.iterdir() if path.name.startswith("best_"))


def accuracies(run):
    return [float(line.split(",")[5]) for line in (run / "results.csv").read_text().splitlines()[1:]]


def expected(run, count):
    ranked = sorted((-accuracy, epoch) for epoch, accuracy in enumerate(accuracies(run), 1))[:count]
    return sorted(f"best_{-accuracy:.5f}_epoch_{epoch:04}.ferm" for accuracy, epoch in ranked)


@pytest.fixture(scope="module")
def whole(data, tmp_path_factory):
    run = tmp_path_factory.mktemp("kept") / "run"
    done = train("--data", data, *own, "--epochs", 6, "--keep-best", 2, "--save-every", 2, "--out", run)
    assert done.returncode == 0, done.stderr
    return run


def test_the_best_stay_and_their_names_sort_by_accuracy(whole, data, tmp_path):
    assert best(whole) == expected(whole, 2) and len(best(whole)) == 2
    plain = tmp_path / "run"
    assert train("--data", data, *own, "--epochs", 6, "--out", plain).returncode == 0
    for name in ("last.ferm", "best.ferm"):
        assert (plain / name).read_bytes() == (whole / name).read_bytes()
    evaluated = train("eval", whole / best(whole)[-1], "--data", data, "--split", "val", "--tta", "ten")
    assert evaluated.returncode == 0 and f"{100 * max(accuracies(whole)):.2f}"[:4] in evaluated.stdout


def test_a_run_killed_anywhere_keeps_the_same(whole, data, tmp_path):
    run = tmp_path / "run"
    words = ["--data", data, *own, "--epochs", 6, "--keep-best", 2, "--save-every", 2, "--out", run]
    for i in range(1, 5):
        process = start(*(words if i == 1 else ["--resume", "--out", run]))
        while process.poll() is None and not ((run / "results.csv").exists() and len(accuracies(run)) > i):
            pass
        process.kill()
        process.communicate()
    assert train("--resume", "--out", run).returncode == 0
    assert {path.name for path in run.iterdir()} == {path.name for path in whole.iterdir()}
    for name in ["last.ferm", *best(whole)]:
        assert (run / name).read_bytes() == (whole / name).read_bytes()


def test_a_run_goes_on_from_the_file_of_a_kept_epoch(whole, data, tmp_path):
    run = tmp_path / "run"
    words = ["--data", data, *own, "--epochs", 4, "--keep-best", 2, "--save-every", 2, "--out", run]
    assert train(*words).returncode == 0
    again = train("--resume-from", run / "epoch_2.ferm", "--epochs", 6)
    assert again.returncode == 0 and "epoch 3/6" in again.stderr and "epoch 2/6" not in again.stderr, again.stderr
    assert (run / "last.ferm").read_bytes() == (whole / "last.ferm").read_bytes() and best(run) == expected(run, 2)
    # One of the best, from within its folder, and with the folder said too.
    name = best(run)[0]
    again = train("--resume-from", name, cwd=run)
    assert again.returncode == 0 and (run / "last.ferm").read_bytes() == (whole / "last.ferm").read_bytes(), again.stderr
    epoch = int(re.search(r"_epoch_(\d+)", name).group(1))
    assert epoch == 6 or f"epoch {epoch + 1}/6" in again.stderr
    (tmp_path / "link").symlink_to(run)
    assert train("--resume-from", tmp_path / "link/epoch_4.ferm", "--out", run).returncode == 0


def test_what_is_no_epoch_of_a_run_is_refused_in_a_sentence(whole, data, tmp_path):
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone/epoch_2.ferm").write_bytes((whole / "epoch_2.ferm").read_bytes())
    for words, status, sentence in [
        (["--resume-from", whole / "best.ferm"], 3, "--init"),
        (["--resume-from", whole / "epoch_9.ferm"], 3, "epoch_9.ferm"),
        (["--resume-from", whole], 2, "--resume --out"),
        (["--resume-from", whole / "epoch_2.ferm", "--out", tmp_path / "other"], 2, "--init"),
        (["--resume-from", whole / "epoch_2.ferm", "--from-epoch", 2], 2, "choose one"),
        (["--resume-from", tmp_path / "alone/epoch_2.ferm"], 3, "no run in this folder"),
        (["--resume", "--out", whole, "--from-epoch", 99], 3, "--keep-best"),
    ]:
        before = {path.name: path.read_bytes() for path in whole.iterdir()}
        refused = train(*words)
        assert refused.returncode == status and sentence in refused.stderr, (words, refused.stderr)
        assert refused.stderr.count("\n") == 1 and before == {path.name: path.read_bytes() for path in whole.iterdir()}


def test_without_faces_to_validate_on_nothing_is_best(data, tmp_path):
    refused = train("--data", data, "--val", "none", *quick, "--keep-best", 2, "--out", tmp_path / "run")
    assert refused.returncode == 2 and "--keep-best needs faces to validate on" in refused.stderr


def test_files_of_another_name_are_left_alone_and_an_earlier_run_goes(whole, data, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    mine = ["best_of_all.ferm", "best_0.5.ferm", "best_x_epoch_1.ferm", "epoch_.ferm", "epoch_two.ferm"]
    for name in [*mine, "best_0.50000_epoch_0003.ferm", "last.ferm"]:
        (run / name).write_bytes(b"mine")
    done = train("--data", data, *own, "--epochs", 1, "--keep-best", 3, "--out", run, "--overwrite")
    assert done.returncode == 0, done.stderr
    assert all((run / name).read_bytes() == b"mine" for name in mine)
    assert len([name for name in best(run) if name not in mine]) == 1
