"""Several processes train one network: the same bytes for any number of them, whatever stops or ends them."""
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from training import endless, faces, quick, tool, train, wait_for

shim = tool.resolve().parent / "libferm-mpi.so"
pytestmark = [
    pytest.mark.skipif(not shutil.which("mpirun"), reason="there is no mpirun (make check-mpi installs one)"),
    pytest.mark.skipif(not shim.exists(), reason="libferm-mpi.so is not built (make MPI=1)"),
]
environment = {
    **os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1", "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
    "OMPI_MCA_hwloc_base_binding_policy": "none", "OMPI_MCA_odls_base_sigkill_timeout": "3",
}
batch = ["--batch", 12, "--shards", 4]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return faces(tmp_path_factory.mktemp("mpi") / "d", count=16)


def launch(ranks, *words, **options):
    return subprocess.Popen(["mpirun", "-n", str(ranks), tool, *map(str, words)], stderr=subprocess.PIPE, text=True,
                            **{"env": environment, **options})


def together(ranks, *words, status=0, **options):
    process = launch(ranks, *words, **options)
    _, said = process.communicate(timeout=120)
    assert process.returncode == status, said
    return said


def processes(run):
    """The trainers of a run, by their place among all."""
    found = {}
    for place in Path("/proc").iterdir():
        try:
            if place.name.isdigit() and str(run).encode() in (place / "cmdline").read_bytes().split(b"\0") \
                    and (place / "exe").resolve() == tool.resolve():
                variables = dict(line.partition(b"=")[::2] for line in (place / "environ").read_bytes().split(b"\0"))
                found[int(variables[b"OMPI_COMM_WORLD_RANK"])] = int(place.name)
        except OSError:
            pass
    return found


def same(run, other, *names):
    for name in names or ("last.ferm", "best.ferm"):
        assert (run / name).read_bytes() == (other / name).read_bytes(), name


@pytest.mark.parametrize("wire", ["fp32", "bf16"])
def test_the_number_of_processes_changes_no_byte(wire, data, tmp_path):
    words = ["--data", data, "--val", "0.25", *quick, *batch, "--epochs", 2, "--dropout", "0.3", "--tta", "flip", "--wire", wire]
    assert train(*words, "--out", tmp_path / "1").returncode == 0
    for ranks in (2, 4):
        said = together(ranks, *words, "--out", tmp_path / str(ranks))
        assert said.count("epoch 2/2") == 1 and said.count("written:") == 1
        same(tmp_path / str(ranks), tmp_path / "1", "last.ferm", "best.ferm", "predictions.csv")
        rows = [[line.rpartition(",")[0] for line in (tmp_path / str(n) / "results.csv").read_text().splitlines()]
                for n in (1, ranks)]
        assert rows[0] == rows[1]


def test_a_layer_may_be_larger_than_an_exchange(data, tmp_path):
    (tmp_path / "wide.net").write_text("network wide\ninput 1 32\nflatten\nlinear lin1 4608\nrelu\nlinear lin2 classes\n")
    words = ["--data", data, "--val", "none", "--network", tmp_path / "wide.net", "--threads", 1, *batch, "--epochs", 1, "--limit", 24]
    assert train(*words, "--out", tmp_path / "1").returncode == 0
    together(2, *words, "--out", tmp_path / "2")
    same(tmp_path / "2", tmp_path / "1")


def test_a_launcher_means_four_shards(data, tmp_path):
    words = ["--data", data, "--val", "0.25", *quick, "--batch", 12, "--epochs", 1]
    together(1, *words, "--out", tmp_path / "one")
    assert train(*words, "--shards", 4, "--out", tmp_path / "said").returncode == 0
    same(tmp_path / "one", tmp_path / "said")


def test_a_run_goes_on_with_another_number_of_processes(data, tmp_path):
    words = ["--data", data, "--val", "0.25", *quick, *batch]
    assert train(*words, "--epochs", 2, "--final-epochs", 1, "--out", tmp_path / "whole").returncode == 0
    words += ["--final-epochs", 1, "--epochs"]
    run = tmp_path / "parts"
    process = launch(4, *words, 2, "--out", run)
    wait_for(run / "last.ferm", process)
    process.terminate()
    _, said = process.communicate(timeout=60)
    assert re.search("go on with|written:", said), said
    together(2, "--resume", "--out", run)
    assert train("--resume", "--out", run).returncode == 0
    same(run, tmp_path / "whole")


@pytest.mark.parametrize("rank", [0, 2])
def test_a_signal_to_one_process_stops_them_all(rank, data, tmp_path):
    run = tmp_path / "run"
    process = launch(4, "--data", data, "--out", run, *endless, *batch)
    wait_for(run / "last.ferm", process)
    os.kill(processes(run)[rank], signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0 and said.count("go on with") == 1, said


@pytest.fixture(scope="module")
def undisturbed(data, tmp_path_factory):
    run = tmp_path_factory.mktemp("undisturbed") / "run"
    words = ["--data", data, "--val", "0.25", *quick, *batch, "--epochs", 60]
    assert train(*words, "--out", run, "--quiet").returncode == 0
    return run, words


@pytest.mark.parametrize("rank", [0, 1, 3])
def test_a_lost_process_ends_all_within_ten_seconds_and_the_run_goes_on(rank, undisturbed, tmp_path):
    whole, words = undisturbed
    run = tmp_path / "run"
    process = launch(4, *words, "--out", run)
    wait_for(run / "last.ferm", process)
    members = processes(run)
    assert len(members) == 4
    started = time.monotonic()
    os.kill(members[rank], signal.SIGKILL)
    _, said = process.communicate(timeout=60)
    assert process.returncode != 0 and time.monotonic() - started < 10
    assert f"Process {rank + 1} of 4 was lost" in said, said
    assert not processes(run)
    if rank:
        assert "go on with" in said
    assert (run / "results.csv").read_text().count("\n") < 61
    together(2, "--resume", "--out", run, "--quiet")
    same(run, whole)


def test_what_goes_wrong_in_one_process_ends_all_of_them(data, tmp_path):
    other = faces(tmp_path / "other", count=15)

    def said_of(*words):
        first = [tool, "--data", data, "--out", tmp_path / "run", *quick, *batch]
        second = [tool, "--out", tmp_path / "run", *quick, *batch, *words]
        command = ["mpirun", "-n", 1, *first, ":", "-n", 1, *second]
        outcome = subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True, timeout=60)
        assert outcome.returncode == 3, outcome.stderr
        return outcome.stderr

    assert "processes 1 and 2 of 2 would not train alike: train.seed is 0 in one and 7" in said_of("--data", data, "--seed", 7)
    assert f"process 2 of 2: {other}: another process found" in said_of("--data", other)
    assert f"process 2 of 2: {tmp_path}/nothing: there is no such folder" in said_of("--data", tmp_path / "nothing")
    assert not (tmp_path / "run/args.json").exists()


@pytest.mark.parametrize("ranks, words, sentence", [
    (3, [], "start a power of two"), (4, ["--shards", 2], "cannot be shared out evenly among 4 processes"),
    (2, ["--folds", 2], "--folds trains its runs in one process"), (2, ["--epochs", "x"], "--epochs"),
])
def test_what_cannot_be_shared_is_refused_once(ranks, words, sentence, data, tmp_path):
    said = together(ranks, "--data", data, "--out", tmp_path / "run", *quick, *words, status=2)
    assert said.count(sentence) == 1, said


def test_other_work_than_training_is_that_of_one_process(data):
    assert "eval runs in one process" in together(2, "eval", "x.ferm", "--data", data, status=2)


def test_without_the_shim_a_sentence_says_how_to_build_it(data, tmp_path):
    said = together(2, "--data", data, "--out", tmp_path / "run", status=2, env={**environment, "FERM_MPI": "/nothing.so"})
    assert said.count("/nothing.so") == 1 and "make MPI=1" in said
    assert not (tmp_path / "run").exists()


def test_the_program_itself_knows_no_mpi():
    assert "mpi" not in subprocess.run(["ldd", tool], capture_output=True, text=True, check=True).stdout
