"""Slices as one stack: in the order in which they lie along their normal, with a matrix, or refused with the reason."""

from collections.abc import Sequence
from math import acos, degrees
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.data.images.records import BadPicture
from foveal.data.volumes.dicom.places import Places
from foveal.data.volumes.stored import check_affine

Array = NDArray[Any]

#: Directions differ less than this; positions by less than a share of the distance, and so many millimetres.
_COSINE, _SHARE, _ROUNDING = 1e-3, 0.01, 0.02
#: A tilt of more degrees is told.
_TILT = 0.5
#: DICOM's x and y grow to the left and to the back.
_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


class Stack(NamedTuple):
    """The order of slices from the first to the last along the normal, and the matrix of (column, row, slice)."""

    order: tuple[int, ...]
    affine: Array
    said: tuple[str, ...]


def stacked(orientations: Array, positions: Array, distances: tuple[float, ...] | None, depth: float | None) -> Stack:
    """Sort slices by n = p . (r x c), their places along the normal, and find the matrix (PS3.3, C.7.6.2.1.1).

    orientations : (N, 6), the directions r of a row and c of a column. positions : (N, 3), millimetres, LPS+.
    distances : between rows, between columns. depth : from slice to slice, for one slice only; of several it follows
    from their places.

    A tilted gantry makes the step from slice to slice lean: the matrix has that lean, and it is told from half a degree
    on. Refused with the reason: slices in several directions, two at one place, unequal steps, slices on no line.

    >>> r = np.tile([1.0, 0, 0, 0, 1, 0], (3, 1))
    >>> stack = stacked(r, np.array([[0, 0, 4.0], [0, 0, 0], [0, 0, 2]]), (0.5, 0.5), None)
    >>> stack.order, stack.affine.diagonal().tolist()
    ((1, 2, 0), [-0.5, -0.5, 2.0, 1.0])
    """
    row, column = orientations[0, :3], orientations[0, 3:]
    if np.abs(orientations - orientations[0]).max() > _COSINE:
        raise BadPicture("has slices in several directions; take them apart (a scout is a series of its own)")
    lengths = np.linalg.norm(row), np.linalg.norm(column)
    if abs(lengths[0] - 1) > 0.01 or abs(lengths[1] - 1) > 0.01 or abs(row @ column) > 0.01:
        raise BadPicture("has directions of rows and columns that are not at right angles")
    normal = np.cross(row, column)
    heights = positions @ normal
    order = np.argsort(heights, kind="stable")
    heights, positions = heights[order], positions[order]
    said: list[str] = []
    if len(order) > 1:
        step = (positions[-1] - positions[0]) / (len(order) - 1)
        _check_steps(heights, positions, step)
        lean = degrees(acos(min(1.0, float(step @ normal / np.linalg.norm(step)))))
        if lean > _TILT:
            said.append(f"its slices lean by {lean:.1f} degrees (a tilted gantry): the matrix keeps that")
    else:
        said += [] if depth else ["says nothing of a slice's thickness: 1 mm is taken"]
        step = normal * (depth or 1.0)
    if distances is None:
        said.append("says nothing of the distance of pixels: 1 mm is taken")
    down, across = distances or (1.0, 1.0)
    affine = np.eye(4)
    affine[:3] = np.column_stack([row * across, column * down, step, positions[0]])
    return Stack(tuple(order.tolist()), check_affine(_TO_RAS @ affine), tuple(said))


def _check_steps(heights: Array, positions: Array, step: Array) -> None:
    gaps = np.diff(heights)
    usual = float(np.median(gaps))
    close = _SHARE * usual + _ROUNDING
    if gaps.min() <= 1e-4:
        same = int((gaps <= 1e-4).sum())
        raise BadPicture(
            f"has {same:,} slices at the place of another (times, echoes or a copy); keep one volume in it"
        )
    if (np.abs(gaps - usual) > close).any():
        raise BadPicture(
            f"has slices at unequal steps, {gaps.min():.3g} to {gaps.max():.3g} mm: some lack, or two volumes are mixed"
        )
    line = positions[0] + np.arange(len(positions))[:, None] * step
    if np.linalg.norm(positions - line, axis=1).max() > close + 0.5 * _SHARE * usual * len(positions):
        raise BadPicture("has slices that lie on no straight line; take them apart")


def stack_of(places: Sequence[Places]) -> Stack | None:
    """Stack frames by what their files say of their places; None where it is not enough."""
    if any(p.orientation is None or p.positions is None for p in places):
        return None
    orientations = np.array([o for p in places for o in p.orientation or ()], float)
    positions = np.array([at for p in places for at in p.positions or ()], float)
    if len(orientations) != len(positions) or not np.isfinite(orientations).all():
        return None
    if any(p.distances != places[0].distances for p in places):
        raise BadPicture("has slices whose pixels are not equally far apart; take them apart")
    return stacked(orientations, positions, places[0].distances, places[0].depth)
