"""Voxels on another grid along each axis: other distances, a size that is cut or filled, and the way back."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def new_size(old: int, ratio: float) -> int:
    """Count voxels `ratio` times as far apart that cover what `old` ones do, rounded, at least one.

    >>> new_size(10, 2.0), new_size(3, 4.0), new_size(1, 9.0)
    (5, 1, 1)
    """
    return max(1, round(old / ratio))


def weights(old: int, new: int, ratio: float) -> Array:
    """Give what each old voxel adds to each new one, (new, old): linear, and smoothed where voxels become fewer.

    The outer faces of the first voxels stay together, so new voxel n lies at x = (n + 1/2) ratio - 1/2 of the old
    ones. w = max(0, 1 - |m - x| / max(1, ratio)), divided by its sum over the voxels m that there are: as in PyTorch's
    `interpolate(antialias=True)`, but with the ratio that was asked for instead of old / new.

    >>> weights(4, 2, 2.0).round(3).tolist()
    [[0.429, 0.429, 0.143, 0.0], [0.0, 0.143, 0.429, 0.429]]
    """
    centres = np.clip((np.arange(new) + 0.5) * ratio - 0.5, 0, old - 1)
    triangle = np.maximum(0, 1 - np.abs(np.arange(old) - centres[:, None]) / max(1.0, ratio))
    found: Array = triangle / triangle.sum(axis=1, keepdims=True)
    return found


def nearest(old: int, new: int, ratio: float) -> Array:
    """Give the old voxel in which the middle of each new one lies.

    >>> nearest(4, 2, 2.0).tolist(), nearest(2, 4, 0.5).tolist()
    ([1, 3], [0, 0, 1, 1])
    """
    places: Array = np.clip(np.floor((np.arange(new) + 0.5) * ratio), 0, old - 1).astype(int)
    return places


def resampled(values: Array, ratios: tuple[float, ...], sizes: tuple[int, ...], *, labels: bool) -> Array:
    r"""Put (\*S, C) on grids `ratios` times as wide with `sizes` voxels; labels are copied, never mixed.

    Axes with ratio 1 and their size stay as they are. Numbers come out as float32.

    >>> line = np.array([0.0, 2, 4, 6]).reshape(4, 1)
    >>> resampled(line, (2.0,), (2,), labels=False).ravel().astype(float).round(2).tolist()
    [1.43, 4.57]
    >>> resampled(line, (0.5,), (8,), labels=True).ravel().tolist()
    [0.0, 0.0, 2.0, 2.0, 4.0, 4.0, 6.0, 6.0]
    """
    for axis, (ratio, size) in enumerate(zip(ratios, sizes, strict=True)):
        old = values.shape[axis]
        if ratio == 1 and size == old:
            continue
        if labels:
            values = values.take(nearest(old, size, ratio), axis=axis)
            continue
        table = weights(old, size, ratio).astype(np.float32)
        values = np.moveaxis(np.tensordot(table, values.astype(np.float32, copy=False), (1, axis)), 0, axis)
    return values


def fitted(values: Array, sizes: tuple[int, ...], fill: float) -> Array:
    r"""Cut (\*S, C) to `sizes`, or fill it up, evenly on both sides (the odd one at the end).

    >>> fitted(np.arange(5).reshape(5, 1), (3,), 0).ravel().tolist()
    [1, 2, 3]
    >>> fitted(np.arange(1, 3).reshape(2, 1), (5,), 0).ravel().tolist()
    [0, 1, 2, 0, 0]
    """
    if values.shape[:-1] == sizes:
        return values
    out = np.full((*sizes, values.shape[-1]), fill, values.dtype)
    starts = starts_of(values.shape[:-1], sizes)
    taken = tuple(slice(max(0, s), max(0, s) + min(o, n)) for s, o, n in zip(starts, values.shape, sizes, strict=False))
    there = tuple(
        slice(max(0, -s), max(0, -s) + min(o, n)) for s, o, n in zip(starts, values.shape, sizes, strict=False)
    )
    out[there] = values[taken]
    return out


def starts_of(old: tuple[int, ...], new: tuple[int, ...]) -> tuple[int, ...]:
    """Give the old voxel that the first new one is; below 0 where voxels are added.

    >>> starts_of((5, 2), (3, 5))
    (1, -1)
    """
    return tuple((o - n) // 2 if o >= n else -((n - o) // 2) for o, n in zip(old, new, strict=True))


def unfitted(values: Array, sizes: tuple[int, ...]) -> Array:
    r"""Undo `fitted` to `sizes`; what had been cut off is 0.

    >>> unfitted(np.array([[1], [2], [3]]), (5,)).ravel().tolist()
    [0, 1, 2, 3, 0]
    """
    if values.shape[:-1] == sizes:
        return values
    out = np.zeros((*sizes, values.shape[-1]), values.dtype)
    starts = starts_of(sizes, values.shape[:-1])
    pairs = list(zip(starts, sizes, values.shape, strict=False))
    there = tuple(slice(max(0, s), max(0, s) + min(o, n)) for s, o, n in pairs)
    taken = tuple(slice(max(0, -s), max(0, -s) + min(o, n)) for s, o, n in pairs)
    out[there] = values[taken]
    return out
