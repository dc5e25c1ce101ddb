"""fer-infer as part of something larger: pipes that close, readers that are slow, Ctrl-C, lists without end."""
import json
import os
import select
import signal
import subprocess
import time

import pytest
from tool import command, faces, infer, labels, records

names = sorted(str(path) for path in faces.iterdir() if path.suffix in (".jpg", ".png"))


def resident(process):
    """MB of memory in use."""
    with open(f"/proc/{process.pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / (1 << 20)


def start(*words, **options):
    return subprocess.Popen(command(*words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def feed(process, text):
    """Writes to its standard input from a process of its own, which ends when it cannot."""
    child = os.fork()
    if child == 0:
        try:
            process.stdout.close()
            process.stdin.write(text)
            process.stdin.close()
        except OSError:
            pass
        os._exit(0)
    process.stdin.close()
    return child


def test_memory_does_not_grow_and_order_is_kept():
    count = 12_000
    paths = [names[i * i % 4] if i % 100 else f"/nowhere/{i}" for i in range(count)]
    process = start("-", "--quiet")
    writer = feed(process, "\n".join(paths).encode())
    seen, early = [], 0
    for line in process.stdout:
        record = json.loads(line)
        seen.append(record["path"])
        assert record["ok"] == record["path"].startswith(str(faces))
        if len(seen) == 2000:
            early = resident(process)
        late = resident(process) if len(seen) == count - 500 else 0
        if late:
            assert late < early + 8, f"{early} MB after 2,000 images, {late} MB at the end"
    os.waitpid(writer, 0)
    assert process.wait() == 1 and seen == paths


def test_batch_and_threads_change_no_order_and_no_bit():
    paths = "\n".join(names[i * 7 % 4] for i in range(300)).encode()
    first = infer("-", stdin=paths).stdout
    for words in (["--threads", "1"], ["--threads", "3"]):
        assert infer("-", *words, stdin=paths).stdout == first
    assert [r["path"] for r in records("-", "--batch", "7", stdin=paths)] == paths.decode().split("\n")


def test_a_reader_that_goes_ends_it_quietly():
    process = start("-")
    writer = feed(process, "\n".join(names * 5000).encode())
    assert process.stdout.readline().startswith(b'{"v":1')
    process.stdout.close()
    assert process.wait(timeout=60) == 0 and process.stderr.read() == b""
    os.waitpid(writer, 0)


def test_a_slow_reader_holds_it_up():
    process = start("-", "--quiet")
    writer = feed(process, "\n".join(names * 5000).encode())
    select.select([process.stdout], [], [], 60)
    time.sleep(1.5)

    def processor_time():
        with open(f"/proc/{process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    before = processor_time()
    time.sleep(1)
    assert processor_time() - before <= 5, "it works on though nobody reads"
    assert len(process.stdout.read().splitlines()) == 20_000 and process.wait() == 0
    os.waitpid(writer, 0)


def test_a_slow_list_gets_its_answers_early():
    process = start("-")
    for name in names:
        process.stdin.write(name.encode() + b"\n")
        process.stdin.flush()
        assert select.select([process.stdout], [], [], 30)[0], "no answer before the list ends"
        assert json.loads(process.stdout.readline())["path"] == name
    process.stdin.close()
    assert process.wait(timeout=30) == 0


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("kind", ["jsonl", "json"])
def test_ctrl_c_finishes_the_records_in_flight(number, status, kind, tmp_path):
    process = start("-", "--format", kind, "-o", tmp_path / "out", preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    writer = feed(process, "\n".join(names * 100_000).encode())
    while sum(part.stat().st_size for part in tmp_path.glob("out.part-*")) < 1 << 16:
        time.sleep(0.02)
    process.send_signal(number)
    assert process.wait(timeout=30) == status
    os.waitpid(writer, 0)
    text = (tmp_path / "out").read_text()
    found = [json.loads(line) for line in text.splitlines()] if kind == "jsonl" else json.loads(text)
    assert 100 < len(found) < 400_000
    assert [record["path"] for record in found] == [names[i % 4] for i in range(len(found))]
    assert b"stopped" in process.stderr.read()


def test_ctrl_c_ends_a_list_that_gives_nothing():
    process = start("-")
    process.stdin.write(names[0].encode() + b"\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["ok"]
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130


def test_progress_and_time_left_on_a_terminal(tmp_path):
    for i in range(3000):
        os.link(names[0], tmp_path / f"{i}.png") if os.stat(names[0]).st_dev == os.stat(tmp_path).st_dev else (
            tmp_path / f"{i}.png").symlink_to(names[0])
    leader, follower = os.openpty()
    process = subprocess.Popen(command(tmp_path), stdout=subprocess.DEVNULL, stderr=follower)
    os.close(follower)
    told = b""
    while True:
        try:
            piece = os.read(leader, 4096)
        except OSError:
            break
        if not piece:
            break
        told += piece
    assert process.wait() == 0
    os.close(leader)
    assert b" left" in told and b"images/s" in told and b"3000 images (0 photos, 3000 crops), 3000 faces" in told


def test_a_table_on_a_terminal():
    leader, follower = os.openpty()
    process = subprocess.Popen(command(faces, "--quiet"), stdout=follower)
    os.close(follower)
    assert process.wait() == 0
    lines = os.read(leader, 65536).decode().split("\r\n")
    os.close(leader)
    assert len(lines) == 5 and all("%" in line for line in lines[:4])
