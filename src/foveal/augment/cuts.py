"""The size of a window that is cut out of larger rows."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from foveal.core.errors import ShapeError
from foveal.core.rules import Rule, is_integer

#: A side for every axis, a size for each, or None: that of the rows.
Sizes = int | tuple[int, ...] | None
TO = Rule(
    "None, or a side of at least 1, or a tuple with one for each axis",
    lambda v: v is None or _is_side(v) or (type(v) is tuple and len(v) in (1, 2, 3) and all(map(_is_side, v))),
)


def _is_side(value: Any) -> bool:
    return is_integer(value) and value >= 1


def cut_shape(augmentation: Any, shape: Sequence[int], axes: int) -> tuple[int, ...]:
    """Tell the shape of a batch whose last `axes` are cut to `augmentation.to`; raise `ShapeError` for smaller rows."""
    to, before = augmentation.to, tuple(shape)
    if to is None:
        return before
    sizes = to if isinstance(to, tuple) else (to,) * axes
    rows = before[-axes:]
    if len(sizes) != axes or any(n < size for n, size in zip(rows, sizes, strict=True)):
        raise ShapeError(
            f"augment: {type(augmentation).__name__} cuts windows of {sizes} out of rows, got rows of {rows}; use a "
            "smaller `to`, or leave it out"
        )
    return (*before[:-axes], *sizes)


def middle(x: Tensor, sizes: Sequence[int]) -> Tensor:
    r"""Cut the middle out of rows; of an odd rest the larger half is cut off at the end of each axis.

    Shape: (N, C, \*S) -> (N, C, \*sizes), a view.

    >>> import torch
    >>> middle(torch.arange(4).view(1, 1, 4), (1,))
    tensor([[[1]]])
    """
    for axis, size in enumerate(sizes, start=2):
        x = x.narrow(axis, (x.shape[axis] - size) // 2, size)
    return x
