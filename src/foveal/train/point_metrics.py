r"""Scores of points, from sums; points that are not visible do not count.

A tally is, as in `metrics`, a float64 vector whose first entry is the sum of the rows' weights; after it stand, by
their row's weight, the visible points, the sum of the distances at which they are found, in pixels, and those found
within 0.05 of the row's longest side.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from foveal.train.heat_maps import visible
from foveal.train.peaks import peaks

#: Share of a row's longest side within which a point counts as found.
SHARE = 0.05


def point_tally(logarithms: bool, outputs: Tensor, targets: Tensor, weight: Tensor | None) -> Tensor:
    r"""Sum over a batch: outputs (N, K, \*S), and points (N, K, axes)."""
    found = peaks(outputs, logarithms=logarithms).to(torch.float64)
    there = visible(targets)
    distance = torch.where(there, (found - targets).square().sum(-1).sqrt(), 0.0)
    near = there & (distance <= SHARE * max(outputs.shape[2:]))
    by_row = torch.stack([values.to(torch.float64).sum(1) for values in (there, distance, near)])  # (3, N)
    if weight is None:
        return torch.cat((by_row.new_full((1,), len(outputs)), by_row.sum(1)))
    weight = weight.to(torch.float64)
    return torch.cat((weight.sum()[None], (by_row * weight).sum(1)))


def distance(tally: Tensor) -> float:
    """Give the mean distance of the visible points from where they are found, in pixels.

    >>> distance(torch.tensor([2.0, 4.0, 6.0, 1.0])), pck(torch.tensor([2.0, 4.0, 6.0, 1.0]))
    (1.5, 0.25)
    """
    _, points, total, _ = tally.tolist()
    return total / points if points else float("nan")


def pck(tally: Tensor) -> float:
    """Give the share of the visible points found within 0.05 of the longest side; Yang and Ramanan 2013.

    Deviation: the side is the row's, for that of the object's box.
    """
    _, points, _, near = tally.tolist()
    return near / points if points else float("nan")


def any_visible(targets: Tensor, weight: Tensor | None) -> bool:
    """Tell whether any point is visible in a row that counts."""
    there = visible(targets).any(dim=1)
    return bool((there if weight is None else there & (weight > 0)).any())


#: Measures of points by name; less is better for "distance".
SCORES: dict[str, Callable[[Tensor], float]] = {"distance": distance, "pck": pck}


def distances(predicted: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Give each point's distance from where it is found, (N, K), NaN where it is not visible.

    >>> distances(np.array([[[3.0, 4.0]]]), np.zeros((1, 1, 2)))
    array([[5.]])
    """
    return np.asarray(np.sqrt(np.square(predicted - y).sum(axis=-1)))


def pck_of(distance: np.ndarray, sizes: Sequence[int]) -> float:
    """Give the share of distances, those that are numbers, within 0.05 of the longest side."""
    known = distance[~np.isnan(distance)]
    return float((known <= SHARE * max(sizes)).mean()) if len(known) else float("nan")
