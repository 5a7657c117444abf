"""Small pictures, and folders of them."""

from pathlib import Path

import numpy as np
from PIL import Image

from foveal.data.images.reading.rule import make_rule
from foveal.data.images.records import Place

#: Pictures of 4x4 pixels in colour.
RULE = make_rule(4)
SHAPE, DTYPE = (4, 4, 3), np.dtype(np.uint8)


def pixels(seed: int, size: tuple[int, int] = (4, 4)) -> np.ndarray:
    """Draw a picture (H, W, 3) at random."""
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


def draw(path: Path, seed: int = 0, size: tuple[int, int] = (4, 4)) -> Path:
    """Write a picture to a file, without loss where the file is a PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels(seed, size)).save(path)
    return path


def drawn(folder: Path, count: int) -> tuple[Place, ...]:
    """Write pictures 0.png, 1.png ... and give their places."""
    return tuple(Place(str(draw(folder / f"{i}.png", i)), f"{i}.png") for i in range(count))


def classes(folder: Path, each: int = 4, names: tuple[str, ...] = ("cat", "dog")) -> Path:
    """Write a folder of pictures for each class."""
    for number, name in enumerate(names):
        for i in range(each):
            draw(folder / name / f"{i}.png", 100 * number + i)
    return folder


def spoil(path: Path) -> Path:
    """Damage the pixels of a PNG, so that its header and its end are good, and only decoding finds it."""
    content = bytearray(path.read_bytes())
    start = content.index(b"IDAT") + 4
    content[start : start + 12] = bytes(12)
    path.write_bytes(content)
    return path
