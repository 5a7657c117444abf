r"""Masks: a label for each place of a row, (N, \*S), numbered and counted in blocks, so that they may be mapped."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from foveal.core.errors import DataError, DataTypeError, ParameterError
from foveal.core.rules import shown
from foveal.data.convert import as_array

#: The number of a place that does not count, and the most classes beside it.
IGNORED, MOST = 255, 255
#: The place of a label that is not to be looked up; as uint8 it is IGNORED.
UNKNOWN = -1
#: Values looked at in one go.
_BLOCK = 2**24


def as_masks(y: Any, name: str = "y") -> np.ndarray:
    r"""Give y as whole numbers, (N, \*S), or as shares of classes, floating-point numbers (N, \*S, K).

    Raises `DataError` for what is neither.
    """
    y = np.asanyarray(  # a mapped file stays one
        as_array(y, name, ragged="masks must have one size; patch=... takes lists of pictures and masks")
    )
    if y.ndim < 2 or y.size == 0:
        raise DataError(f"{name} must be masks, a label for each place of a row, (N, H, W), got shape {y.shape}")
    if y.dtype.kind in "buif":
        masks: np.ndarray = y
        return masks
    raise DataTypeError(f"{name} must be masks of whole numbers, got dtype {y.dtype}; number the classes 0, 1, 2 ...")


def check_shares(y: np.ndarray, name: str = "y") -> np.ndarray:
    r"""Refuse floating-point masks that are no shares of classes: (N, \*S, K) from 0 to 1, with a sum of 1, or of 0."""
    for first, block in _blocks(y):
        total = block.sum(axis=-1)
        odd = ~(((abs(total - 1) < 1e-3) | (total == 0)) & (block.min(axis=-1) >= 0))
        if odd.any():
            row = first + int(odd.reshape(len(block), -1).any(axis=1).argmax())
            raise DataError(
                f"{name} holds floating-point numbers that are no shares of classes (row {row}): along the last axis "
                f"they must add up to 1, or be all 0 where nothing is known; masks of labels are whole numbers: "
                f"{name}.astype(np.uint8)"
            )
    return np.asarray(y, np.float32)


def labels_in(y: np.ndarray, name: str = "y", ignored: int | None = None) -> np.ndarray:
    """List the labels in masks, sorted, without the ignored one, of the masks' dtype.

    >>> labels_in(np.array([[0, 7, 255]], np.uint8), ignored=255)
    array([0, 7], dtype=uint8)
    """
    found: set[Any] = set()
    for _, block in _blocks(y):
        found.update(_unique(block))
        if len(found) > MOST + 1:
            raise DataError(
                f"{name} holds more than {MOST} different labels: numbers of objects, perhaps; a class for each place "
                "is wanted, and foveal.boundary_classes makes such masks of objects"
            )
    labels = np.array(sorted(found), y.dtype)
    return labels if ignored is None else labels[labels != ignored]


def labels_told(classes: Any, y: np.ndarray, ignored: int | None = None) -> np.ndarray:
    """Give the labels that there will be, sorted, of the masks' dtype where it holds them; refuse what is no label.

    >>> labels_told([2, 0], np.zeros((1, 1), np.uint8)), labels_told([0, 300], np.zeros((1, 1), np.uint8))
    (array([0, 2], dtype=uint8), array([  0, 300]))
    """
    found = np.unique(np.asarray(list(classes)))
    if found.dtype.kind not in "bui":
        raise DataTypeError(f"classes must be labels of masks, whole numbers, got {shown(classes)}; list all there are")
    if ignored is not None and ignored in found.tolist():
        raise ParameterError(f"classes names {ignored}, which does not count by ignore={ignored}; leave it out there")
    held = found.astype(y.dtype)
    return held if np.array_equal(held, found) else found.astype(np.int64)


def _unique(block: np.ndarray) -> list[Any]:
    if block.dtype in (np.uint8, np.bool_):  # ten times as fast as sorting
        there: list[Any] = np.flatnonzero(np.bincount(block.ravel().view(np.uint8), minlength=256)).tolist()
        return there
    return list(np.unique(block).tolist())


def numbered(y: np.ndarray, labels: np.ndarray, name: str = "y", ignored: int | None = None) -> np.ndarray:
    """Give each place the number of its label, uint8, IGNORED where it does not count; masks that are that stay as is.

    >>> numbered(np.array([[7, 0, 9]]), np.array([0, 7]), ignored=9)
    array([[  1,   0, 255]], dtype=uint8)
    """
    known = labels.tolist()
    plain = y.dtype == np.uint8 and known == list(range(len(known))) and ignored in (None, IGNORED)
    for first, block in _blocks(y):
        unknown = [label for label in _unique(block) if label not in known and label != ignored]
        if unknown:
            row = first + int((block == unknown[0]).reshape(len(block), -1).any(axis=1).argmax())
            raise DataError(
                f"{name} holds the label {unknown[0]!r} (row {row}), which is not among the classes {known!r}; mend "
                "the mask, or name a label that does not count with ignore=..."
            )
    if plain:
        return y
    out = np.empty(y.shape, np.uint8)
    for first, block in _blocks(y):
        out[first : first + len(block)] = places_in(block, labels, ignored).astype(np.uint8)
    return out


def places_in(mask: np.ndarray, labels: np.ndarray, ignored: int | None = None) -> np.ndarray:
    """Give the place of each label of a mask in `labels`, which holds all of them; UNKNOWN where it is ignored.

    >>> places_in(np.array([7, 0, 9]), np.array([0, 7]), ignored=9)
    array([ 1,  0, -1])
    """
    order = np.argsort(labels, kind="stable")
    found = order[np.searchsorted(labels[order], mask).clip(max=len(labels) - 1)]
    return found if ignored is None else np.where(mask == ignored, UNKNOWN, found)


def with_unknown(y: np.ndarray, ignored: int | None) -> np.ndarray:
    """Put the least number of a signed dtype where a label does not count, `unknown_in`; shares stay as they are.

    >>> with_unknown(np.array([[1, 255]], np.uint8), 255)
    array([[     1, -32768]], dtype=int16)
    """
    if ignored is None or y.dtype.kind == "f":
        return y
    signed = np.promote_types(y.dtype, np.int16 if y.dtype.kind in "bu" else y.dtype)
    signed = signed if signed.kind == "i" else np.dtype(np.int64)  # of uint64
    return np.where(y == ignored, np.array(np.iinfo(signed).min, signed), y.astype(signed))


def largest_share(y: np.ndarray) -> np.ndarray:
    """Give the class of the largest share, the number of `unknown_in` where nothing is known; labels stay as they are.

    >>> largest_share(np.array([[0.2, 0.8], [0.0, 0.0]]))
    array([                   1, -9223372036854775808])
    """
    if y.dtype.kind != "f":
        return y
    return np.where(y.any(axis=-1), y.argmax(axis=-1), np.iinfo(np.int64).min)


def unknown_in(y: np.ndarray) -> int | None:
    """Give the label that stands in `with_unknown`'s masks for what is not known; None where none does."""
    return int(np.iinfo(y.dtype).min) if y.dtype.kind == "i" else None


def check_ignored(asked: Any, ignored: int) -> None:
    """Refuse another label than the one that does not count in pictures with masks.

    >>> check_ignored(0, 255)
    Traceback (most recent call last):
    foveal.core.errors.ParameterError: ignore=0, but pixels of X's masks that do not count, and what is beside its \
pictures, have the label 255; leave ignore out, and say open_images(ignore=0) (foveal train: --read ignore=0)
    """
    if asked is not None and asked != ignored:
        raise ParameterError(
            f"ignore={asked}, but pixels of X's masks that do not count, and what is beside its pictures, have the "
            f"label {ignored}; leave ignore out, and say open_images(ignore={asked}) (foveal train: --read "
            f"ignore={asked})"
        )


def counts_of(y: np.ndarray, n_classes: int) -> np.ndarray:
    """Count the places of each class, of numbers or shares; those that do not count are left out.

    >>> counts_of(np.array([[0, 1, 1, 255]], np.uint8), 3).tolist()
    [1.0, 2.0, 0.0]
    """
    total = np.zeros(n_classes)
    for _, block in _blocks(y):
        if block.dtype.kind == "f":
            total += block.reshape(-1, n_classes).sum(axis=0)
        else:
            total += np.bincount(block.ravel(), minlength=256)[:n_classes]
    return total


def rarest_in_rows(y: np.ndarray) -> np.ndarray:
    """Give for each row that of its classes which the fewest places of all rows are of; 255 where none is known.

    >>> rarest_in_rows(np.array([[0, 0], [0, 1]], np.uint8)).tolist()
    [0, 1]
    """
    there = np.zeros((len(y), 256), bool)
    total = np.zeros(256)
    for first, block in _blocks(y):
        numbers = block if block.dtype.kind != "f" else np.where(block.any(-1), block.argmax(-1), IGNORED)
        for row, mask in enumerate(numbers, start=first):
            counts = np.bincount(mask.ravel(), minlength=256)
            there[row], total = counts > 0, total + counts
    order = np.argsort(np.where(np.arange(256) == IGNORED, np.inf, total), kind="stable")
    return np.asarray(order[there[:, order].argmax(axis=1)])


def _blocks(y: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Give some rows at a time, and the number of the first."""
    step = max(1, _BLOCK // max(1, int(np.prod(y.shape[1:]))))
    for first in range(0, len(y), step):
        yield first, np.asarray(y[first : first + step])
