"""How much a network's answers change where its rows are changed: measured, not believed."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.compare.changed_rows import Changed, changed_rows
from foveal.compare.changes import CHANGES, Change
from foveal.compare.intervals import Interval, bootstrapped, percentiles
from foveal.core.errors import ParameterError
from foveal.core.rules import check, choice, count
from foveal.data.source import row_bytes, stretch
from foveal.fitted.model import Fitted
from foveal.fitted.predict import rows_of
from foveal.tasks.kind import Kind
from foveal.tasks.scoring import read_truth

Array = NDArray[Any]

#: Rows that are changed at most, and bytes of them.
ROWS, BYTES = 2000, 2**28
#: Times that rows are drawn again for an interval.
DRAWS = 200


@dataclass(frozen=True)
class Curve:
    """A score against the amount of one change, in ascending amounts.

    scores, intervals : the estimator's score, and its 95 % interval over the rows.
    agreement : the share of rows that are answered as they are unchanged; None for values.
    area, area_interval : the mean of the scores over the amounts, each as much as its distance from its neighbours
        weighs: the area under the curve by the trapezoid rule, divided by the range of the amounts.
    """

    name: str
    unit: str
    amounts: list[float]
    scores: list[float]
    intervals: list[Interval]
    agreement: list[float] | None
    area: float
    area_interval: Interval


@dataclass(frozen=True)
class Invariance:
    """The curves of some changes, all of the same rows; `left_out` says of others why they were not measured."""

    rows: int
    of_rows: int
    metric: str
    score: float
    curves: list[Curve]
    left_out: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """Give all of it for a JSON object."""
        return asdict(self)


def measure_invariance(
    fitted: Fitted, X: Any, y: Any, changes: Sequence[str] | None = None, *, rows: int = ROWS, seed: int = 0,
    draws: int = DRAWS,
) -> Invariance:  # fmt: skip
    """Measure a network on rows that are shifted, turned, zoomed, lightened, blurred ..., ever more.

    Texts lose words, and letters change places.

    Parameters
    ----------
    fitted : a fitted model, `model.fitted_`.
    X, y : rows and their truth, which the network has not learnt from.
    changes : names of `changes.CHANGES`; None for all that rows of their form can be changed by.
    rows : at most so many are drawn, and fewer where they are large.
    seed : of the rows that are drawn, of noise and of boxes.
    draws : how often rows are drawn again for an interval.

    Raises
    ------
    DataError
        If rows are no arrays of one shape, signals or texts, or y does not go with them.
    ParameterError
        If a change is unknown, or rows cannot be changed by it.

    Examples
    --------
    >>> from foveal import CNNClassifier
    >>> from sklearn.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> X = X.reshape(-1, 8, 8)
    >>> model = CNNClassifier(n_epochs=2, random_state=0).fit(X[:1000], y[:1000])
    >>> found = measure_invariance(model.fitted_, X[1000:], y[1000:], ["shift"], rows=200)
    >>> found.curves[0].amounts, found.curves[0].scores[2] > found.curves[0].scores[0]
    ([-2.0, -1.0, 0.0, 1.0, 2.0], True)
    """
    check("rows", rows, count(1))
    source = rows_of(fitted, X)
    truth = read_truth(fitted.problem, y, len(source), one_hot=fitted.settings["one_hot"])
    most = max(1, min(rows, int(BYTES / (row_bytes(source, 4) * stretch(source)))))
    drawn = np.arange(len(source))
    if most < len(source):
        drawn = np.sort(np.random.default_rng(seed).choice(len(source), most, replace=False))
    found = changed_rows(fitted, X, source, drawn, seed)
    fits = _that_fit(fitted, found.axes, changes)
    measured = _Measured(fitted.kind, found, truth[drawn], draws)
    curves = [_curve(name, CHANGES[name], measured) for name in fits.names]
    score = float(fitted.kind.score(measured.unchanged, truth[drawn], None))
    return Invariance(len(drawn), len(source), fitted.kind.metric, score, curves, fits.left_out)


@dataclass(frozen=True)
class _Fits:
    names: list[str]
    left_out: dict[str, str]


def _that_fit(fitted: Fitted, axes: int, changes: Sequence[str] | None) -> _Fits:
    """Choose the changes that rows of the form of fit can be changed by; those that were asked for must be such.

    Without a wish what belongs to another sort of rows is no news: words in pictures, places in texts.
    """
    for name in changes or ():
        check("changes", name, choice(*CHANGES))
    names, left_out = [], dict[str, str]()
    for name in CHANGES if changes is None else changes:
        why = _unfit(fitted, axes, CHANGES[name])
        if why is None:
            names.append(name)
        elif changes is not None:
            raise ParameterError(f"changes: {name!r} cannot be measured here: {why}; leave it out")
        elif (axes == 0) == (CHANGES[name].most == 0) and axes <= CHANGES[name].most:
            left_out[name] = why
    return _Fits(names, left_out)


def _unfit(fitted: Fitted, axes: int, change: Change) -> str | None:
    """Say why rows cannot be changed so, if they cannot."""
    if axes < change.axes or axes > change.most:
        sort = f"rows have {axes} spatial ax{'i' if axes == 1 else 'e'}s" if axes else "rows are texts"
        return sort if change.most else f"{sort}, and this changes texts"
    if change.moves and fitted.kind.each_place:
        return f"labels of places would have to move, too, in {fitted.kind.name}"
    return None


class _Measured:
    """Rows, their truth, and what the network says of them unchanged."""

    def __init__(self, kind: Kind, rows: Changed, truth: Array, draws: int) -> None:
        self.kind, self.rows, self.truth, self.draws = kind, rows, truth, draws
        self.unchanged = rows.answers(lambda x, amount, rng: x, 0.0)


def _curve(name: str, change: Change, measured: _Measured) -> Curve:
    """Measure one change at all of its amounts."""
    amounts = sorted(change.amounts(measured.rows.size))
    kind, truth = measured.kind, measured.truth
    answers = [measured.rows.answers(change.function, amount) for amount in amounts]
    scores = [float(kind.score(answer, truth, None)) for answer in answers]
    draws = np.stack([bootstrapped(kind.score, answer, truth, draws=measured.draws) for answer in answers])
    agreement = None
    if kind.classifies:
        same = [(answer == measured.unchanged).reshape(len(truth), -1).all(axis=1) for answer in answers]
        agreement = [float(rows.mean()) for rows in same]
    weights = np.array(list(_weights(amounts)))
    return Curve(
        name,
        change.unit,
        amounts,
        scores,
        [percentiles(row) for row in draws],
        agreement,
        _mean(weights, np.array(scores)),
        percentiles(np.array([_mean(weights, drawn) for drawn in draws.T])),
    )


def _mean(weights: Array, scores: Array) -> float:
    """Give the weighted mean, which rounding takes beyond no score."""
    return float(np.clip(weights @ scores, scores.min(), scores.max()))


def _weights(amounts: Sequence[float]) -> Iterator[float]:
    """Give each amount's weight in the mean over them, by the trapezoid rule.

    >>> list(_weights([0.0, 1.0, 3.0]))
    [0.16666666666666666, 0.5, 0.3333333333333333]
    """
    whole = amounts[-1] - amounts[0]
    for place in range(len(amounts)):
        before, after = amounts[max(place - 1, 0)], amounts[min(place + 1, len(amounts) - 1)]
        yield (after - before) / (2 * whole)
