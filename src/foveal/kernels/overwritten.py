"""Activations that write their result, and their gradient, over what nobody reads any more: the same bits, less memory.

PyTorch's own ReLU6 in place keeps a copy of its input in training, and no activation of its writes over a gradient.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from foveal.layers.altered import is_altered

_BACK: Any = torch.ops.aten


class _Rectified(torch.autograd.Function):
    """ReLU, y = max(x, 0), or ReLU6, y = min(max(x, 0), 6), whose gradients follow from the result alone."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, six: bool, alone: bool) -> Tensor:
        ctx.mark_dirty(x)
        y = x.clamp_(0.0, 6.0) if six else x.relu_()
        ctx.save_for_backward(y)
        ctx.six, ctx.alone = six, alone
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (y,) = ctx.saved_tensors
        over = {"grad_input": gradient} if ctx.alone else {}
        if ctx.six:
            back = _BACK.hardtanh_backward.grad_input if ctx.alone else _BACK.hardtanh_backward
            return back(gradient, y, 0.0, 6.0, **over), None, None
        back = _BACK.threshold_backward.grad_input if ctx.alone else _BACK.threshold_backward
        return back(gradient, y, 0.0, **over), None, None


RECTIFIED: Callable[..., Tensor] = _Rectified.apply


def overwriting(module: nn.Module, *, alone: bool) -> Callable[[Tensor], Tensor] | None:
    """Give an activation that writes over its input in training, None where that is not to be had.

    `alone` says that a single layer reads the result, whose gradient is then memory of its own: it is written over too.
    """
    if type(module) not in (nn.ReLU, nn.ReLU6) or is_altered(module):
        return None
    six = type(module) is nn.ReLU6
    return lambda x: RECTIFIED(x, six, alone)  # PyTorch takes no arguments by name here
