"""Pictures with masks in files."""

from pathlib import Path

import numpy as np
from PIL import Image

from .drawn import draw


def labels(seed: int, size: tuple[int, int], classes: int = 3) -> np.ndarray:
    """Draw a mask (H, W) of blocks, all classes in it."""
    mask = np.random.default_rng(seed).integers(0, classes, size, dtype=np.uint8)
    mask.flat[:classes] = range(classes)
    return mask


def save(path: Path, mask: np.ndarray, palette: bool = False) -> Path:
    """Write a mask as PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(mask)
    if palette:
        image.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255])
    image.save(path)
    return path


def pairs(root: Path, count: int = 4, size: tuple[int, int] = (4, 4), ending: str = "") -> tuple[Path, Path]:
    """Write images/N.png and masks/N.png, and give both folders."""
    for i in range(count):
        draw(root / "images" / f"{i}.png", i, size)
        save(root / "masks" / f"{i}{ending}.png", labels(i, size))
    return root / "images", root / "masks"
