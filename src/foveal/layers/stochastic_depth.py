"""Stochastic depth: whole rows of a block's residual are left out in training."""

import torch
from torch import Tensor, nn

from foveal.core.shares import Shared


class StochasticDepth(nn.Module):
    r"""Leave out a row's values altogether with probability `rate` in training: y = x m / (1 - rate), one m a row.

    It stands at the end of a `Residual`'s body, so that the block is the identity for the rows that are left out.
    `generator` and `shared` are lent by an engine, as `Dropout`'s are. Shape: any -> the same.

    Source: Huang et al. 2016, eq. 5. Deviation: divided by 1 - rate in training, where the paper multiplies by it in
    inference: the same mean, and inference is the plain network.

    >>> StochasticDepth(0.5).eval()(torch.ones(2, 1))
    tensor([[1.],
            [1.]])
    """

    shared: Shared | None = None

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate
        self.generator: torch.Generator | None = None

    def forward(self, input: Tensor) -> Tensor:
        """Leave rows out in training; pass them on in inference."""
        if not self.training or self.rate == 0:
            return input
        start, stop, rows = (0, len(input), len(input)) if self.shared is None else self.shared.slice_of(len(input))
        kept = torch.empty(rows, *(1,) * (input.ndim - 1), dtype=input.dtype, device=input.device)
        kept.bernoulli_(1 - self.rate, generator=self.generator)
        return input * kept[start:stop].div_(1 - self.rate)

    def extra_repr(self) -> str:
        """Show the rate where the module is printed."""
        return f"rate={self.rate}"
