"""Noise that is added, and detail that is taken away."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from foveal.augment.draws import as_before, drawn, for_rows, keep, real
from foveal.core.rules import number


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
        values = real(x)
        deviation = values.flatten(2).std(dim=2, correction=0) * self.share
        added = torch.randn(x.shape, generator=rng, device=x.device, dtype=values.dtype)
        return as_before(torch.addcmul(values, added, for_rows(deviation, values)), x)


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
        out, reach = real(x), math.ceil(3 * self.sigma)
        width = drawn(x, rng, 0.0, self.sigma).clamp_(min=1e-3)
        weights = [(-0.5 * (k / width) ** 2).exp() for k in range(reach + 1)]
        total = sum(weights[1:], weights[0] * 0) * 2 + weights[0]
        for axis in range(2, x.ndim):
            out = _smoothed(out, axis, [for_rows(w / total, out) for w in weights])
        return as_before(out, x)


def _smoothed(x: Tensor, axis: int, weights: list[Tensor]) -> Tensor:
    """Add up what lies around each place along an axis."""
    size, reach = x.shape[axis], len(weights) - 1
    place = torch.arange(-reach, size + reach, device=x.device).clamp_(0, size - 1)
    padded = x.index_select(axis, place)
    out = x * weights[0]
    for k in range(1, reach + 1):
        pair = padded.narrow(axis, reach - k, size) + padded.narrow(axis, reach + k, size)
        out = torch.addcmul(out, pair, weights[k])
    return out
