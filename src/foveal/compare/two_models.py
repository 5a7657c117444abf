"""Two models on the same rows: the difference of each measure with its interval, never two bare numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from foveal.calibration.honesty import NAMES, Probabilities
from foveal.compare.differences import Difference, mcnemar, of_draws
from foveal.compare.intervals import DRAWS, Interval, bootstrapped, percentiles
from foveal.core.errors import DataError, ParameterError
from foveal.core.shelter import sheltered
from foveal.fitted.measure import has_honest, honest
from foveal.fitted.model import Fitted
from foveal.fitted.predict import collect, rows_of
from foveal.tasks.labels import share_of_right
from foveal.tasks.scoring import read_truth

Array = NDArray[Any]


class Paired(NamedTuple):
    """One measure of two models on the same rows: both values, the first less the second, its interval, chance."""

    first: float
    second: float
    difference: Difference
    interval: Interval

    def as_dict(self) -> dict[str, Any]:
        """Give all of it for a JSON object."""
        found = {"first": self.first, "second": self.second, "difference": self.difference.value}
        return found | {"interval": list(self.interval), "p": self.difference.p}


@dataclass(frozen=True)
class Versus:
    """Two models on the same rows; the first of `measures` is their score, the larger the better."""

    rows: int
    measures: Mapping[str, Paired]

    @property
    def verdict(self) -> str:
        """Say plainly which model has the better score, and whether the difference is within noise."""
        name, paired = next(iter(self.measures.items()))
        value, p = paired.difference
        if value == 0:
            return f"A is as good as B by {name}"
        better, other = ("A", "B") if value > 0 else ("B", "A")
        sure = "which is within noise" if paired.difference.within_noise else "which is more than noise"
        return f"{better} is better than {other} by {abs(value):.4f} in {name}, {sure} (p = {p:.3g})"

    def as_dict(self) -> dict[str, Any]:
        """Give all of it for a JSON object."""
        measures = {name: paired.as_dict() for name, paired in self.measures.items()}
        return {"rows": self.rows, "measures": measures, "verdict": self.verdict}


class Answered(NamedTuple):
    """What a model says of rows, and what is true of them, in its own labels."""

    predicted: Array
    truth: Array
    probabilities: Probabilities | None


def answered_by(fitted: Fitted, X: Any, y: Any) -> Answered:
    """Let a model answer rows, and read their truth as it has it.

    Raises `ParameterError` for a model of masks, whose answers are no rows.
    """
    if fitted.kind.gives_masks:
        raise ParameterError("two models of masks are not compared yet; measure each with foveal evaluate")
    rows = rows_of(fitted, X)
    truth = read_truth(fitted.problem, y, len(rows), one_hot=fitted.settings["one_hot"])
    with sheltered():
        outputs = torch.from_numpy(collect(fitted, rows, Tensor.numpy))
    predicted = fitted.kind.decode(fitted.problem, fitted.task.decode(outputs))
    return Answered(predicted, truth, honest(fitted, outputs, truth).now if has_honest(fitted.problem) else None)


def versus(first: Fitted, second: Fitted, answered: tuple[Answered, Answered]) -> Versus:
    """Hold what two models say of the same rows against each other.

    The difference of a score has the percentiles of 1,000 bootstrap draws of the rows, the same draws for both, as its
    interval; p is McNemar's for a share of rows, else from the draws. So it is for the negative log likelihood; the
    calibration error's interval is 2 d less the percentiles, as its draws are too large (of both, more or less alike).

    Raises `ParameterError` for models of different kinds of problem, `DataError` for other rows.
    """
    one, other = answered
    if first.kind.name != second.kind.name:
        raise ParameterError(f"A is for {first.kind.name}, B for {second.kind.name}; compare models of one kind")
    if len(one.truth) != len(other.truth):
        raise DataError(f"A has answered {len(one.truth):,} rows, B {len(other.truth):,}; give both the same ones")
    measures = {first.kind.metric: _of_scores(first, one, other)}
    ours, theirs = one.probabilities, other.probabilities
    if ours is not None and theirs is not None and ours.rows == theirs.rows:
        for name, words in NAMES.items():
            a, b = getattr(ours, name), getattr(theirs, name)
            value = a.value - b.value
            low, high = percentiles(a.draws - b.draws)
            interval = Interval(low, high) if name == "nll" else Interval(2 * value - high, 2 * value - low)
            measures[words] = Paired(a.value, b.value, of_draws(value, a.draws, b.draws), interval)
    return Versus(len(one.truth), measures)


def _of_scores(fitted: Fitted, one: Answered, other: Answered) -> Paired:
    score = fitted.kind.score
    first, second = score(one.predicted, one.truth, None), score(other.predicted, other.truth, None)
    if score is not share_of_right:
        draws = [bootstrapped(score, each.predicted, each.truth) for each in (one, other)]
        difference = of_draws(first - second, *draws)
        return Paired(first, second, difference, percentiles(draws[0] - draws[1]))
    right = [(each.predicted == each.truth).reshape(len(each.truth), -1).all(axis=1) for each in (one, other)]
    lead, rng = right[0].astype(float) - right[1], np.random.default_rng(0)
    means = np.array([lead[rng.integers(len(lead), size=len(lead))].mean() for _ in range(DRAWS)])
    return Paired(first, second, mcnemar(*right), percentiles(means))
