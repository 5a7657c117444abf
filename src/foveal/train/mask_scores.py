"""How well masks of classes agree: counts of pixels, IoU, Dice, accuracy.

All of it comes from one confusion matrix of pixels, which can be added up over any number of images.
A class that is neither in the truth nor predicted has no score: NaN, which means leave out.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import DataError, ShapeError

Array = NDArray[Any]
Floats = NDArray[np.float64]

#: Pixels that are counted at once.
BLOCK = 2**22


def confusion(predicted: Any, truth: Any, classes: int, ignore: int | None = None) -> NDArray[np.int64]:
    r"""Count the pixels of each class of the truth, a row, that were predicted as each class, a column.

    Shape: (\*S), or (N, \*S), of class numbers 0 ... `classes` - 1, both the same -> (classes, classes). Pixels whose
    truth is `ignore` do not count. What has a shape and slices, such as a memory map, is read in blocks along the first
    axis.

    Raises `ShapeError` for different shapes, and `DataError` for a number that is no class.

    >>> confusion(np.array([[0, 1], [1, 1]]), np.array([[0, 0], [1, 255]]), 2, ignore=255)
    array([[1, 1],
           [0, 1]])
    """
    check_same_shape(predicted, truth)
    counts = np.zeros(classes * classes, np.int64)
    for found, real in _blocks(predicted, truth):
        if ignore is not None:
            counted = real != ignore
            found, real = found[counted], real[counted]
        check_classes("predicted", found, classes)
        check_classes("truth", real, classes)
        pairs = real.astype(np.int64) * classes + found.astype(np.int64)
        counts += np.bincount(pairs, minlength=classes * classes)
    return counts.reshape(classes, classes)


def iou(counts: Array) -> Floats:
    """Give each class's intersection over union, TP / (TP + FP + FN), (classes,).

    Source: Jaccard 1901. Per data set, not the mean of images: the counts of all of them go in.

    >>> iou(np.array([[1, 1], [0, 1]])).tolist()
    [0.5, 0.5]
    """
    agreed, wrong = _agreed(counts)
    return _quotient(agreed, agreed + wrong)


def dice(counts: Array) -> Floats:
    """Give each class's Dice coefficient, 2 TP / (2 TP + FP + FN), which is its F1 over pixels, (classes,).

    Source: Dice 1945.

    >>> dice(np.array([[3, 1], [0, 0]])).round(3).tolist()
    [0.857, 0.0]
    """
    agreed, wrong = _agreed(counts)
    return _quotient(2 * agreed, 2 * agreed + wrong)


def pixel_accuracy(counts: Array) -> float:
    """Give the share of pixels whose class was found; NaN if there are none.

    >>> pixel_accuracy(np.array([[3, 1], [0, 0]]))
    0.75
    """
    return float(_quotient(np.trace(counts), np.sum(counts)))


def mean_score(scores: Any) -> float:
    """Give the mean over the classes that have a score; NaN if none has.

    >>> mean_score([0.5, np.nan, 1.0])
    0.75
    """
    there = np.asarray(scores, np.float64)
    there = there[~np.isnan(there)]
    return float(there.mean()) if there.size else float("nan")


def mean_iou(counts: Array) -> float:
    """Give the mean IoU over the classes that are in the truth or predicted.

    >>> mean_iou(np.array([[1, 1, 0], [0, 1, 0], [0, 0, 0]]))
    0.5
    """
    return mean_score(iou(counts))


def mean_dice(counts: Array) -> float:
    """Give the mean Dice coefficient over the classes that are in the truth or predicted.

    >>> round(mean_dice(np.array([[3, 1], [0, 0]])), 3)
    0.429
    """
    return mean_score(dice(counts))


def _agreed(counts: Array) -> tuple[Array, Array]:
    """Give each class's TP, and its FP + FN."""
    agreed = np.diagonal(counts)
    return agreed, counts.sum(0) + counts.sum(1) - 2 * agreed


def _quotient(part: Any, whole: Any) -> Floats:
    """Divide, where there is something to divide by; NaN elsewhere."""
    nan = np.full(np.shape(whole), np.nan)
    return np.asarray(np.divide(part, whole, out=nan, where=np.asarray(whole) > 0))


def _blocks(predicted: Any, truth: Any) -> Iterator[tuple[Array, Array]]:
    step = max(1, BLOCK // max(1, int(np.prod(truth.shape[1:]))))
    for start in range(0, truth.shape[0], step):
        found, real = (np.asarray(m[start : start + step]).reshape(-1) for m in (predicted, truth))
        for place in range(0, len(real), BLOCK):
            yield found[place : place + BLOCK], real[place : place + BLOCK]


def check_same_shape(predicted: Any, truth: Any) -> None:
    """Refuse masks of different shapes."""
    if tuple(predicted.shape) != tuple(truth.shape):
        raise ShapeError(
            f"masks must have the same shape, got {tuple(predicted.shape)} predicted and {tuple(truth.shape)} of the "
            "truth; predict the same images"
        )


def check_classes(name: str, mask: Array, classes: int) -> None:
    """Refuse a mask of numbers that are no classes, 0 ... `classes` - 1."""
    if mask.dtype.kind not in "iub":
        raise DataError(f"{name} must hold class numbers, got {mask.dtype}; round them, or use argmax over the classes")
    if mask.size and not 0 <= mask.min() <= mask.max() < classes:
        wrong = mask[(mask < 0) | (mask >= classes)][0]
        raise DataError(
            f"{name} must hold class numbers of 0 to {classes - 1}, got {wrong}; if it marks pixels without a class, "
            f"pass ignore={wrong}"
        )
