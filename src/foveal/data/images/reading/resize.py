"""The one resize operator: antialiased bilinear, in exact arithmetic, so that every machine gives the same bits.

As `torch.nn.functional.interpolate(mode="bilinear", antialias=True, align_corners=False)` defines it: along each axis,
from n to m pixels, a new pixel i is the weighted mean of the old pixels k under a triangle around its centre, which
reaches s = max(n / m, 1) to both sides:

    w(i, k) = max(0, 1 - |k + 1/2 - (i + 1/2) n / m| / s),  divided by their sum over k

The sums of the first, the first two, ... weights are rounded to 2^-16 (for pixels of 16 bits 2^-18, of float32 2^-28),
halves up; their differences are the weights, whose sum is exactly 1. With these

    y(i, j) = round( sum over k, l of w(i, k) w(j, l) x(k, l) ),  halves to even

No order of the sums and no machine changes it: for 8 bits the first axis needs the 24 bits that float32 has, both axes
40 of float64's 53, for 16 bits 52. torch computes the same in float32, whose last bits depend on the processor: where a
picture is halved, 1 pixel in 50,000 differs between its own AVX2 and its plain code. Ours differs from torch's by at
most one level, in up to 1 value of 500 of 8 bits. Pixels of float32 are summed in float64, whose last bits may
differ, and are not rounded to levels.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

#: A weight of 1 has that many bits more.
BITS = {"uint8": 16, "uint16": 18, "float32": 28}
#: Values that are made floating-point numbers at once.
_STRIP = 1 << 20
#: A table of more old pixels than this is not kept: it would cost memory, and is cheap beside decoding such a picture.
_KEPT = 2048


class _Axis(NamedTuple):
    """An axis of `old` pixels, brought to `new`, of which those from `start` to `stop` are wanted."""

    old: int
    new: int
    start: int
    stop: int
    bits: int


def resize(picture: Array, size: tuple[int, int], how: str = "squash", fill: Any = 0) -> Array:
    """Bring a picture to a size: (H, W, C) -> (*size, C), of its own dtype.

    - "squash": both axes to the size, proportions change.
    - "pad": the whole picture with its proportions, in the middle of `fill`. One side fits, the other is
      max(1, side * new / old), halves rounded up; of an odd rest the larger half lies below and to the right.
    - "crop": the picture with its proportions, the middle of it. One side fits, the other, rounded as above, is at
      least the size's; of an odd rest the larger half is cut off below and to the right.

    >>> resize(np.array([[[0], [200]]], np.uint8), (2, 4), "pad", [9])[..., 0]
    array([[  0,  50, 150, 200],
           [  0,  50, 150, 200]], dtype=uint8)
    """
    height, width, channels = picture.shape
    bits = BITS[picture.dtype.name]
    fit, top, left = (size, 0, 0) if how == "squash" else fitted(height, width, size, how)
    rows = _Axis(height, fit[0], max(0, -top), min(fit[0], size[0] - top), bits)
    columns = _Axis(width, fit[1], max(0, -left), min(fit[1], size[1] - left), bits)
    scaled = _scaled(picture, rows, columns)
    if scaled.shape[:2] == size:
        return scaled
    out = np.empty((*size, channels), picture.dtype)
    out[:] = np.asarray(fill, picture.dtype)
    out[top : top + len(scaled), left : left + scaled.shape[1]] = scaled
    return out


def fitted(height: int, width: int, size: tuple[int, int], how: str) -> tuple[tuple[int, int], int, int]:
    """Give the size that keeps the proportions, and where its corner lies in `size`: at or before 0 for "crop".

    >>> fitted(375, 500, (128, 128), "pad"), fitted(375, 500, (128, 128), "crop")
    (((96, 128), 16, 0), ((128, 171), 0, -21))
    """
    wide = width * size[0] >= height * size[1]  # the picture is, beside the size
    if wide == (how == "pad"):
        fit = (_rounded(height * size[1], width), size[1])
    else:
        fit = (size[0], _rounded(width * size[0], height))
    shift = [(new - old) // 2 if new >= old else -((old - new) // 2) for new, old in zip(size, fit, strict=True)]
    return fit, shift[0], shift[1]


def _rounded(a: int, b: int) -> int:
    return max(1, (2 * a + b) // (2 * b))


def _scaled(picture: Array, rows: _Axis, columns: _Axis) -> Array:
    height, width, channels = picture.shape
    if rows.old == rows.new:
        picture, height = picture[rows.start : rows.stop], rows.stop - rows.start
    if columns.old == columns.new:
        picture, width = picture[:, columns.start : columns.stop], columns.stop - columns.start
    if rows.old == rows.new and columns.old == columns.new:
        return np.ascontiguousarray(picture)
    exact = "float32" if picture.dtype == np.uint8 else "float64"
    values = picture.reshape(height, width * channels)
    if rows.old != rows.new:
        values = _first_axis(values, rows, exact)  # (H', W C)
    if columns.old == columns.new:
        values = values.astype(np.float64)
    else:
        upright = values.T.astype(np.float64, order="C")  # (W C, H'), as SciPy multiplies without a copy of its own
        values = (_table(columns, channels, "float64") @ upright).T  # (H', W' C)
    values *= 0.5 ** (rows.bits * (rows.old != rows.new) + columns.bits * (columns.old != columns.new))
    if picture.dtype != np.float32:
        np.rint(values, out=values)
    return values.astype(picture.dtype).reshape(len(values), -1, channels)


def _first_axis(lines: Array, axis: _Axis, dtype: str) -> Array:
    """Multiply the weights with the lines: (H, L) -> (H', L), times 2^bits; a large picture in strips."""
    table, wide = _table(axis, 1, dtype), max(1, _STRIP // len(lines))
    strips = [lines[:, at : at + wide] for at in range(0, lines.shape[1], wide)]
    parts = [np.asarray(table @ strip.astype(dtype, order="C")) for strip in strips]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def _table(axis: _Axis, channels: int, dtype: str) -> Any:
    return _made(axis, channels, dtype) if axis.old <= _KEPT else _made.__wrapped__(axis, channels, dtype)


@lru_cache(maxsize=256)
def _made(axis: _Axis, channels: int, dtype: str) -> Any:
    """Make the weights of an axis as a sparse matrix (new, old), whose channels lie beside each other."""
    from scipy.sparse import csr_array

    firsts, weights = axis_weights(*axis)
    new, reach = weights.shape
    pixels = firsts[:, None] + np.arange(reach)
    places = pixels[:, None] * channels + np.arange(channels)[:, None]  # (new, channels, reach)
    values = np.broadcast_to(weights[:, None], places.shape).astype(dtype)
    starts = np.arange(0, places.size + 1, reach)
    return csr_array((values.ravel(), places.ravel(), starts), shape=(new * channels, axis.old * channels))


def axis_weights(old: int, new: int, start: int, stop: int, bits: int) -> tuple[Array, Array]:
    """Give for new pixels `start` to `stop` the old pixel each begins at, and 2^bits times its weights, in integers.

    >>> axis_weights(4, 2, 0, 2, bits=16)[1]
    array([[28087, 28087,  9362,     0],
           [    0,  9362, 28087, 28087]])
    """
    # All is times 2 m s, so that there are only whole numbers, below 2^63 for sides up to 65535.
    reach = 2 * max(old, new)
    centres = (2 * np.arange(start, stop) + 1) * old
    count = min(old, reach // new + 1)
    firsts = np.clip((centres - reach - new) // (2 * new) + 1, 0, old - count)
    pixels = firsts[:, None] + np.arange(count)
    triangle = np.maximum(0, reach - np.abs((2 * pixels + 1) * new - centres[:, None]))
    sums = triangle.cumsum(axis=1)
    total = sums[:, -1:]
    return firsts, np.diff(((sums << (bits + 1)) + total) // (2 * total), axis=1, prepend=0)
