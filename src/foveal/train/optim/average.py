"""Exponential moving average of the weights."""

import torch
from torch import nn

from foveal.train.contents import follow_buffers


@torch.no_grad()
def update_average(average: nn.Module, net: nn.Module, decay: float, step: int) -> None:
    """Move the average towards the weights: a <- d a + (1 - d) w, with d = min(decay, (1 + t) / (10 + t)) at step t.

    The smaller decay of the first steps forgets the initial weights (as TensorFlow's averages do); Polyak and Juditsky
    1992 for the idea. Buffers, running statistics among them, are copied; what is
    not trained stays as it was.
    """
    d = min(decay, (1 + step) / (10 + step))
    pairs = [(a, w) for a, w in zip(average.parameters(), net.parameters(), strict=True) if w.requires_grad]
    torch._foreach_lerp_([a for a, _ in pairs], [w for _, w in pairs], 1 - d)
    follow_buffers(average, net)
