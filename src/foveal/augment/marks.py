"""A picture of samples with points marked in them, to look at."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from foveal.augment.page import GAP, Pixels, as_pictures, value_range
from foveal.core.errors import ShapeError

#: Colours of points, one after the other.
COLOURS = ((255, 80, 0), (0, 150, 255), (0, 200, 80), (230, 0, 200), (255, 200, 0), (120, 80, 255))
Mark = Sequence[tuple[int, int]]
#: Pixels from a mark's middle to its ends.
ARM = 4


def page_of_points(
    x: Tensor, points: NDArray[np.float64], truth: NDArray[np.float64] | None = None, *, columns: int = 8,
    side: int = 128,
) -> Pixels:  # fmt: skip
    """Draw pictures with a cross, x, at each of their points, and a plus sign where they are in truth, in RGB.

    Each point has a colour; those that are NaN are not drawn. Pictures are scaled by a whole number, or smaller where
    they exceed `side`.

    Shape: (N, C, H, W), (N, K, 2), (N, K, 2) -> (H', W', 3), uint8.  Raises `ShapeError` for others.

    >>> import torch
    >>> page_of_points(torch.zeros(8, 1, 32, 32), np.full((8, 2, 2), 9.5)).shape
    (144, 1096, 3)
    """
    for given in (points, points if truth is None else truth):
        if x.ndim != 4 or np.ndim(given) != 3 or len(given) != len(x) or np.shape(given)[2] != 2:
            raise ShapeError(
                f"points are drawn in pictures, (N, C, H, W) with (N, K, 2), got {tuple(x.shape)} with "
                f"{np.shape(given)}; pass x[:, None] for grey pictures"
            )
    pictures = as_pictures(x.cpu().double(), *value_range(x), side)
    height, width = pictures.shape[1:3]
    larger = height / x.shape[2], width / x.shape[3]
    marks = [(points, _CROSS)] if truth is None else [(truth, _PLUS), (points, _CROSS)]
    for number, picture in enumerate(pictures):
        for places, mark in marks:
            _draw(picture, places[number], larger, mark)
    columns = min(columns, len(x))
    page = np.full((-(-len(x) // columns) * (height + GAP) + GAP, columns * (width + GAP) + GAP, 3), 255, np.uint8)
    for number, picture in enumerate(pictures):
        top, left = (GAP + at * (size + GAP) for at, size in zip(divmod(number, columns), (height, width), strict=True))
        page[top : top + height, left : left + width] = picture
    return page


_CROSS: Mark = [(i, sign * i) for i in range(-ARM, ARM + 1) for sign in (1, -1)]
_PLUS: Mark = [(i, 0) for i in range(-ARM - 1, ARM + 2)] + [(0, i) for i in range(-ARM - 1, ARM + 2)]


def _draw(picture: Pixels, points: NDArray[np.float64], larger: tuple[float, float], mark: Mark) -> None:
    """Draw marks in a picture whose pixels are so many times as large as those the points are counted in."""
    for number, point in enumerate(points):
        if np.isnan(point).any():
            continue
        middle = np.round((point + 0.5) * larger - 0.5).astype(int)
        at = middle + np.array(mark)
        at = at[((at >= 0) & (at < picture.shape[:2])).all(axis=1)]
        picture[at[:, 0], at[:, 1]] = COLOURS[number % len(COLOURS)]
