"""How honest probabilities are: negative log likelihood, expected calibration error, the reliability curve."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BINS = 15
#: A probability of 0 for what has happened would be an infinite loss; float32 knows none between 0 and this.
_LEAST = 1e-38


@dataclass(frozen=True)
class Reliability:
    """What each bin of equally many answers says and does: mean probability, share that is right, answers in it."""

    said: tuple[float, ...]
    right: tuple[float, ...]
    rows: tuple[int, ...]

    @property
    def error(self) -> float:
        r"""The expected calibration error: sum over bins of n_b / N \|right_b - said_b\|.

        Source: Naeini et al., "Obtaining well calibrated probabilities using Bayesian binning", AAAI 2015, eq. 3, with
        bins of equal mass as Nixon et al., "Measuring calibration in deep learning", 2019. It is never below 0, and of
        few rows above 0 even where probabilities are honest.
        """
        return float(np.average(np.abs(np.subtract(self.right, self.said)), weights=self.rows))

    def as_dict(self) -> dict[str, list[float]]:
        """Give all of it for a JSON object."""
        return {"said": list(self.said), "right": list(self.right), "rows": list(map(float, self.rows))}


def bins_of(sure: Array, bins: int = BINS) -> NDArray[np.int64]:
    """Deal answers into bins of equal mass by how sure they are: the number of the bin of each.

    Answers that are equally sure fall into one bin, the first of theirs.

    >>> bins_of(np.array([0.1, 0.9, 0.5, 0.6]), 2).tolist()
    [0, 1, 0, 1]
    """
    falling, place = np.unique(sure, return_inverse=True)
    before = np.searchsorted(np.sort(sure), falling)
    return np.asarray((before * min(bins, len(sure)) // max(1, len(sure)))[place])


def reliability(sure: Array, right: NDArray[np.bool_], bins: int = BINS) -> Reliability:
    """Give the reliability curve of answers: how sure each is, and whether it is right, (N,) each.

    >>> reliability(np.array([0.5, 0.5, 0.9, 0.9]), np.array([True, False, True, True]), 2).right
    (0.5, 1.0)
    """
    number = bins_of(sure, bins)
    rows = np.bincount(number)
    there = rows > 0
    said, hit = np.bincount(number, sure)[there] / rows[there], np.bincount(number, right)[there] / rows[there]
    return Reliability(tuple(said.tolist()), tuple(hit.tolist()), tuple(rows[there].tolist()))


def log_losses(chances: Array, y: NDArray[np.int64]) -> Array:
    """Give the negative log likelihood of each row: of classes -log p_y, of labels the sum over them.

    Shapes: chances (N, K), y (N,) class numbers, or a 0/1 indicator (N, K) -> (N,).

    >>> log_losses(np.array([[0.5, 0.5]]), np.array([1])).round(4).tolist()
    [0.6931]
    """
    if y.ndim == 1:
        return np.asarray(-np.log(chances[np.arange(len(y)), y].clip(_LEAST)))
    there = np.where(y == 1, chances, 1 - chances)
    return np.asarray(-np.log(there.clip(_LEAST)).sum(axis=1))


def answers(chances: Array, y: NDArray[np.int64]) -> tuple[Array, NDArray[np.bool_]]:
    """Give how sure each answer is, and whether it is right: of classes (N,), of labels (N, K), an answer each.

    >>> answers(np.array([[0.2, 0.8]]), np.array([0]))
    (array([0.8]), array([False]))
    """
    if y.ndim == 1:
        return chances.max(axis=1), chances.argmax(axis=1) == y
    return np.maximum(chances, 1 - chances), (chances > 0.5) == (y == 1)
