"""Rows made small for baselines: pictures of 16x16 pixels, signals of 256 values, volumes of 8x8x8."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import DataError
from foveal.core.forms import Form
from foveal.data.images.reading.resize import axis_weights
from foveal.data.layout import channels_last, infer_layout
from foveal.data.reading import as_rows
from foveal.data.rows import Rows
from foveal.data.source import Source, is_source

Array = NDArray[Any]

#: What an axis is shortened to, by the number of axes that a row has beside its channels.
SIDES = {1: 256, 2: 16, 3: 8}
#: Values of a row at most, where there are so many channels that the sides must be shorter still.
MOST_VALUES = 1024
_WORDS = {1: "values", 2: "pixels", 3: "voxels"}
_BITS = 16
_BLOCK_BYTES = 2**24


def source_of(X: Any, layout: str | None = None) -> Source:
    """Give the rows of an array, or a source as it is."""
    if is_source(X):
        return X  # type: ignore[no-any-return]
    X = as_rows(X, layout)
    X = X.to_numpy() if hasattr(X, "iloc") else X
    return Rows(channels_last(X, infer_layout(X.shape, layout)))


def small_sizes(form: Form) -> tuple[int, ...]:
    r"""Give the sizes (\*S) that rows are shortened to; none is made longer.

    Raises `DataError` for rows that are no arrays of one shape.

    >>> from foveal.core.forms import Part
    >>> small_sizes((Part("x", (3, 64, 48), "uint8"),)), small_sizes((Part("x", (64, 100, 9), "float32"),))
    ((16, 16), (4, 4))
    """
    if len(form) > 1 or any(part.varies for part in form) or len(form[0].sizes) - 1 not in SIDES:
        raise DataError(
            "baselines need rows that are arrays of one shape, signals, pictures or volumes; leave them out with "
            "baselines=False (foveal train: --no-baselines)"
        )
    channels, *sizes = form[0].sizes
    most = max(1, int((MOST_VALUES / channels) ** (1 / len(sizes)) + 1e-9))
    return tuple(min(size, SIDES[len(sizes)], most) for size in sizes)


def described(sizes: Sequence[int]) -> str:
    """Say what small rows are.

    >>> described((16, 16)), described((64,))
    ('16x16 pixels', '64 values')
    """
    return f"{'x'.join(map(str, sizes))} {_WORDS[len(sizes)]}"


def small_rows(source: Source, rows: Array | None = None) -> Array:
    """Give rows as small as `small_sizes` says, (N, values) float32, channels last.

    Along each axis the antialiased bilinear weights of `data.images.resize`; nothing is rounded.

    >>> small_rows(source_of(np.ones((2, 64, 64, 3), np.uint8))).shape
    (2, 768)
    """
    sizes = small_sizes(source.form)
    rows = np.arange(len(source)) if rows is None else rows
    channels, *before = source.form[0].sizes
    out = np.empty((len(rows), channels * int(np.prod(sizes))), np.float32)
    at_once = max(1, _BLOCK_BYTES // (4 * channels * int(np.prod(before))))
    for first in range(0, len(rows), at_once):
        block = np.asarray(source.read(rows[first : first + at_once])[0])
        out[first : first + len(block)] = shrunk(block, sizes).reshape(len(block), -1)
    return out


def shrunk(block: Array, sizes: Sequence[int]) -> Array:
    r"""Shorten axes: (B, \*S, C) -> (B, \*sizes, C).

    >>> shrunk(np.array([[[0], [3], [6], [9]]]), (1,)).ravel().tolist()
    [4.5]
    """
    values = block.astype(np.float32)
    for axis, new in enumerate(sizes, start=1):
        old = values.shape[axis]
        if new < old:
            values = np.moveaxis(np.tensordot(values, _weights(old, new), (axis, 0)), -1, axis)
    return values


def _weights(old: int, new: int) -> Array:
    """Give the weights of old pixels in new ones, (old, new)."""
    firsts, weights = axis_weights(old, new, 0, new, _BITS)
    table = np.zeros((old, new), np.float32)
    for pixel, (first, its) in enumerate(zip(firsts, weights, strict=True)):
        table[first : first + len(its), pixel] = its / 2**_BITS
    return table
