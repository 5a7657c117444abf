"""A network's score beside those of baselines, on the same rows, each with its interval."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from numpy.typing import NDArray

from foveal.compare.baselines import MOST_ROWS, answers, sampled
from foveal.compare.differences import Difference, mcnemar, of_draws, verdict
from foveal.compare.intervals import Interval, bootstrapped, percentiles, wilson
from foveal.compare.seen import functions_for, seen, what_is_seen
from foveal.data.source import Source
from foveal.tasks.kind import Kind, Problem
from foveal.tasks.labels import share_of_right

Array = NDArray[Any]


class Truth(NamedTuple):
    """Rows and what is known of them, in the user's labels or values: (N,) or (N, outputs)."""

    rows: Source
    y: Array


@dataclass(frozen=True)
class Scored:
    """A model's score on some rows; `difference` is the network's to a baseline, `said` what that left out."""

    score: float
    interval: Interval
    difference: Difference | None = None
    seconds: float = 0.0
    said: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Give all of it for a JSON object."""
        own: dict[str, Any] = {"score": self.score, "interval": list(self.interval)}
        if self.difference is None:
            return own
        beside = {"difference": self.difference.value, "p": self.difference.p, "seconds": self.seconds}
        return own | beside | ({"said": self.said} if self.said else {})


@dataclass(frozen=True)
class Comparison:
    """The network and its baselines: rows measured, and rows that the baselines learnt from."""

    rows: int
    learnt_from: int
    network: Scored
    baselines: Mapping[str, Scored]
    said: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """Say plainly whether the network is better."""
        differences = {name: b.difference for name, b in self.baselines.items() if b.difference is not None}
        return verdict({name: b.score for name, b in self.baselines.items()}, differences)

    def as_dict(self) -> dict[str, Any]:
        """Give all of it for a JSON object."""
        return {
            "rows": self.rows,
            "learnt_from": self.learnt_from,
            "network": self.network.as_dict(),
            "baselines": {name: baseline.as_dict() for name, baseline in self.baselines.items()},
            "said": list(self.said),
            "verdict": self.verdict,
        }


class _Measured:
    """One model against the truth: the rows that it has right where the score is their share, else bootstrap draws."""

    def __init__(self, kind: Kind, predicted: Array, truth: Array) -> None:
        self.score, self.is_share = kind.score(predicted, truth, None), kind.score is share_of_right
        if self.is_share:
            self.told = (predicted == truth).reshape(len(truth), -1).all(axis=1)
        else:
            self.told = bootstrapped(kind.score, predicted, truth)

    def interval(self) -> Interval:
        return wilson(int(self.told.sum()), len(self.told)) if self.is_share else percentiles(self.told)

    def less(self, other: "_Measured") -> Difference:
        if self.is_share:
            return mcnemar(self.told, other.told)
        return of_draws(self.score - other.score, self.told, other.told)


def scored(kind: Kind, predicted: Array, truth: Array) -> Scored:
    """Give a model's score on some rows with its interval: Wilson's of a share, else the bootstrap's.

    >>> import numpy as np
    >>> from foveal.tasks.classification import CLASSIFICATION
    >>> scored(CLASSIFICATION, np.array([0, 1]), np.array([0, 0])).score
    0.5
    """
    found = _Measured(kind, predicted, truth)
    return Scored(found.score, found.interval())


def compare(problem: Problem, learnt: Truth, measured: Truth, predicted: Array, *, most: int = MOST_ROWS) -> Comparison:
    """Let baselines learn from the rows that the network has learnt from, and measure both on the same others.

    `predicted` is what the network says of the rows to measure. Of more than `most` rows so many are drawn, to learn
    from and to measure, and `said` tells it. A share has Wilson's interval and McNemar's test, another score the
    bootstrap's.

    Raises `DataError` where rows are no arrays of one shape.

    >>> import numpy as np
    >>> from foveal.compare.small import source_of
    >>> from foveal.tasks.classification import CLASSIFICATION
    >>> X, y = np.arange(20.0)[:, None], np.arange(20) // 15
    >>> truth = Truth(source_of(X), y)
    >>> found = compare(Problem(CLASSIFICATION, 2, np.arange(2)), truth, truth, y)
    >>> found.network.score, found.baselines["majority class"].score
    (1.0, 0.75)
    """
    kind, what = problem.kind, what_is_seen(learnt.rows)
    fit, rows = sampled(len(learnt.y), most=most), sampled(len(measured.y), most=most)
    truth = measured.y[rows]
    network = _Measured(kind, predicted[rows], truth)
    X, X_new = seen(learnt.rows, fit), seen(measured.rows, rows)
    baselines = {}
    for answer in answers(problem, what, X, learnt.y[fit], X_new, functions_for(problem, learnt.rows)):
        found = _Measured(kind, answer.predicted, truth)
        baselines[answer.name] = Scored(found.score, found.interval(), network.less(found), answer.seconds, answer.said)
    said = [f"{name}: {baseline.said}" for name, baseline in baselines.items() if baseline.said]
    if len(fit) < len(learnt.y):
        said.append(f"baselines learn from {len(fit):,} of {len(learnt.y):,} rows, drawn with seed 0")
    if len(rows) < len(measured.y):
        said.append(f"all are compared on {len(rows):,} of {len(measured.y):,} rows, drawn with seed 0")
    return Comparison(len(rows), len(fit), Scored(network.score, network.interval()), baselines, tuple(said))
