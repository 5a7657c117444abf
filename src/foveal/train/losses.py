"""Losses, row by row: (outputs, targets) -> one loss for each row, so that rows can be weighted.

In the formulas z are a row's outputs, K their number, y its class or its targets.
"""

from collections.abc import Callable
from functools import partial

import torch.nn.functional as F
from torch import Tensor

RowLoss = Callable[[Tensor, Tensor], Tensor]


def cross_entropy(outputs: Tensor, targets: Tensor, smoothing: float = 0.0) -> Tensor:
    """-sum_k q_k log softmax(z)_k, with q = (1 - s) onehot(y) + s / K; Szegedy et al. 2016, section 7."""
    return F.cross_entropy(outputs, targets, reduction="none", label_smoothing=smoothing)


def kl(outputs: Tensor, targets: Tensor, smoothing: float = 0.0) -> Tensor:
    """KL(q || softmax(z)) = sum_k q_k (log q_k - log softmax(z)_k), with q as in `cross_entropy`."""
    k = outputs.shape[1]
    q = F.one_hot(targets, k).to(outputs.dtype) * (1 - smoothing) + smoothing / k
    return F.kl_div(F.log_softmax(outputs, dim=1), q, reduction="none").sum(dim=1)


def hinge(outputs: Tensor, targets: Tensor) -> Tensor:
    """max(0, 1 + max_{j != y} z_j - z_y); Crammer and Singer 2001, eq. 3."""
    right = outputs.gather(1, targets[:, None])
    others = outputs.scatter(1, targets[:, None], float("-inf")).amax(dim=1)
    return F.relu(1 + others - right[:, 0])


def binary_cross_entropy(outputs: Tensor, targets: Tensor, smoothing: float = 0.0) -> Tensor:
    """-mean_k (q_k log sigma(z_k) + (1 - q_k) log(1 - sigma(z_k))), with q = (1 - s) y + s / 2."""
    q = targets * (1 - smoothing) + smoothing / 2
    return F.binary_cross_entropy_with_logits(outputs, q, reduction="none").mean(dim=1)


def mse(outputs: Tensor, targets: Tensor) -> Tensor:
    """mean_k (z_k - y_k)^2."""
    return (outputs - targets).square().mean(dim=1)


def mae(outputs: Tensor, targets: Tensor) -> Tensor:
    """mean_k |z_k - y_k|."""
    return (outputs - targets).abs().mean(dim=1)


def huber(outputs: Tensor, targets: Tensor) -> Tensor:
    """mean_k h(z_k - y_k), h(r) = r^2 / 2 for |r| <= 1 and |r| - 1/2 beyond; Huber 1964."""
    return F.huber_loss(outputs, targets, reduction="none").mean(dim=1)


LOSSES: dict[str, RowLoss] = {
    "cross_entropy": cross_entropy,
    "binary_cross_entropy": binary_cross_entropy,
    "mse": mse,
    "mae": mae,
    "huber": huber,
    "hinge": hinge,
    "kl": kl,
}
SMOOTHED: dict[str, Callable[..., Tensor]] = {
    "cross_entropy": cross_entropy,
    "binary_cross_entropy": binary_cross_entropy,
    "kl": kl,
}


def row_loss(name: str, smoothing: float = 0.0) -> RowLoss:
    """Pick a loss by name, smoothed where that has a meaning.

    >>> import torch
    >>> row_loss("mse")(torch.tensor([[1.0]]), torch.tensor([[3.0]]))
    tensor([4.])
    """
    return partial(SMOOTHED[name], smoothing=smoothing) if smoothing else LOSSES[name]
