"""Labelled faces drawn into larger pictures, and pictures without a face, for faces_in_photos.py. Needs numpy and Pillow."""
import math
import random
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

#: The share of a face's side over which it goes over into the background.
BLEND = 0.15
ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}


def pictures(folder):
    return sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in ENDINGS)


def labelled(folder, count, seed):
    """Faces of a folder with a folder for each class: pairs of a path and the class's name, drawn by lot; 0 for all."""
    paths = pictures(folder)
    random.Random(seed).shuffle(paths)
    return [(path, path.relative_to(folder).parts[0].lower()) for path in paths[: count or None]]


class Drawn:
    """A face in a picture: `image`, and where the face's frame lies, by its middle and its side."""

    def __init__(self, face, side, canvas, tilt, background, lots):
        """face: a square grey image; side: of its frame in the picture; tilt: degrees; background: None to repeat the face's edges."""
        width, height = canvas
        room = side * (0.5 + abs(math.sin(math.radians(tilt))) / 4)
        self.x, self.y = lots.uniform(room, width - room), lots.uniform(room, height - room)
        self.side = side
        rows, columns = np.mgrid[0:height, 0:width] + 0.5
        turn = math.radians(tilt)
        u = (math.cos(turn) * (columns - self.x) + math.sin(turn) * (rows - self.y)) / side + 0.5
        v = (-math.sin(turn) * (columns - self.x) + math.cos(turn) * (rows - self.y)) / side + 0.5
        drawn = self._sampled(np.asarray(face, np.float64), u, v)
        if background is not None:
            ground = np.asarray(background.convert("L").resize(canvas), np.float64)
            beyond = np.maximum(np.abs(u - 0.5), np.abs(v - 0.5)) - 0.5
            share = np.clip(1 - beyond / BLEND, 0, 1)
            drawn = share * drawn + (1 - share) * ground
        self.image = np.repeat(drawn.round().clip(0, 255).astype(np.uint8)[:, :, None], 3, axis=2)

    @staticmethod
    def _sampled(face, u, v):
        """The face at places of its frame (0 to 1), bilinearly, its edges repeated."""
        x, y = ((np.clip(place * n - 0.5, 0, n - 1)) for place, n in ((u, face.shape[1]), (v, face.shape[0])))
        left, top = np.minimum(x.astype(int), face.shape[1] - 2), np.minimum(y.astype(int), face.shape[0] - 2)
        x, y = x - left, y - top
        upper = (1 - x) * face[top, left] + x * face[top, left + 1]
        lower = (1 - x) * face[top + 1, left] + x * face[top + 1, left + 1]
        return (1 - y) * upper + y * lower

    def is_found_by(self, found):
        """Whether a box is about this face: its middle within 0.3 of the side, its side 0.4 to 1.6 times as long."""
        x, y, width, height = found["box"]
        off = max(abs(x + width / 2 - self.x), abs(y + height / 2 - self.y))
        return off < 0.3 * self.side and 0.4 * self.side < (width + height) / 2 < 1.6 * self.side


def made_pictures(count, seed=1):
    """Pictures without a face that need no file: pairs of a name and an image. Walls, gradients, noise and pages of text in turn."""
    for number in range(count):
        lots = np.random.default_rng(seed + number)
        width, height = (int(side) for side in lots.integers(200, 700, 2))
        kind = ("wall", "gradient", "noise", "page")[number % 4]
        yield f"{kind}-{number}", Image.fromarray(getattr(_Made, kind)(lots, width, height))


class _Made:
    @staticmethod
    def wall(lots, width, height):
        return np.clip(lots.uniform(60, 230, 3) + lots.normal(0, lots.uniform(0.5, 6), (height, width, 1)), 0, 255).astype(np.uint8)

    @staticmethod
    def gradient(lots, width, height):
        ends = lots.uniform(0, 255, (4, 3))
        x, y = np.linspace(0, 1, width)[None, :, None], np.linspace(0, 1, height)[:, None, None]
        return ((1 - y) * ((1 - x) * ends[0] + x * ends[1]) + y * ((1 - x) * ends[2] + x * ends[3])).astype(np.uint8)

    @staticmethod
    def noise(lots, width, height):
        grain = int(lots.integers(1, 24))
        coarse = lots.integers(0, 256, (height // grain + 1, width // grain + 1, 3), dtype=np.uint8)
        return np.asarray(Image.fromarray(coarse).resize((width, height), Image.BILINEAR if grain % 2 == 0 else Image.NEAREST))

    @staticmethod
    def page(lots, width, height):
        page = Image.new("RGB", (width, height), (250, 250, 246))
        pen = ImageDraw.Draw(page)
        for y in range(20, height - 20, 14):
            words = " ".join("".join(lots.choice(list("abcdeimnorstu0123456789"), lots.integers(2, 9))) for _ in range(width // 60))
            pen.text((20, y), words, fill=(20, 20, 30))
        pen.rectangle((20, height // 2, width - 20, height // 2 + 60), outline=(0, 0, 0))
        return np.asarray(page)
