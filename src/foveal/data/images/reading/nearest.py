"""The geometry of an input rule for masks: a label is taken from the nearest pixel, and none is mixed of two.

From n to m pixels along an axis, the new pixel i is the old pixel floor((i + 1/2) n / m): the one that its centre lies
in. Sizes and places are those of `resize.resize`.
"""

import numpy as np
from numpy.typing import NDArray

from foveal.data.images.reading.resize import fitted

Array = NDArray[np.generic]
Sizes = tuple[int, int]


def nearest(old: int, new: int) -> NDArray[np.intp]:
    """Give the old pixel of each new one, in whole numbers: floor((2 i + 1) old / (2 new)).

    >>> nearest(4, 2).tolist(), nearest(2, 3).tolist()
    ([1, 3], [0, 1, 1])
    """
    return np.asarray((2 * np.arange(new) + 1) * old // (2 * new))


def placed(labels: Array, size: Sizes, how: str, fill: int) -> Array:
    r"""Bring a mask to a size as `resize.resize` brings its picture: (H, W) -> size, of the same dtype.

    Beside a mask that is padded stands `fill`.

    >>> placed(np.array([[1, 2]], np.uint8), (2, 4), "pad", 255).tolist()
    [[1, 1, 2, 2], [1, 1, 2, 2]]
    >>> placed(np.array([[1, 2]], np.uint8), (3, 2), "pad", 255).tolist()
    [[255, 255], [1, 2], [255, 255]]
    """
    height, width = labels.shape
    fit, top, left = (size, 0, 0) if how == "squash" else fitted(height, width, size, how)
    rows = nearest(height, fit[0])[max(0, -top) : max(0, -top) + size[0]]
    columns = nearest(width, fit[1])[max(0, -left) : max(0, -left) + size[1]]
    scaled = labels[rows[:, None], columns]
    if scaled.shape == size:
        return scaled
    out = np.full(size, fill, labels.dtype)
    out[inside(height, width, size, how)] = scaled
    return out


def inside(height: int, width: int, size: Sizes, how: str) -> tuple[slice, slice]:
    """Say where in a row of `size` a picture lies: all of it, but where it is padded.

    >>> inside(1, 2, (3, 2), "pad")
    (slice(1, 2, None), slice(0, 2, None))
    """
    if how != "pad":
        return slice(0, size[0]), slice(0, size[1])
    fit, top, left = fitted(height, width, size, how)
    return slice(top, top + fit[0]), slice(left, left + fit[1])


def resized(mask: Array, size: Sizes) -> Array:
    """Bring a whole mask to a size, whatever its proportions.

    >>> resized(np.array([[1, 2]]), (2, 2)).tolist()
    [[1, 2], [1, 2]]
    """
    if mask.shape == size:
        return mask
    return mask[nearest(mask.shape[0], size[0])[:, None], nearest(mask.shape[1], size[1])]
