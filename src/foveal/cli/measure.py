"""How good predictions are: accuracy, precision and recall of each class, or R2, MAE and RMSE."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from foveal.cli.estimators import name_of, problem_of
from foveal.core.choices import TaskName
from foveal.estimators.base import BaseCNN
from foveal.tasks.scoring import check_known, read_truth, score_of

#: What the score of each kind of problem is.
METRIC: dict[TaskName, str] = {"classification": "accuracy", "labels": "subset accuracy", "regression": "R2"}


@dataclass(frozen=True)
class ClassScore:
    """One class: `rows` that are of it, precision and recall; NaN where nothing was predicted, or nothing is there."""

    label: Any
    name: str
    precision: float
    recall: float
    rows: int


@dataclass(frozen=True)
class Measures:
    """Predictions against truth: `score` is the estimator's, `values` what it is called and what goes with it."""

    rows: int
    score: float
    values: dict[str, float]
    classes: list[ClassScore] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Give all of it for a JSON object."""
        classes = {"classes": [asdict(c) for c in self.classes]} if self.classes else {}
        return {"rows": self.rows, "score": self.score, **self.values, **classes}


def measure(estimator: BaseCNN, X: Any, y: Any, names: Sequence[str] | None = None) -> Measures:
    """Predict X once and compare with y; `names` are those of the classes 0, 1, 2 ...

    Raises `DataError` where y cannot be compared with what the model predicts.
    """
    problem = problem_of(estimator)
    y = read_truth(estimator, y, len(X))
    predicted = estimator.predict(X)
    score = score_of(problem, predicted, y)
    if problem.kind == "regression":
        return _of_values(predicted, y, score)
    if problem.kind == "labels":
        return _of_indicator(predicted, y, score)
    return _of_classes(predicted, y, score, estimator.classes_.tolist(), names)


def _of_classes(
    predicted: np.ndarray, y: np.ndarray, score: float, labels: list[Any], names: Sequence[str] | None
) -> Measures:
    listed = labels + check_known(y, labels, "y")
    scores = [_class_score(label, str(name_of(label, names)), predicted == label, y == label) for label in listed]
    return Measures(len(y), score, {"accuracy": score}, scores)


def by_name(
    y: np.ndarray, names: Sequence[str] | None, own: Sequence[str] | None
) -> tuple[np.ndarray, Sequence[str] | None]:
    """Give the classes 0, 1, 2 ... of a data set the numbers that the model has for their names, and all names.

    Two data sets may list the same classes in another order: a position says nothing. Classes that the model does not
    know come behind its own. Without names on both sides, or where y is no such number, y stays as it is.

    >>> by_name(np.array([0, 1, 2]), ("dog", "cat", "eel"), ("cat", "dog"))
    (array([1, 0, 2]), ['cat', 'dog', 'eel'])
    """
    if names is None or own is None or list(names) == list(own) or y.ndim != 1 or y.dtype.kind not in "iu":
        return y, names if own is None else own
    if not len(y) or y.min() < 0 or y.max() >= len(names):
        return y, own
    known = [*own, *(name for name in names if name not in own)]
    return np.array([known.index(name) for name in names])[y], known


def _of_indicator(predicted: np.ndarray, y: np.ndarray, score: float) -> Measures:
    scores = [_class_score(i, f"label {i}", predicted[:, i] == 1, y[:, i] == 1) for i in range(y.shape[1])]
    return Measures(len(y), score, {"subset_accuracy": score}, scores)


def _class_score(label: Any, name: str, found: np.ndarray, there: np.ndarray) -> ClassScore:
    right, n_found, n_there = int((found & there).sum()), int(found.sum()), int(there.sum())
    return ClassScore(label, name, _share(right, n_found), _share(right, n_there), n_there)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def _of_values(predicted: np.ndarray, y: np.ndarray, score: float) -> Measures:
    error = y - predicted
    values = {"r2": score, "mae": float(np.abs(error).mean()), "rmse": float(np.sqrt(np.square(error).mean()))}
    return Measures(len(y), score, values)
