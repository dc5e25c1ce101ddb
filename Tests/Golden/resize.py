"""Writes resize.json: small images and what Pillow makes of them (grey, then bilinear resize to 12 x 12).

Usage: python3 resize.py > resize.json   (needs Pillow and numpy)
"""
import json
import numpy as np
from PIL import Image

random = np.random.default_rng(0)
cases = []
for width, height, channels in [(12, 12, 3), (30, 25, 1), (5, 7, 1), (24, 24, 3), (13, 12, 1), (47, 3, 3), (1, 1, 1)]:
    shape = (height, width, 3) if channels == 3 else (height, width)
    pixels = random.integers(0, 256, shape, dtype=np.uint8)
    image = Image.fromarray(pixels).convert("L").resize((12, 12), Image.BILINEAR)
    cases.append({"width": width, "height": height, "channels": channels, "pixels": pixels.reshape(-1).tolist(),
                  "expected": np.asarray(image).reshape(-1).tolist()})
print(json.dumps(cases))
