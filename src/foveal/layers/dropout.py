"""Inverted dropout that draws from a generator it is given."""

import torch
from torch import Tensor, nn

from foveal.core.shares import Shared


class Dropout(nn.Module):
    r"""Zero each value with probability `rate` in training: y = x m / (1 - rate), m ~ Bernoulli(1 - rate).

    `generator` is None (torch's global one) until an engine lends its own, so that a step's mask can be a function of
    (seed, epoch, step). Where it trains with other processes it lends `shared` too: the mask is drawn for all their
    rows, and this process's are cut out of it, so that masks do not depend on the number of processes.
    Shape: any -> the same. Source: Srivastava et al. 2014, section 10 (inverted form).

    >>> Dropout(0.5).eval()(torch.ones(2))
    tensor([1., 1.])
    """

    shared: Shared | None = None

    def __init__(self, rate: float = 0.5) -> None:
        super().__init__()
        self.rate = rate
        self.generator: torch.Generator | None = None

    def forward(self, input: Tensor) -> Tensor:
        """Drop values in training; pass them on in inference."""
        if not self.training or self.rate == 0:
            return input
        mask = torch.empty_like(input) if self.shared is None else _for_all(input, self.shared)
        mask.bernoulli_(1 - self.rate, generator=self.generator)
        if self.shared is not None:
            start, stop, _ = self.shared.slice_of(len(input))
            mask = mask[start:stop]
        return input * mask.div_(1 - self.rate)

    def extra_repr(self) -> str:
        """Show the rate where the module is printed."""
        return f"rate={self.rate}"


def _for_all(input: Tensor, shared: Shared) -> Tensor:
    """Make memory for the rows of all processes, the axes after them in the order in which `input` has them."""
    rows = shared.slice_of(len(input))[2]
    strides = input.stride()
    order = sorted(range(1, input.ndim), key=lambda axis: -strides[axis])
    laid = torch.empty((rows, *(input.shape[axis] for axis in order)), dtype=input.dtype, device=input.device)
    return laid.permute(0, *(1 + order.index(axis) for axis in range(1, input.ndim)))
