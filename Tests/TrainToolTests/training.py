"""Small runs of fer-train for the tests beside."""
import random
import subprocess
import time
from pathlib import Path

from PIL import Image

root = Path(__file__).resolve().parents[2]
tool = root / ".build/release/fer-train"
# Runs that take a moment, and runs that go on until they are stopped.
quick = "--width 0.0625 --sizes 32 --batch 4 --warmup 0 --calm-epochs 0 --threads 1".split()
endless = [*quick, "--epochs", "100000"]


def faces(folder, classes=("happy", "sad", "neutral"), count=8, side=48, seed=0):
    """Class folders of noise, lighter from class to class."""
    numbers = random.Random(seed)
    for place, name in enumerate(classes):
        (folder / name).mkdir(parents=True)
        for i in range(count):
            pixels = bytes(numbers.randrange(100) + 50 * place for _ in range(side * side))
            Image.frombytes("L", (side, side), pixels).save(folder / name / f"{i}.png")
    return folder


def train(*words, **options):
    return subprocess.run([tool, *map(str, words)], capture_output=True, text=True, timeout=300, **options)


def start(*words, before=(), **options):
    options = {"stderr": subprocess.PIPE, "text": True, **options}
    return subprocess.Popen([*before, tool, *map(str, words)], **options)


def wait_for(path, process=None, seconds=120):
    end = time.monotonic() + seconds
    while not (path.exists() and path.stat().st_size > 0):
        assert process is None or process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < end, f"{path} does not come"
        time.sleep(0.02)


def epochs(run):
    return [int(line.split(",")[0]) for line in (run / "results.csv").read_text().splitlines()[1:]]
