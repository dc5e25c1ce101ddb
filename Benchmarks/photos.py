#!/usr/bin/env python3
"""A folder of photos of 12 megapixels with hostile ones among them, through fer-infer: memory, speed, and that nothing is lost.

Usage: photos.py FOLDER COUNT [PICTURE...] [-- fer-infer's options]      (from the root of the checkout, after make build)

FOLDER gets some 40 distinct files and links to them, COUNT names in all; what is there already is used. Each photo is one of the
pictures (default: the example faces), enlarged and blurred as a background, with example faces of 40 to 900 pixels drawn into it.
Beside the time that passed stands that of the processors, which counts where other programs run at the same time.
"""
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

from PIL import Image, ImageFilter

root = Path(__file__).resolve().parents[1]
tool = root / ".build/release/fer-infer"
model = root / "models/default.ferm"
size = (4000, 3000)
#: Of 20 names, so many are hostile.
hostile_share = 2


def photo(path, number, pictures):
    """One photo, with 0 to 8 faces; of some, the kinds that break programs."""
    draw = random.Random(number)
    ground = Image.open(pictures[number % len(pictures)]).convert("RGB").resize((400, 300)).filter(ImageFilter.GaussianBlur(4))
    canvas = Image.blend(ground.resize(size, Image.BICUBIC), Image.effect_noise(size, 40).convert("RGB"), 0.1)
    face = Image.open(root / "Examples/faces/astronaut-colour.png").convert("RGB")
    for _ in range(number % 9):
        height = int(40 * (900 / 40) ** draw.random())
        part = face.resize((height * face.width // face.height, height), Image.LANCZOS)
        canvas.paste(part, (draw.randrange(size[0] - part.width), draw.randrange(size[1] - part.height)))
    exif = Image.Exif()
    exif[0x0112] = 1 + number % 8 if number % 5 == 1 else 1
    if number % 10 == 3:
        canvas = canvas.convert("CMYK")
    canvas.save(path, "JPEG", quality=85, exif=exif, progressive=number % 10 == 7)


def make(folder, count, pictures):
    """The names, with whether each is usable."""
    kinds = folder / ".kinds"
    kinds.mkdir(parents=True, exist_ok=True)
    good, bad = [kinds / f"good{i:02}.jpg" for i in range(36)], [kinds / f"bad{i}.jpg" for i in range(5)]
    for number, path in enumerate(good):
        if not path.exists():
            photo(path, number, pictures)
    whole = good[0].read_bytes()
    for path, content in zip(bad, (whole[:len(whole) // 2], b"", b"no picture", b"P6 60000 60000 255\n", whole[:300])):
        path.write_bytes(content)
    usable = {}
    for i in range(count):
        is_bad = i % 20 < hostile_share
        target = bad[i % len(bad)] if is_bad else good[i % len(good)]
        name = folder / f"{i:06}.{'png' if i % 7 == 0 else 'jpg'}"
        if not name.is_symlink():
            name.symlink_to(target.relative_to(folder))
        usable[str(name)] = not is_bad
    return usable


def main():
    words = sys.argv[1:]
    options = words[words.index("--") + 1:] if "--" in words else []
    words = words[:words.index("--")] if "--" in words else words
    if len(words) < 2:
        sys.exit(__doc__.strip())
    folder, count = Path(words[0]), int(words[1])
    pictures = words[2:] or sorted(str(path) for path in (root / "Examples/faces").glob("astronaut-*"))
    usable = make(folder, count, pictures)
    began = time.monotonic()
    child = subprocess.Popen([tool, model, *sorted(usable), "--format", "jsonl", *options], stdout=subprocess.PIPE)
    seen, faces, order = {}, 0, []
    for line in child.stdout:
        record = json.loads(line)
        assert record["ok"] == usable[record["path"]], record
        if record["path"] not in seen:
            order.append(record["path"])
        seen[record["path"]] = seen.get(record["path"], 0) + 1
        assert not record["ok"] or seen[record["path"]] <= max(record["faces"], 1), record
        faces += "label" in record
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - began
    assert os.waitstatus_to_exitcode(status) == (1 if hostile_share else 0)
    assert order == sorted(usable), "a photo is missing, or out of order"
    print(json.dumps({"name": "photos", "photos": count, "records": sum(seen.values()), "faces": faces, "seconds": round(seconds, 1),
                      "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1), "photos_per_second": round(count / seconds, 2),
                      "peak_rss_mb": usage.ru_maxrss // 1024}))


if __name__ == "__main__":
    main()
