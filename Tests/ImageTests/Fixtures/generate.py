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


def webp(name, image, **options):
    path = HERE / f"{name}.webp"
    image.save(path, **options)
    decoded = Image.open(path)
    pixels = np.asarray(decoded.convert("RGBA"))
    (HERE / f"{name}.raw").write_bytes(over_white(pixels[..., :3], pixels[..., 3:]).tobytes())


clear = Image.fromarray(np.concatenate([np.asarray(scene), alpha], -1))
webp("lossy", scene, quality=80)
webp("lossless", scene, lossless=True)
webp("lossy-alpha", clear, quality=80, exact=True)
webp("lossless-alpha", clear, lossless=True, exact=True)
scene.save(HERE / "animation.webp", save_all=True, append_images=[scene.transpose(Image.Transpose.FLIP_TOP_BOTTOM)], lossless=True)


# EXIF: a stored picture that has to be turned to be the one that every file of the set shows.
turns = {
    1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270,
}
for orientation, turn in turns.items():
    stored = scene if turn is None else scene.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(HERE / f"turned{orientation}.png", exif=exif)
    stored.save(HERE / f"turned{orientation}.webp", lossless=True, exif=exif)
    stored.save(HERE / f"turned{orientation}.jpg", quality=95, subsampling=0, exif=exif)
(HERE / "turned.raw").write_bytes(np.asarray(scene).tobytes())

# A photo that is worth decoding at a part of its size.
big = scene.resize((W * 16, H * 16), Image.Resampling.BICUBIC)
exif = Image.Exif()
exif[0x0112] = 6
big.transpose(Image.Transpose.ROTATE_90).save(HERE / "photo.jpg", quality=70, exif=exif)
Image.open(HERE / "photo.jpg").transpose(Image.Transpose.ROTATE_270).save(HERE / "photo.png")


def bmp(name, rows, depth, expected, compression=0, palette=b"", masks=b"", size=40, top_down=False, used=0):
    expected = np.asarray(expected, np.uint8)
    h = -H if top_down else H
    if size == 12:
        info = struct.pack("<IHHHH", 12, W, H, 1, depth)
    else:
        info = struct.pack("<IiiHHIIiiII", 40, W, h, 1, depth, compression, len(rows), 2835, 2835, used, 0)
        info = struct.pack("<I", size) + info[4:]
        if size > 40:
            info += masks + b"\0" * (size - 40 - len(masks))
            masks = b""
    start = 14 + len(info) + len(masks) + len(palette)
    file = b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start) + info + masks + palette + rows
    (HERE / f"{name}.bmp").write_bytes(file)
    (HERE / f"{name}.raw").write_bytes(expected.tobytes())


def bmp_rows(samples, depth, top_down=False):
    out = b""
    for line in samples if top_down else samples[::-1]:
        if depth < 8:
            bits = "".join(format(int(v), f"0{depth}b") for v in line.ravel())
            bits += "0" * (-len(bits) % 8)
            data = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
        else:
            data = line.tobytes()
        out += data + b"\0" * (-len(data) % 4)
    return out


def to_n(samples, bits):
    return (samples.astype(int) * ((1 << bits) - 1) + 127) // 255


def from_n(samples, bits):
    top = (1 << bits) - 1
    return ((samples * 255 + top // 2) // top).astype(np.uint8)


bgr = rgb[..., ::-1]
table = b"".join(bytes([b, g, r, 0]) for r, g, b in colours)
index = index[..., 0]
two = (index % 2).astype(np.uint8)
bmp("bmp1", bmp_rows(two, 1), 1, colours[two], palette=table[:8])
bmp("bmp4", bmp_rows(index, 4), 4, colours[index], palette=table, used=4)
bmp("bmp8", bmp_rows(index, 8), 8, colours[index], palette=table, used=4)
bmp("bmp8-grey", bmp_rows(grey[..., 0], 8), 8, grey, palette=b"".join(bytes([v, v, v, 0]) for v in range(256)))
bmp("bmp8-core", bmp_rows(index, 8), 8, colours[index], size=12, palette=b"".join(bytes([b, g, r]) for r, g, b in colours) + b"\0" * 756)
bmp("bmp24", bmp_rows(bgr, 8), 24, rgb)
bmp("bmp24-top-down", bmp_rows(bgr, 8, True), 24, rgb, top_down=True)
five = to_n(rgb, 5)
word = (five[..., 0] << 10 | five[..., 1] << 5 | five[..., 2]).astype("<u2")
bmp("bmp16", bmp_rows(word, 16), 16, from_n(five, 5))
six = to_n(rgb[..., 1], 6)
word = (five[..., 0] << 11 | six << 5 | five[..., 2]).astype("<u2")
expected = from_n(five, 5)
expected[..., 1] = from_n(six, 6)
bmp("bmp16-masks", bmp_rows(word, 16), 16, expected, compression=3, masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F))
bmp("bmp32", bmp_rows(np.concatenate([bgr, alpha], -1), 8), 32, rgb)  # the fourth byte means nothing
rgba_masks = struct.pack("<IIII", 0xFF, 0xFF00, 0xFF0000, 0xFF000000)
bmp("bmp32-alpha", bmp_rows(np.concatenate([rgb, alpha], -1), 8), 32, over_white(rgb, alpha), compression=3, masks=rgba_masks, size=124)


def runs8(samples):
    out = b""
    for line in samples[::-1]:
        x = 0
        while x < W:
            n = next((i for i in range(x, W) if line[i] != line[x]), W) - x
            if n >= 2 or W - x < 3:
                out += bytes([n, line[x]])
                x += n
            else:  # an absolute stretch of three
                out += bytes([0, 3, *line[x : x + 3], 0])
                x += 3
        out += b"\0\0"
    return out + b"\0\1"


def runs4(samples):
    out = b""
    for line in samples[::-1]:
        for x in range(0, W - 1, 2):
            out += bytes([2, line[x] << 4 | line[x + 1]])
        out += bytes([1, line[W - 1] << 4]) + b"\0\0"
    return out + b"\0\1"


mixed = index.copy()
mixed[:, 5:11] = 2
mixed[:, 12:15] = [0, 1, 3]
bmp("bmp8-runs", runs8(mixed), 8, colours[mixed], compression=1, palette=table, used=4)
bmp("bmp4-runs", runs4(mixed), 4, colours[mixed], compression=2, palette=table, used=4)
gaps = np.zeros_like(index)
gaps[H - 1, 0:4] = 3
gaps[H - 4, 6:8] = 1
bmp("bmp8-gaps", bytes([4, 3, 0, 2, 2, 3, 2, 1, 0, 1]), 8, colours[gaps], compression=1, palette=table, used=4)
for name in ("bmp1", "bmp4", "bmp8", "bmp8-grey", "bmp8-core", "bmp24", "bmp24-top-down", "bmp16", "bmp16-masks", "bmp32", "bmp8-runs", "bmp4-runs"):
    theirs = Image.open(HERE / f"{name}.bmp")
    mode = "L" if name == "bmp8-grey" else "RGB"
    ours = np.frombuffer((HERE / f"{name}.raw").read_bytes(), np.uint8).astype(int)
    # Pillow widens five bits with integer division, and we to the nearest.
    assert abs(np.asarray(theirs.convert(mode)).ravel().astype(int) - ours).max() <= (1 if "16" in name else 0), name


def pnm(name, data, expected):
    (HERE / name).write_bytes(data)
    (HERE / name).with_suffix(".raw").write_bytes(np.asarray(expected, np.uint8).tobytes())


size = f"{W} {H}\n".encode()
black = two[..., None]
pnm("text1.pbm", b"P1\n# a comment\n" + size + b"\n".join(b"".join(b"%d" % v for v in line.ravel()) for line in black), 255 - 255 * black)
pnm("text2.pgm", b"P2 # here too\n" + size + b"9\n" + b" ".join(b"%d" % v for v in to_n(grey, 3).ravel()), (to_n(grey, 3) * 255 + 4) // 9)
pnm("text3.ppm", b"P3\n" + size + b"255\n" + b"\n".join(b"%d" % v for v in rgb.ravel()) + b"\n", rgb)
pnm("packed4.pbm", b"P4\n" + size + b"".join(np.packbits(line.ravel()).tobytes() for line in black), 255 - 255 * black)
pnm("binary5.pgm", b"P5\n" + size + b"255\n" + grey.tobytes(), grey)
pnm("deep5.pgm", b"P5\n" + size + b"65535\n" + noise16[..., :1].astype(">u2").tobytes(), to8(noise16[..., :1]))
pnm("binary6.ppm", b"P6\n" + size + b"255\n" + rgb.tobytes(), rgb)
pnm("seven6.ppm", b"P6\n" + size + b"7\n" + to_n(rgb, 3).astype(np.uint8).tobytes(), from_n(to_n(rgb, 3), 3))
