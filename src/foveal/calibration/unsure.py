"""Answers withheld: the surest rows are answered, as many as keep the error among them below what is asked."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foveal.calibration.risk import MOST

Array = NDArray[np.float64]

#: How certain the promise is, over the draw of the held-out rows.
CERTAINTY = 0.95
#: Shares of the rows that are tried.
SHARES = 20


@dataclass(frozen=True)
class Cost:
    """What answers cost: of held-out rows that are at least as sure as each threshold, how many, and how many wrong.

    rows : how many they were.
    thresholds : probabilities of the answers, falling.
    answered, wrong : rows that are at least as sure, and those of them that are wrong: both rise.
    """

    rows: int
    thresholds: tuple[float, ...]
    answered: tuple[int, ...]
    wrong: tuple[int, ...]

    def curve(self) -> list[tuple[float, float]]:
        """Give the share of the rows answered, and the error among them, from the surest rows on.

        >>> Cost(4, (0.9, 0.6), (2, 4), (0, 1)).curve()
        [(0.5, 0.0), (1.0, 0.25)]
        """
        return [(n / self.rows, k / n) for n, k in zip(self.answered, self.wrong, strict=True)]

    def threshold(self, asked: float, certainty: float = CERTAINTY) -> float:
        r"""Give the smallest probability from which on rows are answered with an error of at most `asked`.

        Twenty shares of the rows are tried, the surest twentieth, two of them, and so on: m rows, k of them wrong. That
        the error of all rows as sure is `asked` or more is rejected where so few wrong ones are unlikely,

            P(X <= k) <= a,    X binomial(m, asked)

        Half of d = 1 - certainty is spent on the first share at which two wrong ones would do, the rest on those after
        it, alike; what a share that is rejected had is passed on to the next (Wiens, "A fixed sequence Bonferroni
        procedure for testing multiple endpoints", 2003). So all hold together with that certainty, and the largest
        share that is rejected is answered, none where there is none (infinity). The promise is for rows drawn like the
        held-out ones. Source: Angelopoulos et al., "Learn then test: calibrating predictive algorithms to achieve risk
        control", 2021; for this risk as Geifman and El-Yaniv, "Selective classification for deep neural networks",
        NeurIPS 2017.

        >>> Cost(1000, (0.9, 0.5), (600, 1000), (5, 100)).threshold(0.05)
        0.9
        """
        answered, wanted = np.asarray(self.answered), np.arange(1, SHARES + 1) * self.rows / SHARES
        places = np.unique(np.searchsorted(answered, wanted - 1e-9).clip(max=len(answered) - 1))
        enough = [chance(2, answered[place], asked) <= (1 - certainty) / 2 for place in places]
        places = places[enough.index(True) if any(enough) else -1 :]
        own = [1.0] if len(places) == 1 else [0.5, *[0.5 / (len(places) - 1)] * (len(places) - 1)]
        found, passed = math.inf, 0.0
        for place, part in zip(places, own, strict=True):
            level = passed + part * (1 - certainty)
            passed = level if chance(self.wrong[place], answered[place], asked) <= level else 0.0
            found = self.thresholds[place] if passed else found
        return found


def chance(wrong: int, rows: int, error: float) -> float:
    """Give the chance of so few wrong ones, or fewer, among rows of such an error.

    >>> round(chance(0, 59, 0.05), 3)
    0.048
    """
    from scipy.special import bdtr

    return float(bdtr(wrong, int(rows), error))


def of_rows(sure: Array, right: NDArray[np.bool_]) -> Cost:
    """Make the cost of rows: how sure each answer is, and whether it is right, both (N,).

    >>> of_rows(np.array([0.9, 0.6, 0.9]), np.array([True, False, True]))
    Cost(rows=3, thresholds=(0.9, 0.6), answered=(2, 3), wrong=(0, 1))
    """
    order = np.argsort(-sure, kind="stable")
    falling, wrong = sure[order], np.cumsum(~right[order])
    last = np.flatnonzero(np.append(falling[1:] < falling[:-1], True))  # of rows that are equally sure
    if len(last) > MOST:
        last = last[np.unique(np.linspace(0, len(last) - 1, MOST).round().astype(int))]
    return Cost(len(sure), tuple(falling[last].tolist()), tuple((last + 1).tolist()), tuple(wrong[last].tolist()))
