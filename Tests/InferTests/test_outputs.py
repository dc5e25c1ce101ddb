"""Where fer-infer writes: never over an input, never half, never what a spreadsheet runs."""
import csv
import json
import os
import resource
import signal
import subprocess
import time

import pytest
from tool import command, error_code, faces, infer, labels, model, program, records

face = (faces / "astronaut-grey.jpg").read_bytes()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkdir("d")
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (tmp_path / "d" / name).write_bytes(face)
    return tmp_path


def snapshot(folder):
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()}


@pytest.mark.parametrize("name", ["d/a.jpg", "./d/../d/a.jpg", "hard", "link"])
@pytest.mark.parametrize("words, stdin", [
    (["d/a.jpg"], None), (["d"], None), (["-"], b"d/a.jpg\n"), (["--boxes", "b.csv"], None)])
def test_an_output_that_is_a_picture_is_refused_before_anything_is_written(name, words, stdin, folder):
    os.link("d/a.jpg", "hard")
    os.symlink("d/a.jpg", "link")
    (folder / "b.csv").write_text("d/a.jpg,1,1,40,40\n")
    before = snapshot(folder)
    outcome = infer(*words, "-o", name, "--format", "csv", stdin=stdin, status=2)
    assert snapshot(folder) == before and outcome.stderr.count(b"\n") == 1 and outcome.stdout == b""


@pytest.mark.parametrize("name", ["m.ferm", "hard.csv", "link.csv", "b.csv", "list.jsonl"])
def test_an_output_that_is_the_model_the_boxes_or_the_list_is_refused(name, folder):
    (folder / "m.ferm").write_bytes(model.read_bytes())
    os.link("m.ferm", "hard.csv")
    os.symlink("m.ferm", "link.csv")
    (folder / "b.csv").write_text("d/a.jpg,1,1,40,40\n")
    (folder / "list.jsonl").write_text("d/a.jpg\n")
    before = snapshot(folder)
    words = ["-"] if name == "list.jsonl" else ["--boxes", "b.csv"]
    with open("list.jsonl") as stdin:
        outcome = subprocess.run([program, "m.ferm", *words, "-o", name, "--format", "csv"], stdin=stdin, capture_output=True)
    assert outcome.returncode == 2 and snapshot(folder) == before and outcome.stderr.count(b"\n") == 1


def test_the_output_may_lie_in_the_folder_that_is_read(folder):
    for _ in range(2):
        told = infer("d", "-o", "d/out.csv").stderr
        assert b"passed over" not in told and b"3 images" in told
    assert sorted(os.listdir("d")) == ["a.jpg", "b.jpg", "c.jpg", "out.csv"]


@pytest.mark.parametrize("words, stdin", [(["empty"], None), (["-"], b""), (["-"], b"x" * 100_000)], ids=["folder", "list", "no list"])
def test_a_run_with_nothing_to_do_leaves_the_earlier_results(words, stdin, folder):
    os.mkdir("empty")
    infer("d", "-o", "out.csv")
    before = snapshot(folder)
    assert b"earlier results" in infer(*words, "-o", "out.csv", stdin=stdin, status=3).stderr
    assert snapshot(folder) == before
    infer(*words, "-o", "new.csv", stdin=stdin, status=3)
    assert snapshot(folder) == before


def test_a_run_that_breaks_off_keeps_both_the_earlier_results_and_its_own(folder):
    infer("d", "-o", "out.csv")
    before = (folder / "out.csv").read_bytes()
    broken = b"d/a.jpg\n" + b"x" * 100_000
    assert b"out.csv.partial" in infer("-", "-o", "out.csv", stdin=broken, status=3).stderr
    assert (folder / "out.csv").read_bytes() == before
    assert (folder / "out.csv.partial").read_text().count("true") == 1
    infer("-", "-o", "new.csv", stdin=broken, status=3)
    assert (folder / "new.csv").read_text().count("true") == 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_leaves_the_earlier_results(number, folder):
    infer("d", "-o", "out.csv")
    before = (folder / "out.csv").read_bytes()

    def heard():
        for each in (signal.SIGINT, signal.SIGHUP):
            signal.signal(each, signal.SIG_DFL)

    process = subprocess.Popen(command("-", "-o", "out.csv", "--quiet"), stdin=subprocess.PIPE, preexec_fn=heard)
    process.stdin.write(b"d/a.jpg\n" * 5000)
    process.stdin.flush()
    while sum(part.stat().st_size for part in folder.glob("out.csv.part-*")) < 1 << 16:
        time.sleep(0.02)
    process.send_signal(number)
    assert process.wait(timeout=60) == (-9 if number == signal.SIGKILL else 128 + number)
    assert (folder / "out.csv").read_bytes() == before
    assert (folder / "out.csv.partial").exists() == (number != signal.SIGKILL)
    infer("d", "-o", "out.csv")
    assert not list(folder.glob("out.csv.part-*")), "what a killed run left is cleared"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGTERM])
def test_a_signal_that_was_ignored_stays_ignored(number, folder):
    process = subprocess.Popen(
        command("-"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(number, signal.SIG_IGN))
    process.stdin.write(b"d/a.jpg\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["ok"]
    process.send_signal(number)
    time.sleep(0.2)
    process.stdin.write(b"d/b.jpg\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["ok"]
    process.stdin.close()
    assert process.wait(timeout=30) == 0


def test_a_limit_on_file_sizes_and_a_full_disk_are_one_sentence(folder):
    infer("d", "-o", "out.csv")
    before = snapshot(folder)
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    told = infer("-", "-o", "out.csv", "--quiet", stdin=b"d/a.jpg\n" * 500, status=3, preexec_fn=limit).stderr
    assert b"File too large" in told and told.count(b"\n") == 1
    assert snapshot(folder) == before


def test_devices_and_pipes_are_written_as_they_are(folder):
    assert infer("d", "-o", "/dev/stdout", "--format", "csv").stdout.count(b"\n") == 4
    infer("d", "-o", "/dev/null", stdin=b"")
    with open("/dev/null") as null:
        assert subprocess.run(command("d", "-o", "/dev/null"), stdin=null, capture_output=True).returncode == 0
    shell = subprocess.run(["sh", "-c", '"$0" "$1" - --quiet -o /dev/stdout < list | head -n 1', program, model],
                           input=None, capture_output=True) if (folder / "list").write_text("d/a.jpg\n" * 2000) else None
    assert shell.stdout.count(b"\n") == 1 and shell.stderr == b""


def test_closed_streams_get_nothing_of_what_is_written(folder):
    whole = subprocess.run(["sh", "-c", '"$0" "$1" d -o out.csv 2>&-', program, model])
    assert whole.returncode == 0 and (folder / "out.csv").read_text().count("\n") == 4
    for redirection, says in (("- 0<&-", b"standard input"), ("d >&-", b"standard output")):
        outcome = subprocess.run(["sh", "-c", f'"$0" "$1" {redirection}', program, model], capture_output=True)
        assert outcome.returncode == 3 and says in outcome.stderr


def test_an_output_whose_name_is_not_text(folder):
    infer("d", b"-o", b"out\xff.csv")
    assert b"out\xff.csv" in os.listdir(b".")


def test_dumped_inputs_replace_links_and_no_inputs(folder):
    os.mkdir("seen")
    (folder / "kept.png").write_bytes(b"kept")
    os.symlink("../kept.png", "seen/00000001.png")
    infer("d", "--dump-input", "seen")
    assert (folder / "kept.png").read_bytes() == b"kept" and not os.path.islink("seen/00000001.png")
    for words in (["d", "--dump-input", "d"], ["seen/00000001.png", "--dump-input", "./seen"]):
        before = snapshot(folder)
        assert b"--dump-input" in infer(*words, status=2).stderr and snapshot(folder) == before
    # In a folder below the inputs they are no inputs.
    for _ in range(2):
        assert infer("d", "--dump-input", "d/seen").stdout.count(b"\n") == 3


def rows(*words, **options):
    return list(csv.reader(infer("--format", "csv", *words, **options).stdout.decode().splitlines()))


def test_paths_in_csv_differ_and_run_nothing_in_a_spreadsheet(folder):
    names = [b"=1+1.jpg", b"@SUM(1).jpg", b"+1.jpg", b"-1.jpg", b"\xff.jpg", b"\xfe.jpg", rb"\xff.jpg", b"a\\b.jpg",
             b"semi;=colon.jpg", "\uff1d1.jpg".encode()]
    for name in names:
        with open(name, "wb") as file:
            file.write(face)
    seen = [row[0] for row in rows("--", *names)][1:]
    assert seen == ["./=1+1.jpg", "./@SUM(1).jpg", "./+1.jpg", "./-1.jpg", r"\xff.jpg", r"\xfe.jpg", r"\\xff.jpg", "a\\b.jpg",
                    "semi;=colon.jpg", "./\uff1d1.jpg"]
    assert len(set(seen)) == len(names)
    assert b'"semi;=colon.jpg"' in infer("semi;=colon.jpg", "--format", "csv").stdout


def test_nothing_that_could_be_read_has_no_speed(folder):
    told = infer("/nowhere", "/nowhere/else", status=1).stderr.decode()
    assert told == "fer-infer: 2 images, none could be used: 2 failed (2 missing)\n"


def test_no_message_has_what_a_terminal_obeys(folder):
    evil = "e\x1b[31m\u202e.x"
    for words in ([evil + ".jpg"], ["--boxes", evil], ["d", "-o", evil], ["d", "-o", f"/nowhere/{evil}.csv"],
                  ["d", "--dump-input", f"/nowhere/{evil}"], ["d", "--format", evil], [f"--{evil}"]):
        outcome = subprocess.run(command(*words, "--format", "table")[:2] + words, capture_output=True)
        assert outcome.returncode in (1, 2, 3)
        assert "\x1b" not in outcome.stderr.decode() and "\u202e" not in outcome.stderr.decode(), words
    outcome = subprocess.run([program, evil, "d"], capture_output=True)
    assert outcome.returncode == 3 and "\x1b" not in outcome.stderr.decode() and "\u202e" not in outcome.stderr.decode()
    os.rename("d/a.jpg", evil + ".jpg")
    table = infer(evil + ".jpg", "--format", "table").stdout.decode()
    assert "\x1b" not in table and "\u202e" not in table and "\\u{202e}" in table


@pytest.mark.skipif(os.getuid() != 0, reason="only root may change its root folder")
def test_it_runs_where_proc_is_not_there(folder):
    tree = folder / "root"
    libraries = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    for word in libraries.split():
        if word.startswith("/"):
            (tree / word[1:]).parent.mkdir(parents=True, exist_ok=True)
            (tree / word[1:]).write_bytes(open(word, "rb").read())
            (tree / word[1:]).chmod(0o755)
    for source, name in ((program, "fer-infer"), (model, "m.ferm"), (faces / "astronaut-grey.jpg", "a.jpg")):
        (tree / name).write_bytes(open(source, "rb").read())
    (tree / "fer-infer").chmod(0o755)
    environment = {"LD_LIBRARY_PATH": ":".join(sorted({os.path.dirname(w) for w in libraries.split() if w.startswith("/")}))}
    outcome = subprocess.run(["/fer-infer", "/m.ferm", "/a.jpg"], capture_output=True, env=environment,
                             preexec_fn=lambda: (os.chroot(tree), os.chdir("/")))
    assert outcome.returncode == 0, outcome.stderr
    assert json.loads(outcome.stdout)["path"] == "/a.jpg"
