r"""Scores of rows that have a class at each place, from counts: how often class k is found where it is class j.

A tally is, as in `metrics`, a float64 vector whose first entry is the sum of the rows' weights; after it stands the
confusion matrix C, (K, K), row by row: C_jk places of class j that are found to be of class k, by their row's weight.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from foveal.train import mask_scores
from foveal.train.mask_losses import known_places


def confusion_tally(outputs: Tensor, targets: Tensor, weight: Tensor | None) -> Tensor:
    r"""Count the places of a batch: outputs (N, K, \*S), and targets as the losses take them."""
    k, known = outputs.shape[1], known_places(targets)
    truth = targets.argmax(1) if targets.is_floating_point() else targets.long()
    pairs = truth * k + outputs.max(dim=1).indices  # argmax takes five times as long
    places = known.to(torch.float64)
    if weight is not None:
        places = places * weight.to(torch.float64).view(-1, *[1] * (places.ndim - 1))
    pairs = torch.where(known, pairs, 0).flatten()
    counts = torch.zeros(k * k, dtype=torch.float64, device=outputs.device).index_add_(0, pairs, places.flatten())
    total = counts.new_full((), len(outputs)) if weight is None else weight.to(torch.float64).sum()
    return torch.cat((total[None], counts))


def confusion_of(tally: Tensor) -> np.ndarray:
    """Give the confusion matrix, (K, K), of a tally."""
    k = round((len(tally) - 1) ** 0.5)
    return tally[1:].cpu().numpy().reshape(k, k)


#: What a segmentation is measured by, the score first: the means over the classes that are there, or found.
SCORES: dict[str, Callable[[np.ndarray], float]] = {
    "iou": mask_scores.mean_iou, "dice": mask_scores.mean_dice, "pixel_accuracy": mask_scores.pixel_accuracy,
}  # fmt: skip


def score_of(name: str, tally: Tensor) -> float:
    """Give one of them."""
    return SCORES[name](confusion_of(tally))


def scores_of(tally: Tensor) -> dict[str, float]:
    """Give all of them."""
    return {name: score(confusion_of(tally)) for name, score in SCORES.items()}


def any_known(targets: Tensor, weight: Tensor | None) -> bool:
    """Tell whether some place is known, so that a score can tell networks apart."""
    return bool(known_places(targets).any())
