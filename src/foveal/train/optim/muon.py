"""Muon: momentum whose direction is made orthogonal, for filters and dense weights."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim.adam import adam

from foveal.train.optim.without_compiler import Untraced

#: Coefficients of the quintic iteration p(X) = a X + b (X X') X + c (X X')^2 X; Jordan et al. 2024.
QUINTIC = (3.4445, -4.7750, 2.0315)


def orthogonalize(matrix: Tensor, steps: int = 3) -> Tensor:
    """Move the singular values of a matrix towards 1 by Newton-Schulz steps, which need only products.

    A step is X <- P X with P = a I + b G + c G^2 and G = X X', and G <- P G P. So the steps are multiplied together as
    small square matrices, and the wide X is touched twice instead of three times a step: three to four times faster.

    >>> orthogonalize(torch.eye(2) * 5).diagonal().mean() > 0.6
    tensor(True)
    """
    a, b, c = QUINTIC
    wide = matrix.shape[0] <= matrix.shape[1]
    x = matrix if wide else matrix.T
    x = x / (x.square().sum().sqrt() + 1e-7)
    gram = x @ x.T
    total = torch.eye(len(gram), dtype=x.dtype, device=x.device)
    for k in range(steps):
        step = torch.addmm(gram, gram, gram, beta=b, alpha=c)
        step.diagonal().add_(a)
        total = step @ total
        if k < steps - 1:
            gram = step @ gram @ step
    x = total @ x
    return x if wide else x.T  # (out, rest) again


class Muon(Untraced):
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
        # `fused` tells PyTorch, which loads a state, that the counts lie on the device; Adam's fused update reads them.
        super().__init__(params, {"lr": lr, "momentum": momentum, "betas": betas, "eps": 1e-8, "fused": True})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Update every weight that has a gradient."""
        if closure is not None:
            raise NotImplementedError("Muon takes no closure: compute the gradients, then call step()")
        for group in self.param_groups:
            weights = [w for w in group["params"] if w.grad is not None]
            for weight in weights:
                if weight.ndim >= 2:
                    _muon(weight, weight.grad, self.state[weight], group)
            vectors = [w for w in weights if w.ndim < 2]
            _adam(vectors, [self.state[w] for w in vectors], group)


def _muon(weight: Tensor, grad: Tensor, state: dict[str, Tensor], group: dict[str, Any]) -> None:
    if not state:
        state["buffer"] = torch.zeros_like(weight)
    m = group["momentum"]
    buffer = state["buffer"].mul_(m).add_(grad)
    direction = (grad + m * buffer).flatten(1)
    scale = 0.2 * math.sqrt(max(direction.shape))
    weight.sub_((group["lr"] * scale) * orthogonalize(direction).view(weight.shape))


def _adam(weights: list[Tensor], states: list[dict[str, Tensor]], group: dict[str, Any]) -> None:
    """Kingma and Ba 2015, algorithm 1, for all vectors at once; their counts lie beside them on the device."""
    for weight, state in zip(weights, states, strict=True):
        if not state:
            count = torch.zeros((), dtype=torch.float32, device=weight.device)
            state.update(step=count, mean=torch.zeros_like(weight), square=torch.zeros_like(weight))
    mean, square, step = ([state[name] for state in states] for name in ("mean", "square", "step"))
    first, second = group["betas"]
    adam(
        weights, [w.grad for w in weights], mean, square, [], step, fused=True, amsgrad=False, maximize=False,  # type: ignore[misc]
        beta1=first, beta2=second, lr=group["lr"], weight_decay=0.0, eps=group["eps"],
    )  # fmt: skip
