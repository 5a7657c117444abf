"""One class for each mask, the rarest in it, by which rows can be drawn so that rare classes are seen."""

from typing import Any

import numpy as np

from foveal.core.errors import DataError
from foveal.data.source import Array


def rarest_classes(masks: Any, classes: int, ignore: int | None = 255) -> Array:
    r"""Give for each mask the rarest of the classes in it, (N,): rare by the pixels that all masks have of it.

    Drawn evenly by these, as `balanced_rows` does, tiles with a rare class come as often as those with common ones
    alone. A mask of pixels to `ignore` alone counts as of the most common class.

    Shape: masks (N, \*S) of class numbers 0 ... `classes` - 1; whatever has a length and gives one mask at a time.

    Raises `DataError` for a number that is no class, with the mask's.

    >>> rarest_classes(np.array([[0, 0], [0, 1], [0, 0], [255, 255]]), 2).tolist()
    [0, 1, 0, 0]
    """
    found = np.stack([_counts(masks[row], row, classes, ignore) for row in range(len(masks))])
    totals = found.sum(0)
    rarity = np.where(found > 0, totals, np.iinfo(np.int64).max)
    return np.asarray(np.where(found.any(1), rarity.argmin(1), totals.argmax()))


def _counts(mask: Any, row: int, classes: int, ignore: int | None) -> Array:
    """Count the pixels of each class."""
    numbers = np.asarray(mask).reshape(-1)
    numbers = numbers if ignore is None else numbers[numbers != ignore]
    if numbers.size and not 0 <= numbers.min() <= numbers.max() < classes:
        wrong = numbers[(numbers < 0) | (numbers >= classes)][0]
        raise DataError(
            f"masks[{row}] must hold class numbers of 0 to {classes - 1}, or {ignore} for pixels to ignore, got "
            f"{wrong}; mend the mask, or the number of classes"
        )
    return np.bincount(numbers.astype(np.int64), minlength=classes)
