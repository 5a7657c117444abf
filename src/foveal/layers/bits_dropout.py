"""Inverted dropout whose masks are drawn four at a time."""

from typing import Any

import torch
from torch import Tensor, nn

from foveal.core.shares import Shared

#: Values of the 16 bits that a place of the mask is drawn with.
_VALUES = 2**16


class BitsDropout(nn.Module):
    r"""Zero each value with probability `rate` in training: y = x m / (1 - rate), m ~ Bernoulli(1 - rate).

    What `layers.Dropout` does, and `generator` and `shared` are its. Deviation: a place is drawn with 16 bits, four
    places with one number, so that `rate` is rounded to a multiple of 2^-16: drawing the masks took a tenth of the
    steps of a network of small layers. Shape: any -> the same. Source: Srivastava et al. 2014, section 10.

    >>> BitsDropout(0.5).eval()(torch.ones(2))
    tensor([1., 1.])
    """

    shared: Shared | None = None

    def __init__(self, rate: float = 0.5) -> None:
        super().__init__()
        self.rate = rate
        self.generator: torch.Generator | None = None

    def forward(self, input: Tensor) -> Tensor:
        """Drop values in training; pass them on in inference."""
        dropped = round(self.rate * _VALUES)
        if not self.training or not dropped:
            return input
        rows, first = len(input), 0
        if self.shared is not None:
            first, _, rows = self.shared.slice_of(len(input))
        values = rows * input[:1].numel()
        drawn = torch.empty(-(-values // 4), dtype=torch.int64, device=input.device)
        drawn.random_(-(2**63), None, generator=self.generator)  # all 64 bits
        bits = drawn.view(torch.int16)[:values].view(rows, *input.shape[1:])[first : first + len(input)]
        kept = bits.ge_(dropped - _VALUES // 2)  # 0 or 1: flags took three times as long to multiply by
        out: Tensor = _Kept.apply(input, kept, _VALUES / (_VALUES - dropped))  # type: ignore[no-untyped-call]
        return out

    def extra_repr(self) -> str:
        """Show the rate where the module is printed."""
        return f"rate={self.rate}"


class _Kept(torch.autograd.Function):
    """Keep some values, scaled; the mask takes two bytes a value."""

    @staticmethod
    def forward(ctx: Any, input: Tensor, kept: Tensor, scale: float) -> Tensor:
        ctx.save_for_backward(kept)
        ctx.scale = scale
        return (input * kept).mul_(scale)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (kept,) = ctx.saved_tensors
        return (gradients[0] * kept).mul_(ctx.scale), None, None
