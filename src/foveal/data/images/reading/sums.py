"""Sums of a picture's channels, exact: whatever rows are learnt from, their mean and deviation are a sum over rows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def channels_summed(channels: int, dtype: np.dtype[Any]) -> int:
    """Count the channels whose sums are kept: all of unsigned integers; sums of other numbers depend on the order.

    >>> channels_summed(3, np.dtype(np.uint16)), channels_summed(3, np.dtype(np.float32))
    (3, 0)
    """
    return channels if dtype.kind == "u" else 0


def sums_of(pixels: NDArray[Any]) -> NDArray[np.uint64] | None:
    """Give the sum of each channel and that of its squares, (C, 2); None where there are none.

    Shape: (H, W, C) -> (C, 2).

    >>> sums_of(np.array([[[1, 10], [3, 20]]], np.uint8)).tolist()
    [[4, 10], [30, 500]]
    """
    channels = pixels.shape[-1]
    if not channels_summed(channels, pixels.dtype):
        return None
    lines = pixels.reshape(len(pixels), -1).astype(np.uint64)  # (H, W * C): twenty times as fast as by channels
    both = lines.sum(axis=0), np.einsum("ij,ij->j", lines, lines)
    return np.stack([places.reshape(-1, channels).sum(axis=0) for places in both], axis=1)


def added(sums: NDArray[np.uint64]) -> list[tuple[int, int]]:
    """Add up the sums of rows, (N, C, 2), as Python's integers: squares of 16 bits are soon more than 64 hold.

    >>> added(np.full((3, 1, 2), 2**63, np.uint64)) == [(3 * 2**63, 3 * 2**63)]
    True
    """
    upper, lower = (sums >> np.uint64(32)).sum(axis=0), (sums & np.uint64(2**32 - 1)).sum(axis=0)
    total, squares = (upper.astype(object) * 2**32 + lower.astype(object)).T.tolist()
    return list(zip(total, squares, strict=True))
