"""Few lengths for rows of many: a CUDA graph is recorded for one length, and so for each bucket of them."""

from collections.abc import Sequence
from typing import Any

from foveal.core.forms import Part
from foveal.data.source import Array


def bucket(length: int) -> int:
    """Round a length up to a power of two, or to three quarters of one: a third of it is padding at most.

    >>> [bucket(n) for n in (0, 1, 2, 3, 4, 5, 7, 13, 96, 97)]
    [0, 1, 2, 3, 4, 6, 8, 16, 96, 128]
    """
    if length < 2:
        return length
    power = 1 << (length - 1).bit_length()
    return power // 4 * 3 if length <= power // 4 * 3 else power


def bucketed(part: Part, sizes: Sequence[int], longest: int) -> tuple[int, ...]:
    r"""Give the sizes, (\*S, C), to which rows of some sizes are padded: varying axes up to a bucket's bound.

    No axis grows beyond the longest row there is: a network may know no more places.

    >>> bucketed(Part("x", (3, None, 10)), (13, 10, 3), 100), bucketed(Part("tokens", (None,)), (13,), 14)
    ((16, 10, 3), (14,))
    """
    first, *others = part.shape
    varies = [n is None for n in (*others, first)]
    padded = [min(bucket(n), max(n, longest)) if free else n for n, free in zip(sizes, varies, strict=True)]
    return tuple(map(int, padded))


def put(rows: Array, out: Array, order: Array) -> None:
    """Put rows at their places in zeroed memory that may be larger along every axis.

    >>> import numpy as np
    >>> out = np.zeros((2, 3))
    >>> put(np.ones((2, 2)), out, np.array([1, 0]))
    >>> out.tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0]]
    """
    places: tuple[Any, ...] = (order, *map(slice, rows.shape[1:]))
    out[places] = rows
