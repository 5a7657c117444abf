"""How honest probabilities are on rows that tell the truth, with intervals, and what a calibration has made of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.calibration.measures import Reliability, answers, bins_of, log_losses, reliability

Array = NDArray[Any]


#: Times that rows are drawn again, and rows in all draws together.
DRAWS, MOST_DRAWN = 1000, 2 * 10**8


class Estimate(NamedTuple):
    """A number, its interval at 95 %, and what it is over bootstrapped rows, (draws,)."""

    value: float
    interval: tuple[float, float]
    draws: Array


@dataclass(frozen=True)
class Probabilities:
    """How honest probabilities are: negative log likelihood, expected calibration error, the reliability curve."""

    rows: int
    nll: Estimate
    ece: Estimate
    curve: Reliability

    def as_dict(self) -> dict[str, Any]:
        """Give all of it for a JSON object."""
        return {
            "nll": self.nll.value,
            "nll_interval": list(self.nll.interval),
            "ece": self.ece.value,
            "ece_interval": list(self.ece.interval),
            "reliability": self.curve.as_dict(),
        }


def probabilities(chances: Array, y: Array, *, draws: int | None = None, seed: int = 0) -> Probabilities:
    r"""Measure probabilities (N, K) against class numbers (N,) or a 0/1 indicator (N, K).

    Intervals are of a bootstrap over the rows, the same rows for the same seed and N, with the bins of all rows: 1,000
    draws, of more than 200,000 rows fewer. Of the negative log likelihood they are percentiles. The calibration error
    is too large on few rows, and larger still on rows that are drawn again; its interval is e ± (q - e), q the 97.5 %
    percentile of the draws, not below 0.

    >>> rng = np.random.default_rng(0)
    >>> p = rng.random(500)
    >>> y = (rng.random(500) < p).astype(int)
    >>> found = probabilities(np.stack([1 - p, p], axis=1), y)
    >>> round(found.nll.value, 2), found.ece.value < 0.06, found.ece.interval[0] < 0.02
    (0.49, True, True)
    """
    rng, n_rows = np.random.default_rng(seed), len(y)
    draws = draws or max(100, min(DRAWS, MOST_DRAWN // n_rows))
    chances = chances.astype(np.float64)
    losses, (sure, right) = log_losses(chances, y), answers(chances, y)
    number = bins_of(sure.ravel())
    gaps, each = (right - sure).reshape(n_rows, -1), number.reshape(n_rows, -1)
    found = np.empty((2, draws))
    for i in range(draws):
        weight = np.bincount(rng.integers(n_rows, size=n_rows), minlength=n_rows)
        of_bins = np.bincount(each.ravel(), (gaps * weight[:, None]).ravel())
        found[:, i] = weight @ losses / n_rows, np.abs(of_bins).sum() / gaps.size
    curve = reliability(sure.ravel(), right.ravel())
    low, top = np.quantile(found[0], [0.025, 0.975]).tolist()
    high = max(curve.error, float(np.quantile(found[1], 0.975)))
    ece = Estimate(curve.error, (max(0.0, 2 * curve.error - high), high), found[1])
    return Probabilities(n_rows, Estimate(float(losses.mean()), (low, top), found[0]), ece, curve)


@dataclass(frozen=True)
class Calibrated:
    """Probabilities as a model gives them, and as its network would give them without a calibration, if it has one."""

    now: Probabilities
    before: Probabilities | None
    told: str = ""  # of the calibration

    def as_dict(self) -> dict[str, Any]:
        """Give all of it for a JSON object."""
        before = {} if self.before is None else {"uncalibrated": self.before.as_dict(), "calibration": self.told}
        return {"rows": self.now.rows} | self.now.as_dict() | before


NAMES: Mapping[str, str] = {"nll": "negative log likelihood", "ece": "expected calibration error"}


def lines_of(found: Mapping[str, Any]) -> dict[str, str]:
    """Say what `as_dict` holds, a line for each measure, by its name.

    >>> lines_of({"nll": 0.5, "nll_interval": [0.4, 0.6], "ece": 0.1, "ece_interval": [0.0, 0.2]})["ece"]
    Traceback (most recent call last):
    KeyError: 'ece'
    >>> lines_of({"nll": 0.5, "nll_interval": [0.4, 0.6], "ece": 0.1, "ece_interval": [0.0, 0.2]})[NAMES["ece"]]
    '0.1000 (0.0000 to 0.2000)'
    """
    before = found.get("uncalibrated")
    lines = {}
    for name, words in NAMES.items():
        low, high = found[f"{name}_interval"]
        was = "" if before is None else f", before calibration {before[name]:.4f}"
        lines[words] = f"{found[name]:.4f} ({low:.4f} to {high:.4f}){was}"
    return lines
