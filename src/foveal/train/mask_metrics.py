r"""Scores of rows that have a class at each place, from counts: how often class k is found where it is class j.

A tally is, as in `metrics`, a float64 vector whose first entry is the sum of the rows' weights; after it stands the
confusion matrix C, (K, K), row by row: C_jk places of class j that are found to be of class k, by their row's weight.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from foveal.train.mask_losses import known_places


def confusion_tally(outputs: Tensor, targets: Tensor, weight: Tensor | None) -> Tensor:
    r"""Count the places of a batch: outputs (N, K, \*S), and targets as the losses take them."""
    k, known = outputs.shape[1], known_places(targets)
    truth = targets.argmax(1) if targets.is_floating_point() else targets.long()
    pairs = truth * k + outputs.argmax(dim=1)
    places = known.to(torch.float64)
    if weight is not None:
        places = places * weight.to(torch.float64).view(-1, *[1] * (places.ndim - 1))
    pairs = torch.where(known, pairs, 0).flatten()
    counts = torch.zeros(k * k, dtype=torch.float64, device=outputs.device).index_add_(0, pairs, places.flatten())
    total = counts.new_full((), len(outputs)) if weight is None else weight.to(torch.float64).sum()
    return torch.cat((total[None], counts))


def confusion_of(tally: Tensor) -> Tensor:
    """Give the confusion matrix, (K, K), of a tally."""
    k = round((len(tally) - 1) ** 0.5)
    return tally[1:].view(k, k)


def ious(confusion: Tensor) -> Tensor:
    """IoU_k = C_kk / (sum_j C_jk + sum_j C_kj - C_kk), the intersection over the union; NaN for a class nowhere.

    >>> ious(torch.tensor([[2.0, 1.0], [0.0, 1.0]]))
    tensor([0.6667, 0.5000])
    """
    hits, found, there = _sums(confusion)
    return hits / (found + there - hits)


def dices(confusion: Tensor) -> Tensor:
    """D_k = 2 C_kk / (sum_j C_jk + sum_j C_kj), which is F1 of the places; NaN for a class that is nowhere.

    >>> dices(torch.tensor([[2.0, 1.0], [0.0, 1.0]]))
    tensor([0.8000, 0.6667])
    """
    hits, found, there = _sums(confusion)
    return 2 * hits / (found + there)


def _sums(confusion: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    return confusion.diagonal(), confusion.sum(0), confusion.sum(1)


def mean_iou(tally: Tensor) -> float:
    """Mean of the classes' IoU over those that are found or there."""
    return float(ious(confusion_of(tally)).nanmean())


def mean_dice(tally: Tensor) -> float:
    """Mean of the classes' Dice over those that are found or there."""
    return float(dices(confusion_of(tally)).nanmean())


def pixel_accuracy(tally: Tensor) -> float:
    """Share of the known places whose class is found; NaN where none is known."""
    confusion = confusion_of(tally)
    return float(confusion.diagonal().sum() / confusion.sum())


#: What a segmentation is measured by, the score first.
SCORES: dict[str, Callable[[Tensor], float]] = {
    "iou": mean_iou, "dice": mean_dice, "pixel_accuracy": pixel_accuracy,
}  # fmt: skip


def mask_scores(tally: Tensor) -> dict[str, float]:
    """Give all of them."""
    return {name: score(tally) for name, score in SCORES.items()}


def any_known(targets: Tensor, weight: Tensor | None) -> bool:
    """Tell whether some place is known, so that a score can tell networks apart."""
    return bool(known_places(targets).any())
