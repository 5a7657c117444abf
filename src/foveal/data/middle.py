"""The middle of larger rows: of pictures, and of what has a value for each of their places. Torch-free."""

from collections.abc import Sequence
from typing import Any


def middle_of(values: Any, sizes: Sequence[int]) -> Any:
    r"""Cut the middle out of rows, (N, \*S, ...) -> (N, \*sizes, ...); of an odd rest the larger half goes at the end.

    A view; of whatever has a shape and slices.

    >>> import numpy as np
    >>> middle_of(np.arange(4)[None], (1,))
    array([[1]])
    """
    starts = [(n - size) // 2 for n, size in zip(values.shape[1:], sizes, strict=False)]
    place = [slice(start, start + size) for start, size in zip(starts, sizes, strict=True)]
    return values[(slice(None), *place)]
