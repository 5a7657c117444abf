"""More channels without parameters: zeros behind those that are there."""

import torch.nn.functional as F
from torch import Tensor, nn


class ZeroChannels(nn.Module):
    r"""Lay `extra` channels of zeros behind the input's: y = [x, 0] along the channels.

    Behind an average pooling of window 1 and stride 2, which takes every other place, it is a shortcut without
    parameters between maps of different shapes. Shape: (N, C, \*S) -> (N, C + extra, \*S).

    Source: He et al. 2016, section 3.3, option A; the paper does not say on which side the zeros are.

    >>> import torch
    >>> ZeroChannels(2)(torch.ones(1, 1, 3)).sum(2)
    tensor([[3., 0., 0.]])
    """

    pixelwise = True

    def __init__(self, extra: int) -> None:
        super().__init__()
        self.extra = extra

    def forward(self, input: Tensor) -> Tensor:
        """Lay the zeros behind."""
        return F.pad(input, (0, 0) * (input.ndim - 2) + (0, self.extra))

    def extra_repr(self) -> str:
        """Show the number of channels where the module is printed."""
        return f"extra={self.extra}"
