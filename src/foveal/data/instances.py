"""Single objects by classes of pixels: inside and boundary of each are learnt, and what is found is taken apart.

A network that tells background, inside and boundary separates objects that touch: their insides do not. A mask of
instances has 0 for the background and a number of its own for each object.

Source: Chen et al. 2016 (DCAN), who learn contours beside objects; as one of three classes in Caicedo et al. 2019.
Deviation: one output of three classes, and components grown over the boundary in place of a watershed.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import DataTypeError, ParameterError

Array = NDArray[Any]

#: What a pixel is.
BACKGROUND, INSIDE, BOUNDARY = 0, 1, 2


def boundary_classes(instances: Any, width: int = 1) -> NDArray[np.uint8]:
    r"""Give each pixel's class: 0 background, 1 inside, 2 boundary; (\*S) -> (\*S).

    A pixel of an object is of its boundary where a pixel of another object or of the background is no more than `width`
    steps away, steps across corners too; so an object that is less than 2 `width` + 1 pixels thick has no inside, and
    will not be found again. The border of the image bounds nothing.

    Raises `DataTypeError` for numbers that are not whole, `ParameterError` for a width below 1.

    >>> boundary_classes(np.array([[1, 1, 1, 2, 2, 2, 2, 0]])).tolist()
    [[1, 1, 2, 2, 1, 1, 2, 0]]
    """
    from scipy.ndimage import maximum_filter, minimum_filter

    numbers = _whole_numbers("instances", instances)
    if width < 1:
        raise ParameterError(f"width must be at least 1, got {width}; a boundary is a pixel wide, or more")
    size = 2 * width + 1
    mixed = maximum_filter(numbers, size, mode="nearest") != minimum_filter(numbers, size, mode="nearest")
    return np.where(numbers == 0, BACKGROUND, np.where(mixed, BOUNDARY, INSIDE)).astype(np.uint8)


def instances_of(classes: Any, smallest: int = 1) -> NDArray[np.int32]:
    r"""Take objects apart: number the connected insides, and grow them over the boundary; (\*S) -> (\*S), 0, 1, 2 ...

    Pixels are connected along axes, not across corners. Insides of fewer than `smallest` pixels are dropped. A pixel of
    the boundary goes to the object that is nearest, in a straight line, if boundary pixels lead there; else to the one
    that is nearest along them. One that no object reaches is background.

    >>> instances_of(np.array([[1, 1, 2, 2, 1, 1, 2, 0, 2]])).tolist()
    [[1, 1, 1, 2, 2, 2, 2, 0, 0]]
    >>> instances_of(np.array([[1, 2, 2, 2, 1, 1, 2, 0]]), smallest=2).tolist()
    [[0, 1, 1, 1, 1, 1, 1, 0]]
    """
    from scipy.ndimage import distance_transform_edt, label

    kinds = _whole_numbers("classes", classes)
    parts, count = label(kinds == INSIDE, output=np.int32)
    kept = np.bincount(parts.reshape(-1), minlength=count + 1) >= smallest
    kept[0] = False
    numbers: NDArray[np.int32] = np.where(kept, np.cumsum(kept), 0).astype(np.int32)[parts]
    free = kinds == BOUNDARY
    if not (numbers.any() and free.any()):
        return numbers
    places = distance_transform_edt(numbers == 0, return_distances=False, return_indices=True)
    return _grown(_grown(numbers, free, numbers[tuple(places)]), free, None)


def _grown(numbers: NDArray[np.int32], free: Array, wanted: NDArray[np.int32] | None) -> NDArray[np.int32]:
    """Grow objects over free pixels, by a step along an axis at a time, until no more is reached: each over its own.

    `wanted` says whose a pixel is; without it a pixel is the first one's there, of two the one of the larger number.
    """
    while True:
        reached = np.zeros_like(numbers)
        for axis in range(numbers.ndim):
            for into, start in ((slice(1, None), slice(None, -1)), (slice(None, -1), slice(1, None))):
                here, there = ((slice(None),) * axis + (side,) for side in (into, start))
                offered = numbers[there]
                offered = offered if wanted is None else np.where(offered == wanted[here], offered, 0)
                np.maximum(reached[here], offered, out=reached[here])
        taken = free & (numbers == 0) & (reached > 0)
        if not taken.any():
            return numbers
        numbers = np.where(taken, reached, numbers)


def _whole_numbers(name: str, mask: Any) -> Array:
    numbers = np.asarray(mask)
    if numbers.dtype.kind not in "iub":
        raise DataTypeError(f"{name} must hold whole numbers, got {numbers.dtype}; round them")
    return numbers.astype(np.uint8) if numbers.dtype.kind == "b" else numbers
