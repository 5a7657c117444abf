"""How well the boundaries of classes agree: what IoU and Dice, which count areas, hardly see of thin things."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from foveal.train.mask_scores import Array, Floats, check_classes, check_same_shape, mean_score


def boundary_f1(
    predicted: Any,
    truth: Any,
    classes: int,
    distance: float,
    *,
    ignore: int | None = None,
    spacing: tuple[float, ...] | None = None,
) -> Floats:
    r"""Give each class's F1 of its boundary in one image: boundary pixels match within a distance, (classes,).

    Precision P is the share of the prediction's boundary pixels that lie no farther than `distance` from one of the
    truth's, recall R that of the truth's near the prediction's, and F1 = 2 P R / (P + R).

    Shape: (\*S) of class numbers, both the same; `distance` in pixels, or in the unit of `spacing`, a pixel's size
    along each axis. A boundary pixel is of the class, and one beside it along an axis is not: the border of the image
    bounds nothing. Pixels whose truth is `ignore` bound nothing either, whatever was predicted there. A class without a
    boundary in both is NaN; in one of them only, 0.

    Source: Csurka, Larlus and Perronnin 2013. Deviation: `distance` is given, there it is 0.75 % of the
    image's diagonal.

    >>> truth = np.repeat([[0, 0, 0, 1, 1, 1]], 4, axis=0)
    >>> boundary_f1(truth, truth, 3, distance=0), boundary_f1(np.roll(truth, 1, axis=1)[:, 1:], truth[:, 1:], 2, 1)
    (array([ 1.,  1., nan]), array([1., 1.]))
    """
    found, real = np.asarray(predicted), np.asarray(truth)
    check_same_shape(found, real)
    ignored = np.zeros(real.shape, bool) if ignore is None else real == ignore
    check_classes("predicted", found[~ignored], classes)
    check_classes("truth", real[~ignored], classes)
    there = np.union1d(found[~ignored], real[~ignored]).tolist()
    scores = np.full(classes, np.nan)
    for k in there:
        box = _box((found == k) | (real == k))
        one, other = (_boundary(mask[box] == k, ignored[box]) for mask in (found, real))
        scores[k] = _boundary_f1(one, other, distance, spacing)
    return scores


def distance_for(shape: Sequence[int]) -> float:
    """Give the distance that Csurka et al. match boundaries within: 0.75 % of the diagonal, and a pixel at least.

    >>> distance_for((480, 640)), distance_for((16, 16))
    (6.0, 1.0)
    """
    return max(1.0, 0.0075 * math.hypot(*shape))


def mean_over_images(scores: Iterable[Floats]) -> Floats:
    """Give each class's mean over the images in which it has a score, as Csurka et al. do; NaN if it has in none.

    >>> mean_over_images([np.array([1.0, np.nan]), np.array([0.5, np.nan])])
    array([0.75,  nan])
    """
    return np.array([mean_score(column) for column in zip(*scores, strict=True)])


def _boundary(inside: Array, ignored: Array) -> Array:
    """Mark pixels of a class beside which, along an axis, lies one of another; none of them ignored."""
    from scipy.ndimage import binary_erosion

    inside = inside & ~ignored
    return np.asarray(inside & ~binary_erosion(inside | ignored, border_value=1))


def _box(there: Array) -> tuple[slice, ...]:
    """Give the box around what is there, a pixel wider on each side."""
    box = []
    for axis in range(there.ndim):
        places = np.flatnonzero(there.any(axis=tuple(other for other in range(there.ndim) if other != axis)))
        box.append(slice(max(0, int(places[0]) - 1), int(places[-1]) + 2))
    return tuple(box)


def _boundary_f1(found: Array, real: Array, distance: float, spacing: tuple[float, ...] | None) -> float:
    """Match boundaries by trees of their pixels, which took a tenth of the time of a map of distances in 3-D."""
    from scipy.spatial import cKDTree

    if not (found.any() and real.any()):
        return 0.0 if found.any() or real.any() else float("nan")
    one, other = (np.argwhere(mask) * (spacing or (1.0,) * mask.ndim) for mask in (found, real))
    most = distance * (1 + 1e-9)  # rounding of a spacing does not tell
    precision, recall = (
        float((cKDTree(there).query(own, distance_upper_bound=most + 1e-9)[0] <= most).mean())
        for own, there in ((one, other), (other, one))
    )
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
