"""What is done at each place of a map by itself, over its channels: layer norm, and a dense layer."""

import torch.nn.functional as F
from torch import Tensor, nn


class ChannelNorm(nn.LayerNorm):
    r"""Normalise each place over its channels: y = gamma (x - mean) / sqrt(var + eps) + beta, for any number of axes.

    mean and var are those of the C values of a row at one place, in training and in inference alike.

    Shape: (N, C, \*S) -> the same. Source: Ba et al. 2016, eq. 3; over channels alone: Liu et al. 2022, section 2.6.

    >>> import torch
    >>> ChannelNorm(2)(torch.tensor([[[1.0, 5.0], [3.0, 5.0]]])).round().tolist()
    [[[-1.0, 0.0], [1.0, 0.0]]]
    """

    pixelwise = True

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__(channels, eps=eps)

    def forward(self, input: Tensor) -> Tensor:
        """Normalise; maps that lie channels-last stay so."""
        rows = F.layer_norm(input.movedim(1, -1), self.normalized_shape, self.weight, self.bias, self.eps)
        return rows.movedim(-1, 1)


class Pointwise(nn.Linear):
    r"""Apply a dense layer to the channels of each place: y[:, :, p] = W x[:, :, p] + b.

    It computes what a 1x1 convolution does; its weight is (C', C), as networks that are written channels-last have it.

    Shape: (N, C, \*S) -> (N, C', \*S). Source: Lin et al. 2014, section 3.1.

    >>> import torch
    >>> Pointwise(3, 8)(torch.zeros(2, 3, 5, 5)).shape
    torch.Size([2, 8, 5, 5])
    """

    pixelwise = True

    def forward(self, input: Tensor) -> Tensor:
        """Apply it; maps that lie channels-last stay so."""
        return F.linear(input.movedim(1, -1), self.weight, self.bias).movedim(-1, 1)
