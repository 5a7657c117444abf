"""How good predictions are: accuracy, precision and recall of each class, or R2, MAE and RMSE."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from foveal.cli.estimators import name_of, problem_of
from foveal.core.choices import TaskName
from foveal.core.errors import DataError
from foveal.data.arrays import check_targets_finite
from foveal.data.targets import as_labels, find_classes, ravel_targets
from foveal.estimators.base import BaseCNN

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
    if problem.kind == "regression":
        return _of_values(estimator.predict(X), ravel_targets(check_targets_finite(y)))
    y = as_labels(y)
    if y.ndim == 2 and estimator.one_hot:
        y = y.argmax(axis=1)
    predicted = estimator.predict(X)
    _check_shape(predicted, y)
    if problem.kind == "labels":
        return _of_indicator(predicted, y)
    return _of_classes(predicted, y, estimator.classes_, names)


def _of_classes(predicted: np.ndarray, y: np.ndarray, classes: np.ndarray, names: Sequence[str] | None) -> Measures:
    labels = classes.tolist()
    strange = check_known(y, labels, "y")
    scores = [
        _class_score(label, str(name_of(label, names)), predicted == label, y == label) for label in labels + strange
    ]
    accuracy = float((predicted == y).mean())
    return Measures(len(y), accuracy, {"accuracy": accuracy}, scores)


def check_known(y: np.ndarray, labels: Sequence[Any], name: str) -> list[Any]:
    """List the labels in y that a model does not know: they count as wrong. All of them unknown is a `DataError`.

    >>> check_known(np.array([1, 3]), [1, 2], "y")
    [3]
    """
    here, known = find_classes(y).tolist(), set(labels)  # it refuses values that are no labels
    strange = [label for label in here if label not in known]
    if len(strange) == len(here):
        raise DataError(
            f"{name} holds none of the model's classes: it has {_listed(strange)}, the model {_listed(labels)}; is it "
            "the data set that the model is for?"
        )
    return strange


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


def _listed(labels: Sequence[Any]) -> str:
    return ", ".join(map(repr, labels[:5])) + (" ..." if len(labels) > 5 else "")


def _of_indicator(predicted: np.ndarray, y: np.ndarray) -> Measures:
    scores = [_class_score(i, f"label {i}", predicted[:, i] == 1, y[:, i] == 1) for i in range(y.shape[1])]
    subset = float((predicted == y).all(axis=1).mean())
    return Measures(len(y), subset, {"subset_accuracy": subset}, scores)


def _class_score(label: Any, name: str, found: np.ndarray, there: np.ndarray) -> ClassScore:
    right, n_found, n_there = int((found & there).sum()), int(found.sum()), int(there.sum())
    return ClassScore(label, name, _share(right, n_found), _share(right, n_there), n_there)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def _of_values(predicted: np.ndarray, y: np.ndarray) -> Measures:
    """R2 is the mean over targets of 1 - sum (y - z)^2 / sum (y - mean)^2, as scikit-learn's `r2_score`.

    A target that does not vary counts 1 where it is met exactly, else 0.
    """
    _check_shape(predicted, y)
    y, z = y.reshape(len(y), -1), predicted.reshape(len(y), -1)
    error = y - z
    residual, spread = np.square(error).sum(axis=0), np.square(y - y.mean(axis=0)).sum(axis=0)
    r2 = np.where(residual == 0, 1.0, 0.0)
    varies = (spread != 0) & (residual != 0)
    r2[varies] = 1 - residual[varies] / spread[varies]
    score = float(r2.mean())
    values = {"r2": score, "mae": float(np.abs(error).mean()), "rmse": float(np.sqrt(np.square(error).mean()))}
    return Measures(len(y), score, values)


def _check_shape(predicted: np.ndarray, y: np.ndarray) -> None:
    if predicted.shape != y.shape:
        raise DataError(f"y must have the shape of the model's predictions, {predicted.shape}, got {y.shape}")
