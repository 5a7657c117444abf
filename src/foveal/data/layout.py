"""Which axis of X means what."""

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np

from foveal.core.choices import LAYOUTS
from foveal.core.errors import DataError, ParameterError, ShapeError
from foveal.data.shards import Shards

#: Channels that pictures have: grey, colours, colours and opacity.
NATURAL = (1, 3, 4)
_BY_AXES = {2: "NL", 3: "NHW", 4: "NCHW", 5: "NCDHW"}


def check_axes(shape: Sequence[int], name: str = "X") -> None:
    """Refuse an X of less than 2 or more than 5 axes, or of none of its rows, channels or pixels.

    >>> check_axes((0, 8, 8))
    Traceback (most recent call last):
    foveal.core.errors.DataError: X is empty: 0 sample(s) (shape=(0, 8, 8)) while a minimum of 1 is required; check \
how X was read or selected
    """
    shape = tuple(shape)
    if len(shape) not in _BY_AXES:
        one = "; Reshape your data: X[None] is one row, X[:, None] has rows of one value" if len(shape) == 1 else ""
        raise ShapeError(
            f"{name} must have 2 to 5 axes ((N, L), (N, H, W), (N, C, H, W) or (N, C, D, H, W)), got {len(shape)}: "
            f"{shape}{one}"
        )
    if 0 in shape:
        what = "feature(s)" if shape[0] else "sample(s)"
        raise DataError(
            f"{name} is empty: 0 {what} (shape={shape}) while a minimum of 1 is required; check how X was read or "
            "selected"
        )


def infer_layout(shape: Sequence[int], layout: str | None = None) -> str:
    """Name the axes of X: as told, else by their number; 4-D is NHWC only if the last axis alone is 1, 3 or 4.

    >>> infer_layout((50, 28, 28)), infer_layout((50, 32, 32, 3)), infer_layout((50, 3, 32, 32))
    ('NHW', 'NHWC', 'NCHW')
    """
    if layout is not None:
        if len(layout) != len(shape):
            raise ParameterError(
                f"layout={layout!r} names {len(layout)} axes, but X has {len(shape)}: {tuple(shape)}; "
                f"use one of {', '.join(n for n in LAYOUTS if len(n) == len(shape)) or 'none: reshape X'}"
            )
        return layout
    check_axes(shape)
    if len(shape) == 4 and shape[3] in NATURAL and shape[1] not in NATURAL:
        return "NHWC"
    return _BY_AXES[len(shape)]


def doubt(shape: Sequence[int]) -> str:
    """Name the layout that the shape of X speaks for where it is another than `infer_layout` reads, else nothing.

    >>> doubt((50, 6, 100)), doubt((50, 64, 64, 13)), doubt((50, 64, 4, 4)), doubt((50, 16, 16, 16, 3))
    ('NCL', 'NHWC', 'NCHW', 'NDHWC')
    >>> doubt((50, 28, 28)), doubt((50, 32, 128)), doubt((50, 3, 32, 64)), doubt((50, 64, 7, 7)), doubt((50, 12))
    ('', '', '', '', '')
    """
    row, read = tuple(shape[1:]), infer_layout(shape)
    if read == "NHW":
        return _doubt_of_grey(*row)
    if read == "NHWC":
        return "NCHW" if row[1] == row[2] != row[0] else ""  # maps as small as 4 x 4, of many channels
    if len(row) < 3 or row[0] in NATURAL or len(set(row[1:])) == 1:
        return ""
    *others, last = row
    alike = max(others) <= 2 * min(others) and (len(set(others)) == 1 or 2 * last <= min(others))
    return read[0] + read[2:] + "C" if alike or last in NATURAL else ""


def reading(shape: Sequence[int], layout: str) -> str:
    """Say in words what X is taken for.

    >>> reading((50, 6, 100), "NHW"), reading((50, 6, 100), "NCL")
    ('1 channel of 6 x 100', '6 channels of 100')
    """
    channels, *sizes = row_shape(shape, layout)
    return f"{channels} channel{'s' * (channels > 1)} of {' x '.join(map(str, sizes))}"


def _doubt_of_grey(height: int, width: int) -> str:
    """Doubt pictures that are so long that they may be signals with channels."""
    short, long = sorted((height, width))
    if long < (4 if short <= 16 else 8) * short:
        return ""
    return "NCL" if height == short else "NLC"


def row_shape(shape: Sequence[int], layout: str) -> tuple[int, ...]:
    """Give the shape (C, *S) of one row of X.

    >>> row_shape((50, 32, 32, 3), "NHWC"), row_shape((50, 28, 28), "NHW")
    ((3, 32, 32), (1, 28, 28))
    """
    axis = layout.find("C")
    spatial = tuple(int(n) for i, n in enumerate(shape) if i not in (0, axis))
    channels = int(shape[axis]) if axis > 0 else 1
    return (channels, *spatial)


def channels_last(X: Any, layout: str) -> Any:
    r"""Look at X as (N, \*S, C), without copying; `Shards` are looked at as they are read.

    >>> channels_last(np.zeros((5, 3, 8, 9)), "NCHW").shape
    (5, 8, 9, 3)
    """
    if isinstance(X, Shards):
        return X.seen_as(partial(channels_last, layout=layout))
    axis = layout.find("C")
    return X[..., np.newaxis] if axis < 0 else np.moveaxis(X, axis, -1)


def check_row_shape(shape: Sequence[int], layout: str, fitted: Sequence[int], name: str = "X") -> None:
    """Refuse an X whose rows are not shaped like those of fit.

    >>> check_row_shape((5, 64), "NHW", (1, 8, 8))
    Traceback (most recent call last):
    foveal.core.errors.ShapeError: X must have the shape of fit's: (N, 8, 8), layout NHW, got 2 axes: (5, 64); \
X.reshape(-1, 8, 8) has it
    """
    sizes = dict(zip([a for a in layout if a not in "NC"], fitted[1:], strict=True)) | {"C": fitted[0]}
    wanted = tuple(sizes[a] for a in layout[1:])
    if tuple(shape[1:]) != wanted:
        count = "" if len(shape) == len(layout) else f"{len(shape)} {'axis' if len(shape) == 1 else 'axes'}: "
        raise ShapeError(
            f"{name} must have the shape of fit's: (N, {', '.join(map(str, wanted))}), layout {layout}, got {count}"
            f"{tuple(shape)}; {_way_out(tuple(shape), wanted)}"
        )
    check_axes(shape, name)


def _way_out(shape: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    if shape == wanted:
        return "for a single row pass X[None]"
    if prod(shape[1:]) != prod(wanted):
        return "resize or crop X to it"
    if sorted(shape[1:]) == sorted(wanted):
        return "put its axes in that order"
    return f"X.reshape{(-1, *wanted)} has it"
