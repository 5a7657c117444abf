"""What more data would bring: the score against the number of rows, a law through it, and twice as many rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from foveal.compare.folds import Fold
from foveal.compare.intervals import Interval, of_folds, percentiles
from foveal.compare.plan import Plan, plan
from foveal.core.errors import DataError, ParameterError
from foveal.core.randomness import derive
from foveal.core.rules import check, count, is_integer, shown
from foveal.data.rows import chosen_rows
from foveal.estimators.base import BaseCNN
from foveal.explain.figures import new_figure
from foveal.search.power_law import PowerLaw, fit_power_law
from foveal.search.trials import clone_with
from foveal.tasks.labels import share_of_right

if TYPE_CHECKING:
    from foveal.explain.figures import Figure

Array = NDArray[Any]
#: One of so many parts of the rows is tested on in each repetition.
PARTS = 5
#: Sizes that are tried where none are given: from a sixteenth of the rows on, but from 20 rows.
SIZES, LEAST_SHARE, LEAST_ROWS = 5, 1 / 16, 20
#: Times that repetitions are drawn again for the interval of the gain.
DRAWS = 1000


@dataclass(frozen=True)
class LearningCurve:
    """Scores of networks that have learnt from ever more rows; `scores` has a row for each size, (S, R).

    rows_test : rows tested on in each repetition, the same for all sizes.
    law : the power law through the mean scores.
    gain, gain_interval : what it says twice the largest size would add, with its 95 % interval.
    """

    metric: str
    sizes: tuple[int, ...]
    scores: Array
    rows_test: int
    law: PowerLaw
    gain: float
    gain_interval: Interval

    @property
    def means(self) -> Array:
        """The mean score of each size, (S,)."""
        return np.asarray(self.scores.mean(axis=1))

    def interval(self, size: int) -> Interval:
        """Give the 95 % interval of the mean at the size of a number, corrected for rows that repetitions share."""
        return of_folds(self.scores[size].tolist(), self.rows_test / self.sizes[size])

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
        >>> curve = LearningCurve("accuracy", (20, 40), np.array([[0.6, 0.7], [0.7, 0.8]]), 10, law, 0.0, none)
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


def learning_curve(
    estimator: BaseCNN,
    X: Any,
    y: Any = None,
    *,
    sizes: Sequence[int] | None = None,
    repeats: int = 5,
    groups: Any = None,
    random_state: int = 0,
    tell: Callable[[int, int, float], None] = lambda size, repeat, score: None,
) -> LearningCurve:
    """Train on ever more rows, several times anew, and say what twice as many would bring.

        score(n) = a - b n^-c,    gain = score(2 n) - score(n),    n the largest size

    In each repetition a fifth of the rows is tested on; the others, in an order of chance, are learnt from: the first
    20, the first 40 ... A larger size holds the smaller ones. They are the parts and prefixes of scikit-learn's
    `learning_curve` with the same folds. Each repetition has another `random_state`.

    Parameters
    ----------
    estimator : CNNClassifier or its like
        It stays as it is.
    X, y, groups : as for `foveal.cross_validate`
    sizes : sequence of int, optional
        Numbers of rows to learn from, at least two. Else five, each a constant times the one before, to four fifths of
        the rows.
    repeats : int
        At least two. Three sizes and three repetitions tell little: look at the intervals.
    random_state : int
        Which rows are tested on and learnt from.
    tell : function
        Is given the size, the repetition and its score after each fit.

    Returns
    -------
    LearningCurve
        Intervals of means are those of `cross_validate` (Nadeau and Bengio 2003). That of the gain is from a bootstrap
        over repetitions, whole curves, whose deviations from the gain are made larger by
        sqrt((1 / R + tested / trained) / ((R - 1) / R²)), the same correction for R repetitions that share rows. Source
        of the law: Hestness et al. 2017.

    Examples
    --------
    >>> from foveal import CNNClassifier
    >>> X, y = np.random.default_rng(0).normal(size=(60, 6, 6)), np.arange(60) % 2
    >>> model = CNNClassifier(n_epochs=1, random_state=0)
    >>> learning_curve(model, X, y, sizes=[20, 40], repeats=2).scores.shape
    (2, 2)
    """
    check("repeats", repeats, count(2))
    planned = plan(
        estimator,
        X,
        y,
        folds=f"{int(repeats)}x{PARTS}",
        groups=groups,
        baselines=False,
        random_state=random_state,
        name="repeats",
    )
    folds = planned.folds[::PARTS]  # of each repetition the first: all others test on other rows of the same deal
    most = min(len(fold.train) for fold in folds)
    tried = _sizes(sizes, most)
    scores = np.empty((len(tried), len(folds)))
    for repeat, fold in enumerate(folds):
        order = mixed(fold.train, planned.classes, derive(random_state, "curve", repeat))
        for at, size in enumerate(tried):
            scores[at, repeat] = _score(planned, Fold(np.sort(order[:size]), fold.test), repeat)
            tell(size, repeat, float(scores[at, repeat]))
    kind = planned.problem.kind
    highest = 1.0 if kind.score is share_of_right else np.inf
    tested = min(len(fold.test) for fold in folds)
    law, gain, interval = extrapolated(np.array(tried), scores, tested / tried[-1], highest)
    return LearningCurve(kind.metric, tried, scores, tested, law, gain, interval)


def mixed(rows: Array, classes: Array | None, seed: int) -> Array:
    """Give rows in an order of chance; each beginning of it holds the classes in about equal proportion.

    >>> mixed(np.arange(6), np.array([0, 0, 0, 0, 1, 1]), 0)[:3].tolist()
    [0, 4, 1]
    """
    rng = np.random.default_rng(seed)
    drawn = rng.permutation(rows)
    if classes is None:
        return drawn
    labels, place = classes[drawn], np.empty(len(drawn))
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        place[own] = (np.arange(len(own)) + rng.random()) / len(own)  # spread evenly, each from another beginning
    return np.asarray(drawn[np.argsort(place, kind="stable")])


def extrapolated(sizes: Array, scores: Array, ratio: float, highest: float) -> tuple[PowerLaw, float, Interval]:
    """Fit the law to the means of scores (S, R), and give it with the gain of twice the largest size and its interval.

    `ratio` is rows tested / rows trained on.
    """
    law = fit_power_law(sizes, scores.mean(axis=1), highest)
    gain = _gain(law, sizes)
    rng, repeats = np.random.default_rng(0), scores.shape[1]
    drawn = np.empty(DRAWS)
    for i in range(DRAWS):
        chosen = rng.integers(repeats, size=repeats)
        drawn[i] = _gain(fit_power_law(sizes, scores[:, chosen].mean(axis=1), highest), sizes)
    wider = np.sqrt((1 / repeats + ratio) / ((repeats - 1) / repeats**2))
    low, high = percentiles(gain + wider * (drawn - gain))
    return law, gain, Interval(max(low, 0.0), high)  # the law never falls


def _gain(law: PowerLaw, sizes: Array) -> float:
    return float(law(2 * sizes[-1]) - law(sizes[-1]))


def _sizes(sizes: Sequence[int] | None, most: int) -> tuple[int, ...]:
    if sizes is None:
        least = max(LEAST_ROWS, round(most * LEAST_SHARE))
        if least >= most:
            raise DataError(f"a learning curve needs more than {LEAST_ROWS} rows to learn from, got {most}")
        return tuple(dict.fromkeys(np.geomspace(least, most, SIZES).round().astype(int).tolist()))
    asked = list(sizes)
    good = len(asked) > 1 and all(is_integer(size) and 1 < size <= most for size in asked)
    if not good or asked != sorted(set(asked)):
        raise ParameterError(
            f"sizes must be two whole numbers or more, ever larger, up to {most} (four fifths of the rows; the others "
            f"are tested on), got {shown(asked)}"
        )
    return tuple(map(int, asked))


def _score(planned: Plan, fold: Fold, repeat: int) -> float:
    own = planned.estimator.random_state  # type: ignore[attr-defined]
    seed = int(own) + repeat if is_integer(own) else derive(0, "curve", repeat) % 2**31
    model = clone_with(planned.estimator, {}, seed)
    groups = planned.groups if model.valid_size else None  # else fit warns that they have no effect
    model.fit(
        chosen_rows(planned.X, fold.train),
        chosen_rows(planned.y, fold.train),
        groups=None if groups is None else groups[fold.train],
    )
    predicted = model.predict(chosen_rows(planned.X, fold.test))
    return float(planned.problem.kind.score(predicted, planned.truth[fold.test], None))
