"""Exponential moving average of the weights."""

import torch
from torch import nn


@torch.no_grad()
def update_average(average: nn.Module, net: nn.Module, decay: float, step: int) -> None:
    """Move the average towards the weights: a <- d a + (1 - d) w, with d = min(decay, (1 + t) / (10 + t)) at step t.

    The smaller decay of the first steps forgets the initial weights (as TensorFlow's averages do); Polyak and Juditsky
    1992 for the idea. Buffers, running statistics among them, are copied.
    """
    d = min(decay, (1 + step) / (10 + step))
    torch._foreach_lerp_(list(average.parameters()), list(net.parameters()), 1 - d)
    for kept, new in zip(average.buffers(), net.buffers(), strict=True):
        kept.copy_(new)
