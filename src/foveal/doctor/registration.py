r"""How much of one picture another one does not explain, once it is shifted and stretched a little along both axes.

Two copies of a picture differ by what re-encoding, resizing and cropping leave. A crop moves what is seen: a point at u
of -1 to 1 along an axis moves by t + s u pixels. t and s of both axes are found by Gauss and Newton's method, from 0
in `STEPS` steps, on grey pictures: with the picture w as it is moved so far, its gradients g_x and g_y and another
picture b, least squares solve

    b - w = t_x g_x + s_x u g_x + t_y g_y + s_y v g_y

What is told then, of all channels, within a margin, is

    share = sum (b - w)^2 / sum (b - mean b)^2    and    worst = the mean of (b - w)^2 over the worst of 49 squares,
                                                                 over the variance of b

The smaller of both directions counts: of a picture and its crop, only the picture has all that the crop shows. The
linear step alone is the tangent distance of Simard, LeCun and Denker 1993 ("Efficient pattern recognition using a new
transformation distance", NIPS 5).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

STEPS, MARGIN, SQUARES = 3, 2, 7
#: The most that a point at an edge may move, as a share of half a side: crops of up to a tenth off each side.
FARTHEST = 0.2
#: A picture's variance counts as so much at least, 10 grey levels squared: of a clear sky JPEG leaves a large share.
LEAST_VARIANCE = 100.0
_KERNEL = (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16)


class Unexplained(NamedTuple):
    """For each pair the share of variance that is left, and that in the worst square."""

    share: Array
    worst: Array


def unexplained(first: Array, second: Array) -> Unexplained:
    """Compare pictures pair by pair: (P, S, S, C) of 0 to 255 each.

    >>> x = np.random.default_rng(0).uniform(0, 255, (1, 8, 8, 1)).repeat(4, 1).repeat(4, 2)
    >>> same, moved = unexplained(x, x), unexplained(x, np.roll(x, 1, axis=2))
    >>> bool(same.share[0] < 1e-6), bool(moved.share[0] < 0.02)
    (True, True)
    """
    a, b = blurred(first), blurred(second)
    one, other = _moved(a, b), _moved(b, a)
    return Unexplained(*(np.minimum(x, y) for x, y in zip(one, other, strict=True)))


def blurred(pictures: Array) -> Array:
    """Blur pictures (P, S, S, C) by the binomial weights 1, 4, 6, 4, 1 along both axes; edges are repeated."""
    found = pictures.astype(np.float32)
    for axis in (1, 2):
        width = [(2, 2) if a == axis else (0, 0) for a in range(4)]
        padded, size = np.pad(found, width, mode="edge"), found.shape[axis]
        found = sum(
            (np.float32(w) * padded.take(range(k, k + size), axis) for k, w in enumerate(_KERNEL)),
            np.zeros_like(found),
        )
    return found


def tangents(pictures: Array) -> Array:
    """Give how grey pictures (P, S, S) change as they are shifted and stretched along each axis: (P, 4, S, S)."""
    along = _along(pictures.shape[1])
    rows, columns = np.gradient(pictures, axis=(1, 2))
    return np.stack([columns, columns * along, rows, rows * along[:, None]], axis=1)


def _moved(a: Array, b: Array) -> Unexplained:
    """Move a onto b and say what is left of b."""
    pairs, size = a.shape[:2]
    inner, seen = slice(MARGIN, size - MARGIN), (size - 2 * MARGIN) ** 2
    grey, target = a.mean(axis=3), b.mean(axis=3)
    moves = np.zeros((pairs, 4), np.float32)
    for _ in range(STEPS):
        now = _sampled(grey[..., None], moves)[..., 0]
        basis = tangents(now)[:, :, inner, inner].reshape(pairs, 4, seen)
        left = (target - now)[:, inner, inner].reshape(pairs, seen, 1)
        squares = basis @ basis.transpose(0, 2, 1) + 1e-2 * np.eye(4, dtype=np.float32)
        moves += np.linalg.solve(squares, basis @ left)[..., 0]
        moves = np.clip(moves, -FARTHEST * size / 2, FARTHEST * size / 2)
    error = (b - _sampled(a, moves))[:, inner, inner] ** 2
    variance = np.maximum(b[:, inner, inner].var(axis=(1, 2, 3)), LEAST_VARIANCE)
    return Unexplained(error.mean(axis=(1, 2, 3)) / variance, _worst(error.mean(axis=3)) / variance)


def _worst(error: Array) -> Array:
    """Give the largest mean over squares, of pictures (P, S, S)."""
    side = error.shape[1] // SQUARES
    cut = error[:, : side * SQUARES, : side * SQUARES].reshape(len(error), SQUARES, side, SQUARES, side)
    found: Array = cut.mean(axis=(2, 4)).reshape(len(error), SQUARES**2).max(axis=1)
    return found


def _along(size: int) -> Array:
    found: Array = ((np.arange(size) - (size - 1) / 2) / (size / 2)).astype(np.float32)
    return found


def _sampled(pictures: Array, moves: Array) -> Array:
    """Give pictures (P, S, S, C) at the places that moves (P, 4) lead to; between pixels linearly."""
    size = pictures.shape[1]
    places, along = np.arange(size, dtype=np.float32), _along(size)
    for axis, (shift, stretch) in ((2, (0, 1)), (1, (2, 3))):
        at = np.clip(places + moves[:, shift, None] + moves[:, stretch, None] * along, 0, size - 1)
        before = np.minimum(at.astype(np.intp), size - 2)
        shape = (len(at), 1, size, 1) if axis == 2 else (len(at), size, 1, 1)
        part, low = (at - before).astype(np.float32).reshape(shape), before.reshape(shape)
        pictures = (
            np.take_along_axis(pictures, low, axis) * (1 - part) + np.take_along_axis(pictures, low + 1, axis) * part
        )
    return pictures
