"""The first module of every fitted network: raw values in, standardised ones out."""

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn


class Standardize(nn.Module):
    r"""Standardise each channel: y = (x / scale - mean) / deviation.

    `scale` is 255 for a network fitted on uint8 and 1 otherwise; all three are buffers, so that they travel with the
    weights into every file and export. `mean` and `deviation` are (C,), or (C, L) for the columns of a table, each of
    which has its own. Shape: (N, C, \*S) of any dtype -> the same in the network's dtype.

    >>> Standardize(mean=[0.5], deviation=[0.5], scale=255)(torch.tensor([[[0, 255]]], dtype=torch.uint8))
    tensor([[[-1.,  1.]]])
    """

    scale: Tensor
    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        mean: ArrayLike,
        deviation: ArrayLike,
        scale: float = 1.0,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.register_buffer("scale", torch.tensor(float(scale), dtype=dtype))
        self.register_buffer("mean", torch.tensor(mean, dtype=dtype))
        self.register_buffer("deviation", torch.tensor(deviation, dtype=dtype))

    def forward(self, input: Tensor) -> Tensor:
        """Convert to the network's dtype and standardise."""
        over_rows = (1, *self.mean.shape) + (1,) * (input.ndim - 1 - self.mean.ndim)
        # In units of the raw values: the subtraction comes first and is exact where mean and value are near.
        centre = (self.mean * self.scale).view(over_rows)
        width = (self.deviation * self.scale).view(over_rows)
        return (input.to(centre.dtype) - centre).div_(width)
