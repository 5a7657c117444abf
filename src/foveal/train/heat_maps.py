r"""Losses of points: (heat maps, points) -> one loss for each row.

Outputs z are heat maps, (N, K, \*S), one for each point; targets are the points' places p, (N, K, axes) in pixels, NaN
where a point is not visible. In the formulas x are the places of a map, g(x) = exp(-|x - p|^2 / (2 s^2)) is the
Gaussian about a point, and V are the visible points of a row. A row without any has the loss 0. The Gaussians are made
from the places when they are needed, so that targets take no memory of maps.
"""

from collections.abc import Sequence
from functools import reduce

import torch
from torch import Tensor

from foveal.train.losses import RowLoss

#: Deviation s of the Gaussian about a point, in pixels, by the loss. Of 1, 1.5 and 2 the one by which crosses and rings
#: on noise were found best, 300 rows of 32 x 32 and 120 updates of a U-Net: at a mean distance of 0.21, 0.33 and 0.39
#: pixels with cross-entropy, and of 0.38, 0.28 and 0.31 with squares that all weigh alike (two seeds; of 2 pixels one).
SHARP, BROAD = 1.0, 1.5
#: How much more than elsewhere a square weighs at the point. Without it a map of zeros is nearly right: of the same
#: pictures, augmented, points were found at a mean distance of 1.47 pixels after 600 updates, with it of 0.38 (one run
#: each; cross-entropy: 0.25).
WEIGHT = 10.0


def heat_maps(points: Tensor, sizes: Sequence[int], deviation: float, *, shares: bool = False) -> Tensor:
    r"""Draw the Gaussian of a deviation about each point, 1 at the point; `shares` have the sum 1 over a map.

    Shape: (N, K, axes), sizes \*S -> (N, K, \*S).

    >>> heat_maps(torch.tensor([[[1.0]]]), (4,), 1.5)
    tensor([[[0.8007, 1.0000, 0.8007, 0.4111]]])
    """
    lines = [_line(points[..., axis : axis + 1], size, deviation) for axis, size in enumerate(sizes)]
    lines = [line / line.sum(-1, keepdim=True) for line in lines] if shares else lines
    spread = [line.view(*line.shape[:2], *_but(axis, len(sizes), line.shape[2])) for axis, line in enumerate(lines)]
    return reduce(torch.mul, spread)


def _line(place: Tensor, size: int, deviation: float) -> Tensor:
    """Give one axis's factor: the Gaussian is the product over the axes."""
    pixels = torch.arange(size, device=place.device, dtype=place.dtype)
    return (-(pixels - place).square() / (2 * deviation**2)).exp()


def _but(axis: int, axes: int, size: int) -> list[int]:
    return [size if other == axis else 1 for other in range(axes)]


def visible(points: Tensor) -> Tensor:
    """Tell which points are visible, (N, K)."""
    return ~points.isnan().any(dim=-1)


def mse(z: Tensor, points: Tensor) -> Tensor:
    """1/|V| sum over V, x of (1 + 10 g(x)) (z(x) - g(x))^2, s = 1.5; Tompson et al. 2014.

    Deviation: the weight, which is that of Wang et al. 2019 with the Gaussian in place of their mask of it.
    """
    wanted = heat_maps(_somewhere(points, z), z.shape[2:], BROAD)
    return _mean(((1 + WEIGHT * wanted) * (z - wanted).square()).flatten(2).sum(2), points)


def cross_entropy(z: Tensor, points: Tensor) -> Tensor:
    """-1/|V| sum over V, x of q(x) log softmax(z)(x), q = g / sum g, s = 1; the softmax is over a map."""
    wanted = heat_maps(_somewhere(points, z), z.shape[2:], SHARP, shares=True)
    maps = z.flatten(2)
    return _mean(maps.logsumexp(2) - (wanted.flatten(2) * maps).sum(2), points)


def _somewhere(points: Tensor, z: Tensor) -> Tensor:
    """Put points that are not visible anywhere: their loss is left out, and its gradient must be a number."""
    return points.nan_to_num(0.0).to(z.dtype)


def _mean(lost: Tensor, points: Tensor) -> Tensor:
    there = visible(points)
    return torch.where(there, lost, 0.0).sum(1) / there.sum(1).clamp(min=1)


#: Losses of points by name.
POINT_LOSSES: dict[str, RowLoss] = {"cross_entropy": cross_entropy, "mse": mse}
