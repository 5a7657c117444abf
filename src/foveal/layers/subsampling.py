"""Subsampling with a coefficient and a bias for each map, as the first convolutional networks have it."""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from foveal.core.errors import ParameterError
from foveal.core.shapes import Sizes, per_axis

_MEAN: dict[int, Callable[..., Tensor]] = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


class Subsampling(nn.Module):
    r"""Add up windows that do not overlap, times a coefficient, plus a bias, both learnt for each map.

        y(c, i) = weight(c) sum over the window at i of x(c, .) + bias(c)

    Shape: (N, C, \*S) -> (N, C, \*S / size), rounded down. A network squashes y after it.

    Source: LeCun et al. 1998, section II.B, layers S2 and S4: 12 and 32 parameters.

    >>> layer = Subsampling(2, 6)
    >>> layer(torch.zeros(1, 6, 28, 28)).shape, sum(p.numel() for p in layer.parameters())
    (torch.Size([1, 6, 14, 14]), 12)
    """

    def __init__(self, ndim: int, channels: int, size: Sizes = 2) -> None:
        super().__init__()
        if ndim not in _MEAN:
            raise ParameterError(f"ndim must be 1, 2 or 3 spatial axes, got {ndim!r}")
        self.kernel_size = self.stride = per_axis("size", size, ndim)
        self.padding = (0,) * ndim
        self._mean = _MEAN[ndim]
        self._over = (1, channels, *(1,) * ndim)
        self.weight = nn.Parameter(torch.full((channels,), 1 / math.prod(self.kernel_size)))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, input: Tensor) -> Tensor:
        """Add up, scale and shift."""
        sums: Any = self._mean(input, self.kernel_size) * math.prod(self.kernel_size)
        return torch.addcmul(self.bias.view(self._over), sums, self.weight.view(self._over))

    def extra_repr(self) -> str:
        """Show the sizes where the module is printed."""
        return f"{len(self.weight)}, size={self.kernel_size}"
