"""Intervals of scores, at 95 %.

Of a share of rows: Wilson's. Of any other score of rows: percentiles of a bootstrap over the rows, with a fixed seed.
Of a mean over folds: Student's t, with the variance that Nadeau and Bengio correct for folds that share rows.
"""

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Score = Callable[[Array, Array, None], float]

LEVEL = 0.95
#: The normal distribution's quantile of (1 + LEVEL) / 2.
_Z = 1.959963984540054
#: Times that rows are drawn again.
DRAWS = 1000


class Interval(NamedTuple):
    """From where to where."""

    low: float
    high: float


def wilson(right: int, rows: int) -> Interval:
    """Give Wilson's score interval of a share, p = right / n, with z = 1.96.

        (p + z² / 2n ± z sqrt(p (1 - p) / n + z² / 4n²)) / (1 + z² / n)

    It never leaves 0 to 1, and has a width where all or none are right. Source: Wilson, "Probable inference, the law of
    succession, and statistical inference", JASA 22, 1927.

    >>> [round(bound, 4) for bound in wilson(8, 10)]
    [0.4902, 0.9433]
    """
    share, z2 = right / rows, _Z**2
    middle = share + z2 / (2 * rows)
    half = _Z * math.sqrt(share * (1 - share) / rows + z2 / (4 * rows**2))
    low, high = (middle - half) / (1 + z2 / rows), (middle + half) / (1 + z2 / rows)
    return Interval(0.0 if right == 0 else low, 1.0 if right == rows else high)


def bootstrapped(score: Score, predicted: Array, truth: Array, *, draws: int = DRAWS, seed: int = 0) -> Array:
    """Score as many rows, drawn with repetition, again and again: (draws,); the same seed draws the same rows.

    Source: Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7, 1979.

    >>> share = lambda predicted, truth, weight: float((predicted == truth).mean())
    >>> bootstrapped(share, np.array([1, 1]), np.array([1, 0]), draws=4).tolist()
    [0.0, 0.5, 1.0, 1.0]
    """
    rng, n_rows = np.random.default_rng(seed), len(truth)
    scores = np.empty(draws)
    with warnings.catch_warnings(action="ignore"):  # of draws in which nothing varies
        for i in range(draws):
            rows = rng.integers(n_rows, size=n_rows)
            scores[i] = score(predicted[rows], truth[rows], None)
    return scores


def percentiles(scores: Array) -> Interval:
    """Give the interval that leaves out 2.5 % of the scores on each side.

    >>> [round(bound, 4) for bound in percentiles(np.arange(101.0))]
    [2.5, 97.5]
    """
    low, high = np.quantile(scores, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high))


def of_folds(scores: Sequence[float], ratio: float) -> Interval:
    """Give the interval of the mean of n folds' scores, corrected for training rows that folds share.

        mean ± t(n - 1) sqrt(s² (1 / n + ratio)),   ratio = rows tested / rows trained on

    s² is the variance of the scores. Source: Nadeau and Bengio, "Inference for the generalization error", Machine
    Learning 52, 2003.

    >>> [round(bound, 4) for bound in of_folds([0.8, 0.9], 1.0)]
    [-0.2504, 1.9504]
    """
    from scipy.special import stdtrit

    n = len(scores)
    half = float(stdtrit(n - 1, (1 + LEVEL) / 2)) * deviation_of_mean(scores, ratio)
    return Interval(float(np.mean(scores)) - half, float(np.mean(scores)) + half)


def deviation_of_mean(scores: Sequence[float], ratio: float) -> float:
    """Give sqrt(s² (1 / n + ratio)), the corrected deviation of the mean of n folds.

    >>> deviation_of_mean([0.0, 1.0, 2.0], 2 / 3)
    1.0
    """
    return math.sqrt(float(np.var(scores, ddof=1)) * (1 / len(scores) + ratio))
