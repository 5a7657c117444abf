"""Memory that the library reads and writes: float32, on the CPU, whatever the defaults are."""

import torch
from torch import Tensor


def floats(*shape: int) -> Tensor:
    """Make room for what the library reads and writes: float32 in ordinary memory, whatever the defaults are."""
    return torch.empty(shape, dtype=torch.float32, device="cpu")


def channels_last(rows: int, *shape: int) -> Tensor:
    r"""Make room for rows of (\*S, C) that PyTorch sees as (B, C, \*S).

    >>> channels_last(2, 3, 4, 5).shape, channels_last(2, 3, 4, 5).stride()
    (torch.Size([2, 5, 3, 4]), (60, 1, 20, 5))
    """
    if len(shape) == 1:
        return floats(rows, *shape)
    *sizes, channels = shape
    size, strides = channels, [channels]
    for n in reversed(sizes):
        size *= n
        strides.insert(0, size)
    outer, *inner = strides
    return torch.empty_strided((rows, channels, *sizes), (outer, 1, *inner), dtype=torch.float32, device="cpu")
