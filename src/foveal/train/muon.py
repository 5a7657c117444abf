"""Muon: momentum whose direction is made orthogonal, for filters and dense weights."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

#: Coefficients of the quintic iteration p(X) = a X + b (X X') X + c (X X')^2 X; Jordan et al. 2024.
QUINTIC = (3.4445, -4.7750, 2.0315)


def orthogonalize(matrix: Tensor, steps: int = 3) -> Tensor:
    """Move the singular values of a matrix towards 1 by Newton-Schulz steps, which need only products.

    >>> orthogonalize(torch.eye(2) * 5).diagonal().mean() > 0.6
    tensor(True)
    """
    a, b, c = QUINTIC
    wide = matrix.shape[0] <= matrix.shape[1]
    x = matrix if wide else matrix.T
    x = x / (x.square().sum().sqrt() + 1e-7)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if wide else x.T  # (out, rest) again


class Muon(Optimizer):
    """Muon for weights of two or more axes, Adam for the others.

    A weight W of (out, ...) is taken as a matrix (out, rest). With gradient G, momentum m and Nesterov's look ahead,

        B <- m B + G,   W <- W - lr 0.2 sqrt(max(out, rest)) orthogonalize(G + m B)

    Source: Jordan et al. 2024, "Muon"; the scale is that of Liu et al. 2025, eq. 4, which makes an update as large as
    Adam's, so that the same learning rate serves both. Deviations: three Newton-Schulz steps instead of five, no
    weight decay, and the last dense layer is not set apart.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 1e-3,
        momentum: float = 0.9,
        betas: tuple[float, float] = (0.9, 0.999),
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "betas": betas, "eps": 1e-8})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Update every weight that has a gradient."""
        if closure is not None:
            raise NotImplementedError("Muon takes no closure: compute the gradients, then call step()")
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    (_muon if weight.ndim >= 2 else _adam)(weight, weight.grad, self.state[weight], group)


def _muon(weight: Tensor, grad: Tensor, state: dict[str, Tensor], group: dict[str, Any]) -> None:
    if not state:
        state["buffer"] = torch.zeros_like(weight)
    m = group["momentum"]
    buffer = state["buffer"].mul_(m).add_(grad)
    direction = (grad + m * buffer).flatten(1)
    scale = 0.2 * math.sqrt(max(direction.shape))
    weight.sub_((group["lr"] * scale) * orthogonalize(direction).view(weight.shape))


def _adam(weight: Tensor, grad: Tensor, state: dict[str, Tensor], group: dict[str, Any]) -> None:
    """Kingma and Ba 2015, algorithm 1."""
    if not state:
        state.update(step=torch.zeros(()), mean=torch.zeros_like(weight), square=torch.zeros_like(weight))
    first, second = group["betas"]
    state["step"] += 1
    t = float(state["step"])
    mean = state["mean"].lerp_(grad, 1 - first)
    square = state["square"].mul_(second).addcmul_(grad, grad, value=1 - second)
    width = (square / (1 - second**t)).sqrt_().add_(group["eps"])
    weight.addcdiv_(mean, width, value=-group["lr"] / (1 - first**t))
