"""Scores from sums: what a batch adds, and the score of the total.

Sums of batches can be added in any order, on any device and across processes; no outputs are kept. Each tally is a
float64 vector whose first entry is the sum of the weights.
"""

from collections.abc import Sequence

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


def counts_tally(outputs: Tensor, targets: Tensor, weight: Tensor | None) -> Tensor:
    """Sum the weights of the rows that are rightly found to be of each class, that are found so, that are: (3, K)."""
    classes = torch.arange(outputs.shape[1], device=outputs.device)
    return _counts(outputs.argmax(dim=1)[:, None] == classes, targets[:, None] == classes, weight)


def label_counts_tally(outputs: Tensor, targets: Tensor, weight: Tensor | None) -> Tensor:
    """Sum the same of labels, of which a row may have several."""
    return _counts(outputs > 0, targets > 0.5, weight)


def _counts(found: Tensor, there: Tensor, weight: Tensor | None) -> Tensor:
    weight = torch.ones(len(found), device=found.device) if weight is None else weight
    weight = weight.to(torch.float64)[:, None]
    return torch.stack([(marks * weight).sum(0) for marks in (found & there, found, there)])


def balanced_accuracy(counts: Tensor) -> float:
    """Mean over the classes that are there of the share of their rows that is found; the source is scikit-learn's.

    >>> balanced_accuracy(torch.tensor([[9.0, 0.0, 0.0], [10.0, 0.0, 0.0], [9.0, 1.0, 0.0]]))
    0.5
    """
    hits, _, there = counts
    return float((hits / there)[there > 0].mean())


def macro_f1(counts: Tensor) -> float:
    """Mean of 2 hits / (found + there) over the classes that are found or there; the source is scikit-learn's.

    >>> macro_f1(torch.tensor([[9.0, 0.0, 0.0], [9.0, 1.0, 0.0], [9.0, 1.0, 0.0]]))
    0.5
    """
    hits, found, there = counts
    either = found + there
    return float((2 * hits / either)[either > 0].mean())


def r2_tally(outputs: Tensor, targets: Tensor, weight: Tensor | None) -> Tensor:
    """Sum w, w y, w y^2 and w (y - z)^2 for each target."""
    z, y = outputs.to(torch.float64), targets.to(torch.float64)
    w = torch.ones_like(y[:, :1]) if weight is None else weight.to(torch.float64)[:, None]
    sums = ((w * y).sum(0), (w * y.square()).sum(0), (w * (y - z).square()).sum(0))
    return torch.cat((w.sum()[None], *sums))


def r2(tally: Tensor) -> float:
    """Mean over the targets of R2 = 1 - sum w (y - z)^2 / sum w (y - mean)^2; never NaN.

    A target that does not vary, as in a single row, counts 1 where it is met exactly, else 0. Source: scikit-learn's
    `r2_score`; deviation: one row counts so too, and what varies by rounding alone does not vary.

    >>> r2(r2_tally(torch.tensor([[1.0, 5.0], [3.0, 5.0]]), torch.tensor([[1.0, 4.0], [3.0, 4.0]]), None))
    0.5
    """
    residual, spread = tally[1:].view(3, -1)[2], _spread(tally)
    exact = torch.where(residual == 0, 1.0, 0.0).to(residual.dtype)
    return float(torch.where(spread > 0, 1 - residual / torch.where(spread > 0, spread, 1.0), exact).mean())


def absolute_tally(outputs: Tensor, targets: Tensor, weight: Tensor | None) -> Tensor:
    """Sum w and w |y - z| for each target."""
    z, y = outputs.to(torch.float64), targets.to(torch.float64)
    w = torch.ones_like(y[:, :1]) if weight is None else weight.to(torch.float64)[:, None]
    return torch.cat((w.sum()[None], (w * (y - z).abs()).sum(0)))


def mean_absolute(unit: Sequence[float], tally: Tensor) -> float:
    """Mean over the targets of sum w |y - z| / sum w, each in its unit; the source is scikit-learn's.

    >>> mean_absolute([10.0], absolute_tally(torch.tensor([[1.0], [2.0]]), torch.tensor([[1.0], [3.0]]), None))
    5.0
    """
    return float((tally[1:] / tally[0] * torch.tensor(unit, dtype=torch.float64)).mean())


def always(targets: Tensor, weight: Tensor | None) -> bool:
    """Tell that any rows can tell a good network from a bad one."""
    return True


def some_vary(targets: Tensor, weight: Tensor | None) -> bool:
    """Tell whether one of the targets varies, so that R2 can tell a good network from a bad one.

    >>> some_vary(torch.tensor([[1.0, 2.0], [1.0, 3.0]]), None), some_vary(torch.tensor([[1.0, 2.0]]), None)
    (True, False)
    """
    return bool((_spread(r2_tally(targets, targets, weight)) > 0).any())


def more_than_one(targets: Tensor, weight: Tensor | None) -> bool:
    """Tell whether there are several rows: a single one is right or wrong, and says little of a network."""
    return len(targets) > 1


def _spread(tally: Tensor) -> Tensor:
    """Give sum w (y - mean)^2 of each target, 0 for what is rounding."""
    y, squares, _ = tally[1:].view(3, -1)
    spread = squares - y.square() / tally[0]
    return torch.where(spread > 1e-12 * squares, spread, 0.0)
