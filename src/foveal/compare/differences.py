"""Whether one score is better than another, or the difference is within noise."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.compare.intervals import deviation_of_mean

Array = NDArray[Any]

#: A difference that chance alone makes this often is noise.
NOISE = 0.05


class Difference(NamedTuple):
    """The network's score less another's; `p` is how often chance alone makes so large a one."""

    value: float
    p: float

    @property
    def within_noise(self) -> bool:
        """Tell whether chance explains it."""
        return self.p >= NOISE


def mcnemar(right: Array, others: Array) -> Difference:
    """Compare two models by the rows that each has right, (N,): McNemar's test, exact.

    Only rows that one of them has right tell anything: b rows are the network's, c the other's. Were both as good,
    each such row would be a coin's toss:

        p = min(1, 2 P(X <= min(b, c))),   X binomial(b + c, 1/2)

    Source: McNemar, "Note on the sampling error of the difference between correlated proportions", Psychometrika 12,
    1947.

    >>> mcnemar(np.array([True] * 9 + [False]), np.array([False] * 8 + [True] * 2))
    Difference(value=0.7, p=0.0390625)
    """
    from scipy.special import bdtr

    ours, theirs = int((right & ~others).sum()), int((others & ~right).sum())
    p = 2 * float(bdtr(min(ours, theirs), ours + theirs, 0.5)) if ours + theirs else 1.0
    return Difference((ours - theirs) / len(right), min(1.0, p))


def of_draws(value: float, scores: Array, others: Array) -> Difference:
    """Compare two models by their scores on the same bootstrapped rows, (draws,): how often the sign changes.

        p = min(1, 2 (1 + min(draws in which it is <= 0, in which it is >= 0)) / (1 + draws))

    >>> of_draws(1.0, np.full(99, 2.0), np.ones(99))
    Difference(value=1.0, p=0.02)
    """
    differences = scores - others
    fewer = min(int((differences <= 0).sum()), int((differences >= 0).sum()))
    return Difference(value, min(1.0, 2 * (1 + fewer) / (1 + len(differences))))


def of_folds(scores: Sequence[float], others: Sequence[float], ratio: float) -> Difference:
    """Compare two models by their scores on the same n folds: the corrected paired t test.

        t = mean(d) / sqrt(var(d) (1 / n + ratio)),   d the differences, n - 1 degrees of freedom

    `ratio` is rows tested / rows trained on. Source: Nadeau and Bengio 2003, as `intervals.of_folds`.

    >>> of_folds([0.9, 0.8, 0.7], [0.9, 0.7, 0.5], 0.5)[1].__round__(4)
    0.3876
    """
    from scipy.special import stdtr

    differences = np.subtract(scores, others)
    value, deviation = float(differences.mean()), deviation_of_mean(differences.tolist(), ratio)
    if deviation <= 1e-12:  # the same in all folds, but for rounding
        return Difference(value, 1.0 if abs(value) <= 1e-12 else 0.0)
    return Difference(value, min(1.0, 2 * float(stdtr(len(differences) - 1, -abs(value) / deviation))))


def verdict(scores: Mapping[str, float], differences: Mapping[str, Difference]) -> str:
    """Say plainly how the network stands beside the baselines, those that are better last; `scores` are theirs.

    >>> verdict({"trees": 0.5}, {"trees": Difference(0.25, 0.2)})
    'the network is better than trees by 0.2500, which is within noise (p = 0.20)'
    >>> verdict({"trees": 0.5}, {"trees": Difference(-0.25, 0.002)})
    'trees is better than the network by 0.2500 (p = 0.002)'
    """
    if not differences:
        return ""
    better = [name for name, d in differences.items() if d.value < 0 and not d.within_noise]
    unsure = [name for name, d in differences.items() if d.within_noise]
    if better or unsure:
        return "; ".join(_told(name, differences[name]) for name in (*unsure, *better))
    best = max(scores, key=lambda name: scores[name])
    d = differences[best]
    every = "every baseline: the best of them is" if len(scores) > 1 else "the baseline,"
    return f"the network is better than {every} {best}, by {d.value:.4f} ({_chance(d.p)})"


def _told(name: str, d: Difference) -> str:
    if d.value == 0:
        return f"the network is as good as {name}"
    first, second = ("the network", name) if d.value > 0 else (name, "the network")
    comma, noise = (", which is within noise", _chance(d.p)) if d.within_noise else ("", _chance(d.p))
    return f"{first} is better than {second} by {abs(d.value):.4f}{comma} ({noise})"


def shown(difference: Difference) -> tuple[str, str]:
    """Write a lead and its p for a table.

    >>> shown(Difference(0.25, 0.0001))
    ('+0.2500', '< 0.001')
    """
    return f"{difference.value:+.4f}", "< 0.001" if difference.p < 0.001 else f"{difference.p:.3f}"


def _chance(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.2f}" if p >= 0.1 else f"p = {p:.3f}"
