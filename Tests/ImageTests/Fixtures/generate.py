#!/usr/bin/env python3
"""Makes the images of this folder and, beside each, `.raw`: the pixels that FermImage must give.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install Pillow numpy && /tmp/venv/bin/python generate.py

Run with Pillow 13.0.0 (libjpeg-turbo 3.2.0). PNG files are written by the few lines below, because Pillow writes
neither Adam7 nor most bit depths; Pillow then reads them back as a second opinion where it can.
"""
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

HERE = Path(__file__).parent
W, H = 21, 13  # no multiple of 8 or 16, and all seven passes of Adam7 have pixels

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def rows(samples, depth):
    """Packs [h, w, c] samples to filter-0 scan lines."""
    out = b""
    for line in samples.reshape(samples.shape[0], -1):
        if depth == 16:
            out += b"\0" + line.astype(">u2").tobytes()
        elif depth == 8:
            out += b"\0" + line.astype(np.uint8).tobytes()
        else:
            bits = "".join(format(int(v), f"0{depth}b") for v in line)
            bits += "0" * (-len(bits) % 8)
            out += b"\0" + bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
    return out


def png(name, samples, depth, kind, extra=b"", interlaced=False, expected=None):
    h, w = samples.shape[:2]
    if interlaced:
        data = b"".join(rows(samples[y::dy, x::dx], depth) for x, y, dx, dy in ADAM7)
    else:
        data = rows(samples, depth)
    header = struct.pack(">IIBBBBB", w, h, depth, kind, 0, 0, int(interlaced))
    file = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra
    file += chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b"")
    (HERE / f"{name}.png").write_bytes(file)
    expected = np.asarray(expected)
    assert expected.dtype == np.uint8
    (HERE / f"{name}.raw").write_bytes(expected.tobytes())
    return Image.open(HERE / f"{name}.png")


def over_white(colour, alpha):
    c, a = colour.astype(np.int64), alpha.astype(np.int64)
    return (255 - ((255 - c) * a * 2 + 255) // 510).astype(np.uint8)


def to8(samples16):
    return ((samples16.astype(np.int64) * 255 + 32767) // 65535).astype(np.uint8)


rng = np.random.default_rng(1)
y, x = np.mgrid[0:H, 0:W]
grey = (x * 9 + y * 5).astype(np.uint8)[..., None]
rgb = np.stack([x * 12, y * 19, 255 - x * 6 - y * 5], -1).astype(np.uint8)
alpha = ((x + y) * 8 % 256).astype(np.uint8)[..., None]
alpha[0, 0], alpha[0, 1] = 0, 255
noise16 = rng.integers(0, 65536, (H, W, 3)).astype(np.uint16)


def same(image, mode, expected):
    assert np.array_equal(np.asarray(image.convert(mode)), np.asarray(expected).squeeze())


for depth in (1, 2, 4):
    small = ((x + y) % (1 << depth)).astype(np.uint8)[..., None]
    full = (small.astype(int) * 255 // ((1 << depth) - 1)).astype(np.uint8)
    same(png(f"grey{depth}", small, depth, GREY, expected=full), "L", full)
same(png("grey8", grey, 8, GREY, expected=grey), "L", grey)
png("grey16", noise16[..., :1], 16, GREY, expected=to8(noise16[..., :1]))
same(png("rgb8", rgb, 8, RGB, expected=rgb), "RGB", rgb)
png("rgb16", noise16, 16, RGB, expected=to8(noise16))
same(png("rgb8-interlaced", rgb, 8, RGB, interlaced=True, expected=rgb), "RGB", rgb)
small = ((x * 3 + y) % 4).astype(np.uint8)[..., None]
full = (small.astype(int) * 85).astype(np.uint8)
same(png("grey2-interlaced", small, 2, GREY, interlaced=True, expected=full), "L", full)

colours = np.array([[255, 0, 0], [0, 200, 0], [10, 20, 250], [128, 128, 128]], np.uint8)
index = ((x // 3 + y) % 4).astype(np.uint8)[..., None]
plte = chunk(b"PLTE", colours.tobytes())
same(png("palette2", index, 2, PALETTE, plte, expected=colours[index[..., 0]]), "RGB", colours[index[..., 0]])
png("palette8", index, 8, PALETTE, plte, expected=colours[index[..., 0]])
clear = np.array([0, 128, 255, 255], np.uint8)
flat = over_white(colours[index[..., 0]], clear[index[..., 0]][..., None])
png("palette-alpha", index, 8, PALETTE, plte + chunk(b"tRNS", clear[:2].tobytes()), expected=flat)

png("rgba8", np.concatenate([rgb, alpha], -1), 8, RGBA, expected=over_white(rgb, alpha))
png("rgba8-interlaced", np.concatenate([rgb, alpha], -1), 8, RGBA, interlaced=True, expected=over_white(rgb, alpha))
png("grey-alpha8", np.concatenate([grey, alpha], -1), 8, GREY_ALPHA, expected=over_white(grey, alpha))
rgba16 = np.concatenate([noise16, rng.integers(0, 65536, (H, W, 1)).astype(np.uint16)], -1)
png("rgba16", rgba16, 16, RGBA, expected=over_white(to8(rgba16[..., :3]), to8(rgba16[..., 3:])))
key = np.where((rgb == rgb[2, 3]).all(-1, keepdims=True), np.uint8(255), rgb)
png("rgb-key", rgb, 8, RGB, chunk(b"tRNS", rgb[2, 3].astype(">u2").tobytes()), expected=key)

# A header that announces 3.6 gigapixels, and next to no data.
header = struct.pack(">IIBBBBB", 60000, 60000, 8, RGB, 0, 0, 0)
bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")
(HERE / "bomb.png").write_bytes(bomb)


def jpeg(name, image, expected="RGB", **options):
    path = HERE / f"{name}.jpg"
    image.save(path, quality=85, **options)
    (HERE / f"{name}.raw").write_bytes(np.asarray(Image.open(path).convert(expected)).tobytes())


scene = Image.fromarray(rgb)
ImageDraw.Draw(scene).ellipse((4, 2, 14, 11), fill=(240, 200, 60), outline=(0, 0, 0))
jpeg("baseline", scene)
jpeg("baseline-444", scene, subsampling=0)
jpeg("progressive", scene, progressive=True)
jpeg("restart", scene, restart_marker_blocks=1)
jpeg("grey", scene.convert("L"), "L")
jpeg("grey-progressive", scene.convert("L"), "L", progressive=True)
jpeg("rgb-stored", scene, keep_rgb=True)
jpeg("cmyk", scene.convert("CMYK"))

# The same inks without the Adobe marker, so not inverted: white paper minus ink, the complement in every sample.
data = (HERE / "cmyk.jpg").read_bytes()
at = data.index(b"\xff\xee")
(HERE / "cmyk-plain.jpg").write_bytes(data[:at] + data[at + 2 + struct.unpack(">H", data[at + 2 : at + 4])[0] :])
stored = 255 - np.asarray(Image.open(HERE / "cmyk.jpg")).astype(np.int64)  # Pillow has already inverted
plain = ((255 - stored[..., :3]) * (255 - stored[..., 3:]) * 2 + 255) // 510
(HERE / "cmyk-plain.raw").write_bytes(plain.astype(np.uint8).tobytes())

# Four components that are YCC and K: the Adobe marker's transform byte says so.
ycck = bytearray(data)
ycck[at + 15] = 2
(HERE / "ycck.jpg").write_bytes(ycck)
(HERE / "ycck.raw").write_bytes(np.asarray(Image.open(HERE / "ycck.jpg").convert("RGB")).tobytes())
