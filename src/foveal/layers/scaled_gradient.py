"""Values that pass as they are, their gradient scaled."""

from typing import Any

import torch
from torch import Tensor


class _Scaled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, input: Tensor, factor: float) -> Tensor:
        ctx.factor = factor
        return input.view_as(input)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0] * ctx.factor, None


def scaled_gradient(input: Tensor, factor: float) -> Tensor:
    """Give the input, and back its gradient times `factor`; Gehring et al. 2017, section 3.4.

    >>> x = torch.ones(1, requires_grad=True)
    >>> scaled_gradient(x, 0.25).backward()
    >>> x.grad
    tensor([0.2500])
    """
    out: Tensor = _Scaled.apply(input, factor)  # type: ignore[no-untyped-call]
    return out
