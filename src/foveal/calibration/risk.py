"""Conformal risk control: from held-out rows to a threshold that keeps a mean loss below what is asked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import ParameterError

Array = NDArray[np.float64]

#: Thresholds that are kept at most: between two of them lies a thousandth of the rows.
MOST = 1000


@dataclass(frozen=True)
class Risk:
    """The mean loss of held-out rows at rising thresholds: it falls from one to the next.

    rows : how many they were; a row's loss is between 0 and 1.
    thresholds, risks : the mean loss at each threshold.
    """

    rows: int
    thresholds: tuple[float, ...]
    risks: tuple[float, ...]

    @property
    def most(self) -> float:
        """The largest share that so many rows can promise: n / (n + 1), less what is lost at the last threshold."""
        return (1 - min(self.risks)) * self.rows / (self.rows + 1)

    def threshold(self, asked: float, said: str = "") -> float:
        r"""Give the smallest threshold by which new rows lose, on average, at most 1 - `asked`.

            min t such that n / (n + 1) R(t) + 1 / (n + 1) <= 1 - asked

        R is the mean loss of the n held-out rows. With a loss of 0 or 1 it is the quantile of split conformal
        prediction, at the rank ceil((n + 1) asked). The promise is for the mean over all rows, held-out and new ones
        drawn alike; not for each class or row. Source: Angelopoulos et al., "Conformal risk control", ICLR 2024,
        theorem 1. Deviation: of more than 1,000 thresholds as many are kept, so that up to a thousandth more is
        covered.

        Raises `ParameterError` where the rows are too few to promise it; `said` is how the user has asked for it.

        >>> Risk(9, (0.2, 0.5, 0.8), (0.5, 0.1, 0.0)).threshold(0.8)
        0.5
        """
        allowed = (1 - asked) * (1 + 1e-12)
        for threshold, risk in zip(self.thresholds, self.risks, strict=True):
            if (self.rows * risk + 1) / (self.rows + 1) <= allowed:
                return threshold
        most = np.floor(1000 * self.most) / 10
        raise ParameterError(
            f"{said or f'sets={asked}'} promises {100 * asked:.4g} % of the rows, and a calibration on {self.rows:,} "
            f"rows promises {most:.1f} % at most; ask for less, or calibrate on more rows"
        )


def of_scores(scores: Sequence[float] | Array, weights: Array | None = None, rows: int | None = None) -> Risk:
    """Make a risk of scores: what has a larger score than the threshold is lost, and counts its weight.

    Without weights there is a score a row, and the loss is 0 or 1. With them a row may have several scores, and none
    at all: `rows` says how many there were, weights sum to 1 over those of a row.

    >>> of_scores([0.3, 0.1, 0.1, 0.9])
    Risk(rows=4, thresholds=(0.1, 0.3, 0.9), risks=(0.5, 0.25, 0.0))
    """
    scores = np.asarray(scores, np.float64)
    rows = len(scores) if rows is None else rows
    if not len(scores):
        return Risk(rows, (0.0,), (0.0,))
    weights = np.ones(len(scores)) if weights is None else weights
    thresholds, place = np.unique(scores, return_inverse=True)
    lost = np.bincount(place, weights, len(thresholds))
    return thinned(rows, thresholds, (lost.sum() - lost.cumsum()).clip(0) / rows)


def thinned(rows: int, thresholds: Array, risks: Array) -> Risk:
    """Keep at most `MOST` thresholds, those between which the risk falls alike; the last is among them."""
    risks[-1] = risks[-1] if risks[-1] > 1e-9 else 0.0  # what adding up has left
    if len(thresholds) > MOST:
        wanted = np.linspace(risks[0], risks[-1], MOST)
        kept = np.unique(np.searchsorted(-risks, -wanted).clip(max=len(risks) - 1))  # the first that is as small
        thresholds, risks = thresholds[kept], risks[kept]
    return Risk(rows, tuple(thresholds.tolist()), tuple(risks.tolist()))
