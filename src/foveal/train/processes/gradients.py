"""Gradients as one tensor, in an order that is the same in each step and each process."""

from collections.abc import Sequence

import torch
from torch import Tensor


def by_dtype(weights: Sequence[Tensor]) -> dict[torch.dtype, list[Tensor]]:
    """Sort the weights that are trained by dtype, each group in the order of the weights.

    >>> by_dtype([torch.zeros(1), torch.zeros(2, requires_grad=True)])
    {torch.float32: [tensor([0., 0.], requires_grad=True)]}
    """
    groups: dict[torch.dtype, list[Tensor]] = {}
    for weight in weights:
        if weight.requires_grad:
            groups.setdefault(weight.dtype, []).append(weight)
    return groups


def flatten(weights: Sequence[Tensor]) -> Tensor:
    """Lay gradients out one after the other, and after them for each weight whether it has one."""
    with_gradient = weights[0].new_tensor([weight.grad is not None for weight in weights])
    gradients = [torch.zeros_like(w) if w.grad is None else w.grad for w in weights]
    return torch.cat([*(gradient.flatten() for gradient in gradients), with_gradient])


def spread(flat: Tensor, weights: Sequence[Tensor]) -> None:
    """Undo `flatten`; a weight that no process has a gradient for gets none, and optimizers pass it over."""
    *gradients, with_gradient = torch.split(flat, [*(weight.numel() for weight in weights), len(weights)])
    for place, (weight, gradient) in enumerate(zip(weights, gradients, strict=True)):
        if weight.grad is not None:
            weight.grad.copy_(gradient.view(weight.shape))
        elif with_gradient[place] > 0:
            weight.grad = torch.empty_like(weight).copy_(gradient.view(weight.shape))
