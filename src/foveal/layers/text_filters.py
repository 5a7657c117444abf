"""Filters of several widths along a text, and the strongest answer of each, wherever it stands."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from foveal.core.errors import ParameterError
from foveal.core.rules import shown


class TextFilters(nn.Module):
    r"""Compute the strongest answer of each filter to a row of vectors, all widths in one product.

        y_(h, m) = max(0, max over t of (b_m + sum over k < h of w_(h, m, k) . x_(t + k)))

    t runs over all windows that see a place of the text: zeros stand before its first and behind its last place, so
    that a text may be shorter than a filter. A row without places answers 0. What stands behind a row's places,
    padding, is never looked at.

    Shape: x (N, T, channels), zeros where no place is, and the number of places of each row, (N,) -> (N, maps for each
    of the widths). `weight` holds w, (width, k, map) x channels, those of all widths behind one another.

    Source: Kim 2014, eqs. 1 to 3; f is the rectifier. Deviation: windows that see padding alone are left out.
    The gradient goes through the strongest window alone, so that it is gathered from those, not computed for all.

    >>> filters = TextFilters(8, (3, 4, 5), 100)
    >>> filters(torch.randn(2, 6, 8), torch.tensor([6, 1])).shape
    torch.Size([2, 300])
    """

    #: What the L2 term counts, as it does the weights of convolutions.
    penalised = ("weight",)

    def __init__(self, channels: int, widths: Sequence[int], maps: int) -> None:
        super().__init__()
        if not widths or min(widths) < 1 or maps < 1:
            raise ParameterError(f"widths and maps must be at least 1, got {shown(widths)} and {maps}; use (3, 4, 5)")
        self.channels, self.widths, self.maps = channels, tuple(widths), maps
        self.weight = nn.Parameter(torch.empty(sum(self.widths) * maps, channels))
        self.bias = nn.Parameter(torch.empty(len(self.widths) * maps))
        self.reset_parameters()

    def reset_parameters(self, rng: torch.Generator | None = None) -> None:
        """Draw weights as PyTorch draws those of a convolution: uniform up to 1 / sqrt(channels h)."""
        if self.weight.is_meta:
            return
        rows = self.weight.split_with_sizes([width * self.maps for width in self.widths])
        with torch.no_grad():
            for width, its, bias in zip(self.widths, rows, self.bias.view(-1, self.maps), strict=True):
                bound = 1 / math.sqrt(self.channels * width)
                its.uniform_(-bound, bound, generator=rng)
                bias.uniform_(-bound, bound, generator=rng)

    def forward(self, input: Tensor, places: Tensor) -> Tensor:
        """Give the strongest answers."""
        strongest: Tensor = _Strongest.apply(input, self.weight, places, self.widths)  # type: ignore[no-untyped-call]
        return torch.relu(strongest + self.bias) * (places > 0)[:, None].to(strongest.dtype)

    @staticmethod
    def runs(input: Tensor, places: Tensor) -> int:
        """Tell how often the products are taken for a row: at each place."""
        return input.shape[1]

    def extra_repr(self) -> str:
        """Show widths and maps where the module is printed."""
        return f"channels={self.channels}, widths={self.widths}, maps={self.maps}"


class _Strongest(torch.autograd.Function):
    """Products with all taps at once, shifted and added; only where the strongest window stood is kept."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, places: Tensor, widths: tuple[int, ...]) -> Tensor:
        """Give (N, maps of all widths), 0 for a row without places."""
        rows, length, channels = x.shape
        maps = len(weight) // sum(widths)
        products = (x.reshape(rows * length, channels) @ weight.t()).view(rows, length, len(weight))
        found, where, begin = [], [], 0
        for width in widths:
            answers = x.new_zeros(rows, length + width - 1, maps)  # window s ends at place s
            for tap in range(width):
                shift = width - 1 - tap
                answers[:, shift : shift + length] += products[..., begin : begin + maps]
                begin += maps
            beyond = torch.arange(length + width - 1, device=x.device) >= places[:, None] + width - 1
            strongest = answers.masked_fill_(beyond[..., None], -math.inf).max(dim=1)
            found.append(strongest.values)
            where.append(strongest.indices)
        ctx.widths = widths
        ctx.save_for_backward(x, weight, places, torch.cat(where, dim=1))
        return torch.cat(found, dim=1).masked_fill_((places == 0)[:, None], 0)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        """Gather what the strongest windows saw: N rows of x for each tap, and each place's taps."""
        x, weight, places, where = ctx.saved_tensors
        rows, length, channels = x.shape
        if not rows:  # a process's share of a batch may have none
            return torch.zeros_like(x), torch.zeros_like(weight), None, None
        at, share = [], []  # (taps, N)
        for width, ends, its in zip(
            ctx.widths, where.chunk(len(ctx.widths), 1), gradient.chunk(len(ctx.widths), 1), strict=True
        ):
            taps = torch.arange(width, device=x.device)[:, None, None] - (width - 1) + ends.t()  # (h, maps, N)
            there = (taps >= 0) & (taps < places)
            at.append(taps.clamp(0, length - 1).flatten(0, 1))
            share.append((its.t() * there).flatten(0, 1))
        place = torch.cat(at) + torch.arange(rows, device=x.device) * length
        shares = torch.cat(share).contiguous()
        d_weight = d_x = None
        if ctx.needs_input_grad[1]:
            flat = x.reshape(rows * length, channels)
            d_weight = F.embedding_bag(place, flat, mode="sum", per_sample_weights=shares)
        if ctx.needs_input_grad[0]:
            order = place.flatten().argsort()
            numbers = torch.arange(len(weight), device=x.device).repeat_interleave(rows)[order]
            every = torch.arange(rows * length, device=x.device)
            starts = torch.searchsorted(place.flatten()[order], every)
            d_x = F.embedding_bag(numbers, weight, starts, mode="sum", per_sample_weights=shares.flatten()[order])
            d_x = d_x.view_as(x)
        return d_x, d_weight, None, None
