"""Small pictures in files: discs and stripes, dark and light, that a few pixels tell apart."""

import csv

import numpy as np

CLASSES = ("dark", "light", "striped")


def picture(kind, rng):
    """Draw one, (12, 12) uint8."""
    pixels = rng.integers(0, 60, (12, 12)) + {"dark": 0, "light": 180, "striped": 60}[kind]
    if kind == "striped":
        pixels[::2] += 120
    return pixels.astype(np.uint8)


def save(path, kind, rng):
    """Save one as PNG."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture(kind, rng)).save(path)


def folders(root, rows=12, *, parts=("",)):
    """Make a folder of class folders, perhaps within parts."""
    rng = np.random.default_rng(0)
    for part in parts:
        for kind in CLASSES:
            for i in range(rows):
                save(root / part / kind / f"{i}.png", kind, rng)
    return root


def table(root, rows=12):
    """Make a table of paths, labels and patients, three rows each."""
    rng = np.random.default_rng(0)
    lines = []
    for i in range(rows * len(CLASSES)):
        kind = CLASSES[i % len(CLASSES)]
        save(root / f"{i}.png", kind, rng)
        lines.append((f"{i}.png", kind, f"patient {i // 3}"))
    with (root / "table.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("path", "label", "patient"), *lines])
    return root / "table.csv"
