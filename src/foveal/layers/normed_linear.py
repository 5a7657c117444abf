"""Dense layers whose weights are a direction and a length."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional


class NormedLinear(nn.Linear):
    r"""Compute y = W x + b with W_i = g_i V_i / ||V_i||, row by row.

    V is drawn from N(0, deviation^2), by whoever builds the network without `rng`; g begins as the rows' norms, b as 0.
    `weight` is computed when it is asked for.

    Shape: (\*, inputs) -> (\*, outputs). Source: Salimans and Kingma 2016, Weight normalization, eq. 2.

    >>> layer = NormedLinear(3, 2, deviation=0.1)
    >>> sorted(layer.state_dict()), bool((layer.weight.norm(dim=1) - layer.weight_g[:, 0]).abs().max() < 1e-6)
    (['bias', 'weight_g', 'weight_v'], True)
    """

    kept: Tensor | None = None  # the weights, for as long as they do not change

    def __init__(self, inputs: int, outputs: int, *, deviation: float, rng: torch.Generator | None = None) -> None:
        nn.Module.__init__(self)
        self.in_features, self.out_features = inputs, outputs
        self.weight_v = nn.Parameter(torch.empty(outputs, inputs).normal_(0, deviation, generator=rng))
        self.weight_g = nn.Parameter(self.weight_v.detach().norm(dim=1, keepdim=True))
        self.bias = nn.Parameter(torch.zeros(outputs))

    @property
    def weight(self) -> Tensor:  # type: ignore[override]
        """The weights as they multiply."""
        return self.kept if self.kept is not None else torch._weight_norm(self.weight_v, self.weight_g, 0)

    def forward(self, input: Tensor) -> Tensor:
        """Multiply and add."""
        return functional.linear(input, self.weight, self.bias)


def deviation_of(inputs: int, *, gated: bool = False, rate: float = 0.0) -> float:
    """Give the deviation that keeps the variance of activations, of layers behind dropout of a rate.

    sqrt((1 - rate) / inputs), and twice that where a gate follows; Gehring et al. 2017, section 3.5.

    >>> deviation_of(16, gated=True)
    0.5
    """
    return math.sqrt((4 if gated else 1) * (1 - rate) / inputs)


@contextmanager
def weights_kept(net: nn.Module) -> Iterator[None]:
    """Compute normalised weights once for all calls within, which must not train.

    >>> layer = NormedLinear(3, 2, deviation=0.1)
    >>> with weights_kept(layer):
    ...     same = layer.weight is layer.weight
    >>> same, layer.kept
    (True, None)
    """
    layers = [module for module in net.modules() if isinstance(module, NormedLinear)]
    try:
        for layer in layers:
            layer.kept = layer.weight.detach()
        yield
    finally:
        for layer in layers:
            layer.kept = None
