"""How each sort of answer is calibrated, as values of functions: one class a row, several labels, values, masks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from foveal.calibration import temperature, unsure
from foveal.calibration.calibration import Calibration
from foveal.calibration.measures import answers
from foveal.calibration.risk import Risk, of_scores, thinned

Array = NDArray[Any]
#: Gives outputs (n, K, ...) and y as `encode` of a task takes it, some rows at a time, as often as it is called.
Blocks = Callable[[], Iterator[tuple[Tensor, Array]]]

#: Places of masks that the temperature is learnt from, and thresholds that their sets are tried at.
_PLACES = 2**18
_LEAST = 1e-6


@dataclass(frozen=True)
class Calibrator:
    r"""How a sort of answer is calibrated.

    learn : (blocks, decode, rows) -> what so many held-out rows tell; `decode` is the task's.
    sets : (thresholds, what is known) -> what is covered; known are probabilities, channels last, or predictions.
    sure : probabilities -> how sure each row's answer is, (N,); None where no answers are withheld.
    by_probabilities : whether probabilities are what is known, else predictions.
    several : whether there is a risk for each output, else one; and `each` whether a temperature.
    """

    learn: Callable[[Blocks, Callable[[Tensor], Array], int], Calibration]
    sets: Callable[[tuple[float, ...], Array], Array]
    sure: Callable[[Array], Array] | None = None
    by_probabilities: bool = True
    several: bool = False
    each: bool = False

    def fits(self, calibration: Calibration, n_outputs: int) -> bool:
        """Tell whether a calibration can be one of a model with so many outputs."""
        temperatures = 0 if not self.by_probabilities else n_outputs if self.each else 1
        risks = n_outputs if self.several else 1
        sizes = len(calibration.temperature) == temperatures and len(calibration.risks) == risks
        return sizes and (calibration.cost is not None) == (self.sure is not None)


def _whole(blocks: Blocks) -> tuple[Tensor, Array]:
    outputs, y = zip(*blocks(), strict=True)
    return torch.cat(outputs), np.concatenate(y)


def _of_classes(blocks: Blocks, decode: Callable[[Tensor], Array], rows: int) -> Calibration:
    outputs, y = _whole(blocks)
    best = temperature.of_classes(outputs, torch.from_numpy(y))
    chances = (outputs.double() / best).softmax(dim=1).numpy()
    sure, right = answers(chances, y)
    scores = np.where(right, 0.0, 1 - chances[np.arange(rows), y])
    return Calibration(rows, False, (best,), (of_scores(scores),), unsure.of_rows(sure, right))


def sets_of_classes(thresholds: tuple[float, ...], chances: Array) -> Array:
    r"""Give the classes that may be, (..., K) bool: those of p_k >= 1 - t, and the most likely one.

    Held-out rows have the score 1 - p of their class, 0 where that is the most likely one, and t is the risk's
    threshold. Source: Sadinle, Lei and Wasserman, "Least ambiguous set-valued classifiers with bounded error levels",
    JASA 114, 2019: no sets that cover as much are smaller on average. Deviation: the most likely class is always in,
    so no set is empty; what is asked is covered still, and where accuracy is higher, that is.

    >>> sets_of_classes((0.7,), np.array([[0.6, 0.35, 0.05]])).tolist()
    [[True, True, False]]
    """
    return np.asarray((1 - chances <= thresholds[0]) | (chances == chances.max(axis=-1, keepdims=True)))


def _sure_of_classes(chances: Array) -> Array:
    return np.asarray(chances.max(axis=1))


def _of_labels(blocks: Blocks, decode: Callable[[Tensor], Array], rows: int) -> Calibration:
    outputs, y = _whole(blocks)
    best = temperature.of_labels(outputs, torch.from_numpy(y))
    chances = temperature.divided(outputs.double(), tuple(best)).sigmoid().numpy()
    row, label = np.nonzero(y == 1)
    own = chances[row, label]
    risk = of_scores(np.where(own > 0.5, 0.0, 1 - own), 1 / (y == 1).sum(axis=1)[row], rows)
    right = ((chances > 0.5) == (y == 1)).all(axis=1)
    return Calibration(rows, False, tuple(best), (risk,), unsure.of_rows(_sure_of_labels(chances), right))


def sets_of_labels(thresholds: tuple[float, ...], chances: Array) -> Array:
    """Give the labels that may hold, (N, L) bool: those of p >= 1 - t, and those that are predicted.

    The loss of a row is the share of its labels that are left out, 0 where it has none.

    >>> sets_of_labels((0.7,), np.array([[0.9, 0.35, 0.05]])).tolist()
    [[True, True, False]]
    """
    return np.asarray((1 - chances <= thresholds[0]) | (chances > 0.5))


def _sure_of_labels(chances: Array) -> Array:
    return np.asarray(np.maximum(chances, 1 - chances).prod(axis=1))


def _of_values(blocks: Blocks, decode: Callable[[Tensor], Array], rows: int) -> Calibration:
    errors = [np.abs(decode(outputs) - y.reshape(len(y), -1)) for outputs, y in blocks()]
    return Calibration(rows, risks=tuple(of_scores(column) for column in np.concatenate(errors).T))


def intervals(thresholds: tuple[float, ...], predicted: Array) -> Array:
    r"""Give the interval of each value, (N, targets) -> (N, targets, 2): prediction ± t, as wide for every row.

    t is the threshold of the held-out rows' absolute errors, for each target by itself. Source: Lei et al.,
    "Distribution-free predictive inference for regression", JASA 113, 2018, algorithm 2 (split conformal).

    >>> intervals((0.5,), np.array([[2.0]])).tolist()
    [[[1.5, 2.5]]]
    """
    half = np.asarray(thresholds)
    return np.stack([predicted - half, predicted + half], axis=-1)


def _of_masks(blocks: Blocks, decode: Callable[[Tensor], Array], rows: int) -> Calibration:
    """Learn from some places of each mask how hot it is, then at what threshold which share of them is lost."""
    rng, some = np.random.default_rng(0), max(1, _PLACES // rows)
    drawn = []
    for outputs, y in blocks():
        for out, mask in zip(outputs.flatten(2), _flat(y), strict=True):
            known = np.flatnonzero(mask >= 0)
            taken = rng.choice(known, min(some, len(known)), replace=False)
            drawn.append((out[:, taken].T, torch.from_numpy(mask[taken])))
    best = temperature.of_classes(torch.cat([z for z, _ in drawn]), torch.cat([t for _, t in drawn]))
    return Calibration(rows, False, (best,), (_risk_of_masks(blocks, best, rows),))


def _risk_of_masks(blocks: Blocks, best: float, rows: int) -> Risk:
    """Count, at each threshold, the mean share of the known places of a mask whose class is left out."""
    thresholds = 1 - np.geomspace(1, _LEAST, 999)
    thresholds = np.append(thresholds, 1.0)
    lost = np.zeros(len(thresholds))  # that much is no longer lost from this threshold on
    for outputs, y in blocks():
        for out, mask in zip((outputs / best).softmax(dim=1).flatten(2).numpy(), _flat(y), strict=True):
            known = np.flatnonzero(mask >= 0)
            chances = out[:, known]
            own = chances[mask[known], np.arange(len(known))]
            scores = np.where(own == chances.max(axis=0), 0.0, 1 - own) if len(known) else own
            lost += np.bincount(np.searchsorted(thresholds, scores), minlength=len(thresholds)) / max(1, len(known))
    return thinned(rows, thresholds, (lost.sum() - lost.cumsum()).clip(0) / rows)


def _flat(y: Array) -> Array:
    r"""Give masks as class numbers, (N, places) int64, -1 where nothing is known; of shares the largest."""
    if y.dtype.kind == "f":
        y = np.where(y.sum(axis=-1) > 0, y.argmax(axis=-1), -1)
    flat = y.reshape(len(y), -1).astype(np.int64)
    return np.where(flat == _UNKNOWN, -1, flat)


_UNKNOWN = 255

CLASSES = Calibrator(_of_classes, sets_of_classes, _sure_of_classes)
ONE_LABEL_EACH = Calibrator(_of_labels, sets_of_labels, _sure_of_labels, each=True)
VALUES = Calibrator(_of_values, intervals, by_probabilities=False, several=True)
MASKS = Calibrator(_of_masks, sets_of_classes)
