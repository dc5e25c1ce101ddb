#!/usr/bin/env python3
"""A video of portraits that move through fer-infer --frames: frames a second, where the time goes, memory, and whether faces keep their numbers.

Usage: video.py clip FILE.y4m [SECONDS] [WIDTH HEIGHT]   three portraits; two cross, one goes after 3/10 of the time and comes back
       video.py run FILE.y4m [fer-infer's options]       its summary, the processor time of a frame, memory, and the numbers of faces
       video.py hour [SECONDS] [fer-infer's options]     so many seconds of 25 small frames through a pipe; memory as it goes

From the root of the checkout, after make build. Beside the time that passed stands that of the processors, which counts where other programs
run at the same time.
"""
import csv
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy
from PIL import Image, ImageOps

root = Path(__file__).resolve().parents[1]
tool = root / ".build/release/fer-infer"
model = root / "models/default.ferm"
rate = 25


def planes(picture):
    """Y, U and V of 4:2:0, as bytes."""
    y, u, v = (numpy.asarray(plane) for plane in picture.convert("YCbCr").split())
    luma = (16 + y * (219 / 255)).round().astype(numpy.uint8)
    rest = [(128 + (plane[::2, ::2] - 128.0) * (224 / 255)).round().astype(numpy.uint8) for plane in (u, v)]
    return b"".join(plane.tobytes() for plane in (luma, *rest))


def scene(moment, seconds, width, height, portraits):
    """The picture at a time: one portrait goes right and back above, one the other way below, the third leaves for a while."""
    picture = Image.new("RGB", (width, height), (106, 112, 120))
    share = moment / seconds
    swing = math.sin(2 * math.pi * 3 * share)
    reach = width / 2 - portraits[0].width
    away = max(0.0, 1 - abs(share - 0.45) / 0.15) if 0.3 < share < 0.6 else 0.0
    places = [
        (width / 2 - portraits[0].width / 2 + reach * swing, 0.02 * height),
        (width / 2 - portraits[1].width / 2 - reach * swing, 0.36 * height),
        (0.4 * width + 1.5 * width * away, 0.68 * height),
    ]
    for portrait, (x, y) in zip(portraits, places):
        picture.paste(portrait, (round(x), round(y)))
    return picture


def clip(file, seconds, width, height):
    face = Image.open(root / "Examples/faces/astronaut-colour.png").convert("RGB")
    side = height * 3 // 10
    one = face.resize((side * face.width // face.height, side), Image.LANCZOS)
    portraits = [one, Image.blend(ImageOps.mirror(one), Image.new("RGB", one.size, (170, 170, 170)), 0.2), ImageOps.grayscale(one).convert("RGB")]
    file.write(f"YUV4MPEG2 W{width} H{height} F{rate}:1 Ip A1:1 C420jpeg\n".encode())
    for number in range(seconds * rate):
        file.write(b"FRAME\n" + planes(scene(number / rate, seconds, width, height, portraits)))


def memory(process):
    """MB that a process holds."""
    with open(f"/proc/{process.pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / (1 << 20)


def measure(path, options):
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        process = subprocess.Popen([tool, model, "--frames", path, "-o", f"{folder}/out.csv", *options])
        _, ended, usage = os.wait4(process.pid, 0)
        passed = time.monotonic() - started
        if os.waitstatus_to_exitcode(ended) != 0:
            sys.exit("fer-infer failed")
        rows = list(csv.DictReader(open(f"{folder}/out.csv")))
    looks = len({row["frame"] for row in rows})
    processor = usage.ru_utime + usage.ru_stime
    print(f"{looks} frames: {looks / passed:.1f} frames/s, {1000 * processor / looks:.0f} ms of processor time a frame; {usage.ru_maxrss / 1024:.0f} MB at most")
    assert all(float(row["time"]) == round(int(row["frame"]) / rate, 6) for row in rows)
    faces = {}
    for row in rows:
        if row["face_id"]:
            faces.setdefault(int(row["face_id"]), []).append(row)
    for number, seen in sorted(faces.items()):
        first, last = (f"{float(row['time']):.2f} s at ({float(row['x']):.0f}, {float(row['y']):.0f})" for row in (seen[0], seen[-1]))
        print(f"face {number}: {len(seen)} frames, from {first} to {last}")


def hour(seconds, options):
    face = Image.open(root / "Examples/faces/astronaut-colour.png").convert("RGB").resize((60, 70), Image.LANCZOS)
    frames = []
    for number in range(100):
        picture = Image.new("RGB", (160, 120), (106, 112, 120))
        picture.paste(face, (20 + abs(number - 50), 20))
        frames.append(b"FRAME\n" + planes(picture))
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen([tool, model, "--frames", "-", "-o", f"{folder}/out.csv", "--strip", f"{folder}/out.svg", *options], stdin=subprocess.PIPE)
        process.stdin.write(f"YUV4MPEG2 W160 H120 F{rate}:1 Ip A1:1 C420jpeg\n".encode())
        for number in range(seconds * rate):
            if number % (seconds * rate // 10) == 1000:
                print(f"after {number} frames: {memory(process):.1f} MB", flush=True)
            process.stdin.write(frames[number % len(frames)])
        process.stdin.close()
        if process.wait() != 0:
            sys.exit("fer-infer failed")
        print(f"{os.path.getsize(f'{folder}/out.svg') >> 10} KB of strip")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["clip", path, *rest]:
            numbers = [int(word) for word in rest]
            with open(path, "wb") as output:
                clip(output, numbers[0] if numbers else 60, *(numbers[1:] or (1280, 720)))
        case ["run", path, *rest]: measure(path, rest)
        case ["hour", *rest]:
            given = rest and rest[0].isdigit()
            hour(int(rest[0]) if given else 3600, rest[1:] if given else rest)
        case _: sys.exit(__doc__)
