#!/usr/bin/env python3
"""Draws docs/faces.svg, the picture of the README: faces, what the network sees of each, and what it says.

Usage: faces.py [fer-infer]        (from the root of the checkout; all of it is the output of one run of fer-infer)
"""
import base64, io, json, subprocess, sys, tempfile

from PIL import Image

tool = sys.argv[1] if len(sys.argv) > 1 else ".build/release/fer-infer"
COLUMN, ROW, BAR, LABEL = 216, 17, 92, 62


def embedded(path, kind, **options):
    bytes_ = io.BytesIO()
    Image.open(path).convert("RGB" if kind == "JPEG" else "L").save(bytes_, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(bytes_.getvalue()).decode()}"


def column(record, left):
    """One face: the picture at its own size, the network's input enlarged, a bar for each class."""
    name = record["path"].split("/")[-1]
    width, height = record["width"], record["height"]
    yield f'<text x="{left}" y="24" class="name">{name}</text>'
    yield f'<text x="{left}" y="40" class="note">{width} x {height} pixels</text>'
    yield (f'<image x="{left}" y="{190 - height}" width="{width}" height="{height}" '
           f'href="{embedded(record["path"], "JPEG", quality=85)}"/>')
    yield f'<text x="{left + 128}" y="104" class="note">network input</text>'
    yield (f'<image x="{left + 128}" y="110" width="80" height="80" style="image-rendering:pixelated" '
           f'href="{embedded(record["input"], "PNG", optimize=True)}"/>')
    for row, (label, share) in enumerate(record["probs"].items()):
        y = 206 + row * ROW
        best = ' class="best"' if label == record["label"] else ""
        yield f'<text x="{left + LABEL - 6}" y="{y + 11}" text-anchor="end"{best}>{label}</text>'
        yield f'<rect x="{left + LABEL}" y="{y}" width="{max(1, BAR * share):.1f}" height="13"{best}/>'
        yield f'<text x="{left + LABEL + BAR * share + 5:.1f}" y="{y + 11}"{best}>{100 * share:.1f} %</text>'


with tempfile.TemporaryDirectory() as seen:
    command = [tool, "models/default.ferm", "Examples/faces", "--dump-input", seen, "--quiet"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    records = [json.loads(line) for line in lines]
    parts = [part for place, record in enumerate(records) for part in column(record, 16 + place * COLUMN)]

width, height = 16 + len(records) * COLUMN, 206 + 7 * ROW + 12
with open("docs/faces.svg", "w") as file:
    file.write(f"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">
<title>Four pictures of a face, the 40 x 40 grey pixels that the network sees of each, and the probability of each class</title>
<style>text {{ font: 11px sans-serif; fill: #444 }} .name {{ font-weight: bold; fill: #111 }} .note {{ fill: #777 }}
rect {{ fill: #9db4cc }} .best {{ font-weight: bold; fill: #1f5f9f }} .page {{ fill: #fff }}</style>
<rect class="page" width="{width}" height="{height}"/>
""")
    file.write("\n".join(parts) + "\n</svg>\n")
