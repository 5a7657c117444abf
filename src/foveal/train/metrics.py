"""Scores from sums: what a batch adds, and the score of the total.

Sums of batches can be added in any order, on any device and across processes; no outputs are kept. Each tally is a
float64 vector whose first entry is the sum of the weights.
"""

import torch
from torch import Tensor


def hits(right: Tensor, weight: Tensor | None) -> Tensor:
    """Sum the weights of all rows and of the rows that are right."""
    right = right.to(torch.float64)
    if weight is None:
        return torch.stack((right.new_full((), len(right)), right.sum()))  # new_tensor would wait for a GPU
    weight = weight.to(torch.float64)
    return torch.stack((weight.sum(), (right * weight).sum()))


def accuracy_tally(outputs: Tensor, targets: Tensor, weight: Tensor | None) -> Tensor:
    """Count the rows whose largest output is their class."""
    return hits(outputs.argmax(dim=1) == targets, weight)


def subset_tally(outputs: Tensor, targets: Tensor, weight: Tensor | None) -> Tensor:
    """Count the rows of which every label is right."""
    return hits(((outputs > 0) == (targets > 0.5)).all(dim=1), weight)


def share(tally: Tensor) -> float:
    """Give the share of the weight that was right: accuracy.

    >>> share(torch.tensor([4.0, 3.0]))
    0.75
    """
    total, right = tally.tolist()
    return right / total if total else float("nan")


def r2_tally(outputs: Tensor, targets: Tensor, weight: Tensor | None) -> Tensor:
    """Sum w, w y, w y^2 and w (y - z)^2 for each target."""
    z, y = outputs.to(torch.float64), targets.to(torch.float64)
    w = torch.ones_like(y[:, :1]) if weight is None else weight.to(torch.float64)[:, None]
    sums = ((w * y).sum(0), (w * y.square()).sum(0), (w * (y - z).square()).sum(0))
    return torch.cat((w.sum()[None], *sums))


def r2(tally: Tensor) -> float:
    """Mean over the targets of R2 = 1 - sum w (y - z)^2 / sum w (y - mean)^2; NaN where y does not vary.

    >>> r2(r2_tally(torch.tensor([[1.0], [3.0]]), torch.tensor([[1.0], [3.0]]), None))
    1.0
    """
    total = tally[0]
    y, squares, residual = tally[1:].view(3, -1)
    spread = squares - y.square() / total
    spread = torch.where(spread > 1e-12 * squares, spread, torch.nan)
    return float((1 - residual / spread).mean())
