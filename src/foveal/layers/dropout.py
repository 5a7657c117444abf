"""Inverted dropout that draws from a generator it is given."""

import torch
from torch import Tensor, nn


class Dropout(nn.Module):
    r"""Zero each value with probability `rate` in training: y = x m / (1 - rate), m ~ Bernoulli(1 - rate).

    `generator` is None (torch's global one) until an engine lends its own, so that a step's mask can be a function of
    (seed, epoch, step). Shape: any -> the same. Source: Srivastava et al. 2014, section 10 (inverted form).

    >>> Dropout(0.5).eval()(torch.ones(2))
    tensor([1., 1.])
    """

    def __init__(self, rate: float = 0.5) -> None:
        super().__init__()
        self.rate = rate
        self.generator: torch.Generator | None = None

    def forward(self, input: Tensor) -> Tensor:
        """Drop values in training; pass them on in inference."""
        if not self.training or self.rate == 0:
            return input
        mask = torch.empty_like(input).bernoulli_(1 - self.rate, generator=self.generator)
        return input * mask.div_(1 - self.rate)

    def extra_repr(self) -> str:
        """Show the rate where the module is printed."""
        return f"rate={self.rate}"
