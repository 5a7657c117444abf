r"""Points of rows, (N, K, axes): pixels along the axes of the rows in their order, 0 at the first pixel's centre.

In a picture that is (row, column). NaN is a point that is not visible.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from foveal.core.errors import DataError, ShapeError
from foveal.data.convert import as_array, as_numbers


def as_points(y: Any, name: str = "y") -> np.ndarray:
    """Give y as points, (N, K, axes) of float64, each there or all NaN; raises `DataError` for what is none.

    >>> as_points([[1.0, 2.0]])
    Traceback (most recent call last):
    foveal.core.errors.DataError: y must hold points, (N, points, axes), (row, column) in a picture, got shape (1, 2); \
for one point a row pass y[:, None]
    """
    ragged = "give every row the same points, NaN for those that are not visible"
    y = as_numbers(np.asarray(as_array(y, name, ragged=ragged)), name)
    if y.ndim != 3 or y.size == 0:
        way = f"; for one point a row pass {name}[:, None]" if y.ndim == 2 else ""
        raise DataError(
            f"{name} must hold points, (N, points, axes), (row, column) in a picture, got shape {y.shape}{way}"
        )
    points: np.ndarray = np.array(y, np.float64, order="C")  # torch takes no stride below 0
    missing = np.isnan(points)
    _refuse(np.isinf(points).any(axis=2), name, "is infinite; NaN says that a point is not visible")
    _refuse(missing.any(axis=2) & ~missing.all(axis=2), name, "has a place along one axis only; make all of it NaN")
    return points


def some_visible(y: np.ndarray, name: str = "y") -> np.ndarray:
    """Refuse points of which none is visible in any row."""
    if np.isnan(y).all():
        raise DataError(f"{name} is NaN throughout: no point is visible in any row, so there is nothing to learn from")
    return y


def check_inside(y: np.ndarray, sizes: Sequence[int], name: str = "y") -> None:
    """Refuse points that have another number of axes than the rows, or lie outside of them.

    >>> check_inside(np.array([[[2.0, 7.6]]]), (8, 8))
    Traceback (most recent call last):
    foveal.core.errors.DataError: y: point 0 of row 0, (2.0, 7.6), lies outside of a row of (8, 8) pixels, whose \
centres are at 0 ... 7; points are (row, column) in pixels, and NaN where they are not visible
    """
    if y.shape[2] != len(sizes):
        raise ShapeError(
            f"{name} must have a place along each axis of X's rows, {tuple(sizes)}, got points of {y.shape[2]} axes"
        )
    beyond = np.asarray(((y < -0.5) | (y > np.array(sizes) - 0.5)).any(axis=2))
    last = " and ".join(f"0 ... {size - 1}" for size in dict.fromkeys(sizes))
    _refuse(
        beyond, name, f"lies outside of a row of {tuple(sizes)} pixels, whose centres are at {last}; points are "
        "(row, column) in pixels, and NaN where they are not visible", y,
    )  # fmt: skip


def _refuse(wrong: np.ndarray, name: str, why: str, y: np.ndarray | None = None) -> None:
    if wrong.any():
        row, point = np.argwhere(wrong)[0].tolist()
        at = "" if y is None else f" {tuple(y[row, point].tolist())},"
        raise DataError(f"{name}: point {point} of row {row}{',' * bool(at)}{at} {why}")


def in_middle(y: np.ndarray, stored: Sequence[int], sizes: Sequence[int]) -> np.ndarray:
    """Give the points of stored rows as they lie in the middle of those, NaN what lies outside; that of `middle_of`.

    >>> in_middle(np.array([[[3.0], [0.0]]]), (8,), (4,)).tolist()
    [[[1.0], [nan]]]
    """
    starts = [(n - size) // 2 for n, size in zip(stored, sizes, strict=True)]
    moved = y - np.array(starts)
    out = ((moved < -0.5) | (moved > np.array(sizes) - 0.5)).any(axis=2)
    return np.where(out[..., None], np.nan, moved)


def inside(points: Tensor, sizes: Sequence[int]) -> Tensor:
    """Give points with NaN for those that lie outside of rows of some sizes.

    >>> inside(torch.tensor([[[3.4], [3.6]]]), (4,))
    tensor([[[3.4000],
             [   nan]]])
    """
    there = [(p >= -0.5) & (p <= size - 0.5) for p, size in zip(points.unbind(-1), sizes, strict=True)]
    return torch.where(torch.stack(there, -1).all(-1, keepdim=True), points, torch.nan)
