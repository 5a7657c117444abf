"""Which axis of X means what."""

from collections.abc import Sequence

import numpy as np

from foveal.core.choices import LAYOUTS
from foveal.core.errors import DataError, ParameterError, ShapeError

_BY_AXES = {2: "NL", 3: "NHW", 4: "NCHW", 5: "NCDHW"}


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
    if len(shape) not in _BY_AXES:
        raise DataError(
            f"X must have 2 to 5 axes ((N, L), (N, H, W), (N, C, H, W) or (N, C, D, H, W)), got {len(shape)}: "
            f"{tuple(shape)}"
        )
    channels = (1, 3, 4)
    if len(shape) == 4 and shape[3] in channels and shape[1] not in channels:
        return "NHWC"
    return _BY_AXES[len(shape)]


def row_shape(shape: Sequence[int], layout: str) -> tuple[int, ...]:
    """Give the shape (C, *S) of one row of X.

    >>> row_shape((50, 32, 32, 3), "NHWC"), row_shape((50, 28, 28), "NHW")
    ((3, 32, 32), (1, 28, 28))
    """
    axis = layout.find("C")
    spatial = tuple(int(n) for i, n in enumerate(shape) if i not in (0, axis))
    channels = int(shape[axis]) if axis > 0 else 1
    return (channels, *spatial)


def channels_last(X: np.ndarray, layout: str) -> np.ndarray:
    r"""Look at X as (N, \*S, C), without copying.

    >>> channels_last(np.zeros((5, 3, 8, 9)), "NCHW").shape
    (5, 8, 9, 3)
    """
    axis = layout.find("C")
    return X[..., np.newaxis] if axis < 0 else np.moveaxis(X, axis, -1)


def check_row_shape(shape: Sequence[int], layout: str, fitted: Sequence[int]) -> None:
    """Refuse an X whose rows are not shaped like those of fit."""
    expected = "X must have the shape of fit's: " + _described(layout, fitted)
    if len(shape) != len(layout):
        hint = ""
        if len(shape) == len(layout) - 1:
            hint = "; for a single row pass X[None]"
        raise ShapeError(f"{expected}, got {len(shape)} axes: {tuple(shape)}{hint}")
    if row_shape(shape, layout) != tuple(fitted):
        raise ShapeError(f"{expected}, got {tuple(shape)}; resize or crop X to it")


def _described(layout: str, fitted: Sequence[int]) -> str:
    sizes = dict(zip([a for a in layout if a not in "NC"], fitted[1:], strict=True)) | {"C": fitted[0]}
    return "(N, " + ", ".join(str(sizes[a]) for a in layout[1:]) + f"), layout {layout}"
