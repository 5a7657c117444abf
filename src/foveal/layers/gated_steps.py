"""Gated convolutions of rows of vectors, all places at once or one after the other."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from foveal.layers.bits_dropout import BitsDropout
from foveal.layers.normed_linear import NormedLinear, deviation_of


class GatedSteps(nn.Module):
    r"""Convolve and gate: y_t = a_t sigmoid(b_t), [a; b]_t = W [x_(t-p); ...; x_(t-p+k-1)] + c, zeros at the ends.

    p = k - 1 where it is `causal`, so that y_t sees x_1 to x_t, else (k - 1) // 2. W is normalised. Rows lie as
    (B, T, C), so that the taps of a place are one vector and the filters one product. `step` computes y_t from x_t and
    the k - 1 places before, and gives what the next step is to hold.

    Shape: (B, T, C) -> the same. Source: Gehring et al. 2017, section 3.2; gated linear units: Dauphin et al. 2017,
    eq. 1.

    >>> import torch
    >>> layer, x = GatedSteps(4, 3, 0.0, causal=True), torch.randn(2, 5, 4)
    >>> seen, steps = layer.nothing_seen(2), []
    >>> for t in range(5):
    ...     y, seen = layer.step(x[:, t : t + 1], seen)
    ...     steps.append(y)
    >>> torch.allclose(torch.cat(steps, 1), layer(x), atol=1e-6)
    True
    """

    def __init__(self, width: int, kernel: int, rate: float, *, causal: bool) -> None:
        super().__init__()
        self.width, self.kernel, self.causal = width, kernel, causal
        self.dropout = BitsDropout(rate)
        deviation = deviation_of(kernel * width, gated=True, rate=rate)
        self.taps = NormedLinear(kernel * width, 2 * width, deviation=deviation)

    def forward(self, input: Tensor) -> Tensor:
        """Convolve all places."""
        before = self.kernel - 1 if self.causal else (self.kernel - 1) // 2
        taps: Tensor = _Taps.apply(self.dropout(input), self.kernel, before)  # type: ignore[no-untyped-call]
        return functional.glu(self.taps(taps), 2)

    def nothing_seen(self, rows: int) -> Tensor:
        """Give what is held before the first step: zeros, (B, k - 1, C)."""
        return self.taps.weight_v.new_zeros(rows, self.kernel - 1, self.width)

    def step(self, input: Tensor, held: Tensor) -> tuple[Tensor, Tensor]:
        """Convolve one place, (B, 1, C), behind those that are held."""
        seen = torch.cat((held, input), 1)
        return functional.glu(self.taps(seen.flatten(1)), 1)[:, None], seen[:, 1:]


class _Taps(torch.autograd.Function):
    """Put the taps of each place behind one another: (B, T, C) -> (B, T, k C), zeros where there is no place."""

    @staticmethod
    def forward(ctx: Any, input: Tensor, kernel: int, before: int) -> Tensor:
        rows, length, width = input.shape
        ctx.kernel, ctx.before = kernel, before
        padded = functional.pad(input, (0, 0, before, kernel - 1 - before)).contiguous()
        # The taps of a place lie behind one another already, where it begins: one copy takes them all.
        overlapping = padded.as_strided((rows, length, kernel * width), ((length + kernel - 1) * width, width, 1))
        return overlapping.contiguous()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        rows, length, width = gradients[0].shape
        taps = gradients[0].contiguous().view(rows, length, ctx.kernel, width // ctx.kernel)
        found = taps[:, :, ctx.before].clone()  # the tap at the place itself reaches all places
        for tap in range(ctx.kernel):
            if tap != ctx.before:
                start, stop = _reach(tap - ctx.before, length)
                found[:, start + tap - ctx.before : stop + tap - ctx.before] += taps[:, start:stop, tap]
        return found, None, None


def _reach(offset: int, length: int) -> tuple[int, int]:
    """Give the places from the first to the last-but-one whose tap at an offset is in the row."""
    start = min(length, max(0, -offset))
    return start, max(start, min(length, length - offset))
