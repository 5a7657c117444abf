"""Noise that is added, and detail that is taken away."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from foveal.augment.draws import as_before, drawn, for_rows, keep, planes
from foveal.core.rules import number

_CONV: dict[int, Callable[..., Tensor]] = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}


@dataclass(frozen=True)
class noise:
    r"""Add normal noise: x' = x + share s n, n ~ N(0, 1), s the deviation of each row's channel; for signals: jitter.

    In units of the row's own deviation, so that it means the same whatever the range.

    Shape: (N, C, \*S) -> the same.  Source: jittering of Um et al. 2017.

    >>> noise()(torch.zeros(1, 1, 2), torch.Generator())
    tensor([[[0., 0.]]])
    """

    share: float = 0.1

    def __post_init__(self) -> None:
        keep(self, {"share": number(0)})

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Add noise to each row."""
        values = planes(x)
        added = values.flatten(2)
        added = added - added.mean(dim=2, keepdim=True)  # the copy is what the noise is drawn into
        deviation = added.square().mean(dim=2).sqrt() * self.share
        added = added.view(x.shape).normal_(generator=rng)
        return as_before(added.mul_(for_rows(deviation, values)).add_(values), x)


@dataclass(frozen=True)
class blur:
    r"""Blur each row with a Gaussian of s pixels, s ~ U(0, sigma), along every axis; edges are repeated.

    x'(i) = sum_k w_k x(i + k) / sum_k w_k, w_k = exp(-k^2 / (2 s^2)), |k| <= 3 sigma.

    Shape: (N, C, \*S) -> the same.

    >>> blur()(torch.ones(1, 1, 3), torch.Generator())
    tensor([[[1., 1., 1.]]])
    """

    sigma: float = 1.0

    def __post_init__(self) -> None:
        keep(self, {"sigma": number(0, 100)})

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Blur each row."""
        return _blurred(x, drawn(x, rng, 0.0, self.sigma), math.ceil(3 * self.sigma))


def gaussian(x: Tensor, sigma: float) -> Tensor:
    r"""Blur all rows with a Gaussian of `sigma` pixels, as `blur` does. Shape: (N, C, \*S) -> the same."""
    return _blurred(x, torch.full((len(x),), float(sigma), device=x.device), math.ceil(3 * sigma))


def _blurred(x: Tensor, width: Tensor, reach: int) -> Tensor:
    """Blur each row by its own width, (N,), as far as `reach` pixels."""
    out, width = planes(x), width.clamp(min=1e-3)
    place = torch.arange(-reach, reach + 1, device=x.device)
    weights = (-0.5 * (place / width[:, None]).square()).exp()
    weights = (weights / weights.sum(1, keepdim=True)).to(out.dtype).repeat_interleave(x.shape[1], 0)
    for axis in range(x.ndim - 2):
        out = _smoothed(out, axis, weights)
    return as_before(out, x)


def _smoothed(x: Tensor, axis: int, weights: Tensor) -> Tensor:
    """Add up what lies around each place along a spatial axis, by the weights of each row and channel, (N C, K)."""
    axes, (planes, taps) = x.ndim - 2, weights.shape
    pads = [0] * (2 * axes)
    pads[2 * (axes - 1 - axis) : 2 * (axes - axis)] = [taps // 2] * 2
    padded = F.pad(x, pads, mode="replicate")
    kernel = weights.view(planes, 1, *[taps if other == axis else 1 for other in range(axes)])
    return _CONV[axes](padded.view(1, planes, *padded.shape[2:]), kernel, groups=planes).view(x.shape)
