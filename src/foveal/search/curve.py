"""A learning curve as a value: scores of ever more rows, the law through them, what it says of twice as many."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from foveal.compare.intervals import Interval, of_folds, percentiles
from foveal.explain.figures import new_figure
from foveal.search.power_law import PowerLaw, fit_power_law, fit_power_laws

if TYPE_CHECKING:
    from foveal.explain.figures import Figure

Array = NDArray[Any]
#: Times that repetitions are drawn again for the interval of the gain.
DRAWS = 1000


@dataclass(frozen=True)
class LearningCurve:
    """Scores of networks that have learnt from ever more rows; `scores` has a row for each size, (S, R).

    rows_test : rows tested on in each repetition, the same for all sizes.
    ratio : those / all other rows, by which intervals are corrected for rows that repetitions share. Of small sizes
        they share fewer, so that the interval is rather too wide.
    highest : where scores end.
    law : the power law through the mean scores.
    gain, gain_interval : what it says twice the largest size would add, with its 95 % interval.
    """

    metric: str
    sizes: tuple[int, ...]
    scores: Array
    rows_test: int
    ratio: float
    highest: float
    law: PowerLaw
    gain: float
    gain_interval: Interval

    @property
    def means(self) -> Array:
        """The mean score of each size, (S,)."""
        return np.asarray(self.scores.mean(axis=1))

    def interval(self, size: int) -> Interval:
        """Give the 95 % interval of the mean at the size of a number, corrected for rows that repetitions share."""
        low, high = of_folds(self.scores[size].tolist(), self.ratio)
        return Interval(low, min(high, self.highest))

    def as_dict(self) -> dict[str, Any]:
        """Give all of it for a JSON object."""
        points = [
            {"rows": size, "score": mean, "interval": list(self.interval(at)), "scores": self.scores[at].tolist()}
            for at, (size, mean) in enumerate(zip(self.sizes, self.means.tolist(), strict=True))
        ]
        law = {"a": self.law.a, "b": self.law.b, "c": self.law.c}
        told = {"rows": 2 * self.sizes[-1], "gain": self.gain, "interval": list(self.gain_interval)}
        return {"metric": self.metric, "rows_test": self.rows_test, "points": points, "law": law, "twice": told}

    def __str__(self) -> str:
        low, high = self.gain_interval
        return (
            f"{self.metric} {self.means[-1]:.4f} with {self.sizes[-1]:,} rows; with {2 * self.sizes[-1]:,} it would be "
            f"{self.gain:+.4f} ({low:+.4f} to {high:+.4f}) by {self.law.a:.4f} - {self.law.b:.3g} n^-{self.law.c:.2g}"
        )

    def plot(self) -> "Figure":
        """Draw the scores with their intervals, the law and where it leads; `ResourceError` without matplotlib.

        >>> law, none = PowerLaw(0.9, 1.0, 0.5), Interval(0.0, 0.0)
        >>> scores = np.array([[0.6, 0.7], [0.7, 0.8]])
        >>> curve = LearningCurve("accuracy", (20, 40), scores, 10, 0.25, 1.0, law, 0.0, none)
        >>> len(curve.plot().axes)
        1
        """
        figure = new_figure(6.4, 3.8)
        axes = figure.subplots()
        means, both = self.means, np.array([self.interval(at) for at in range(len(self.sizes))])
        away = np.abs(both.T - means)
        axes.errorbar(self.sizes, means, yerr=away, fmt="o", color="#2166ac", capsize=3, label="mean, 95 % interval")
        rows = np.geomspace(self.sizes[0], 2 * self.sizes[-1], 100)
        known = rows <= self.sizes[-1]
        axes.plot(rows[known], self.law(rows[known]), color="#b2182b", label="a - b n^-c")
        axes.plot(rows[~known], self.law(rows[~known]), color="#b2182b", linestyle=":", label="extrapolated")
        end, twice = float(self.law(self.sizes[-1])), 2 * self.sizes[-1]
        span = [[self.gain - self.gain_interval.low], [self.gain_interval.high - self.gain]]
        axes.errorbar([twice], [end + self.gain], yerr=np.abs(span), fmt="s", color="#b2182b", mfc="white", capsize=3)
        axes.set_xscale("log")
        axes.set_xticks([*self.sizes, twice], [f"{size:,}" for size in (*self.sizes, twice)])
        axes.minorticks_off()
        axes.set_xlabel("rows learnt from")
        axes.set_ylabel(self.metric)
        axes.legend(fontsize=8)
        return figure


def extrapolated(sizes: Array, scores: Array, ratio: float, highest: float) -> tuple[PowerLaw, float, Interval]:
    """Fit the law to the means of scores (S, R), and give it with the gain of twice the largest size and its interval.

    `ratio` is rows tested / all others.
    """
    law = fit_power_law(sizes, scores.mean(axis=1), highest)
    gain = float(law(2 * sizes[-1]) - law(sizes[-1]))
    repeats = scores.shape[1]
    chosen = np.random.default_rng(0).integers(repeats, size=(DRAWS, repeats))
    _, b, c = fit_power_laws(sizes, scores[:, chosen].mean(axis=2).T, highest)
    drawn = b * (float(sizes[-1]) ** -c - float(2 * sizes[-1]) ** -c)
    wider = np.sqrt((1 / repeats + ratio) / ((repeats - 1) / repeats**2))
    low, high = percentiles(gain + wider * (drawn - gain))
    return law, gain, Interval(max(low, 0.0), high)  # the law never falls
