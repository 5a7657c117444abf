"""Small pictures with masks in files: bright and dark squares on grey, whose colours tell their classes."""

import csv

import numpy as np

COLOURS = {"ground": (0, 0, 0), "light": (255, 255, 0), "dark": (0, 0, 255)}


def scene(seed, size=(16, 16)):
    """Draw a picture (H, W, 3) and its mask (H, W)."""
    rng = np.random.default_rng(seed)
    pixels, mask = rng.normal(128, 10, (*size, 3)), np.zeros(size, np.uint8)
    for label, value in ((1, 240), (2, 20)):
        top, left = (rng.integers(0, n - 6) for n in size)
        pixels[top : top + 6, left : left + 6] = value
        mask[top : top + 6, left : left + 6] = label
    return pixels.clip(0, 255).astype(np.uint8), mask


def folders(root, rows=8, *, parts=("train", "test"), size=(16, 16), coloured=True):
    """Write images/PART/N.png, masks/PART/N.png and table.csv of the colours, and give root."""
    from PIL import Image

    table = np.array(list(COLOURS.values()), np.uint8)
    for number, part in enumerate(parts):
        for i in range(rows):
            picture, mask = scene(100 * number + i, size)
            for folder, content in (("images", picture), ("masks", table[mask] if coloured else mask)):
                path = root / folder / part / f"{i}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(content).save(path)
    with (root / "table.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("name", "r", "g", "b"), *((name, *rgb) for name, rgb in COLOURS.items())])
    return root
