"""What y teaches: the kind of problem, its classes or its scale, and the task that follows."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from foveal.core.choices import TaskName
from foveal.core.errors import DataError, ParameterError
from foveal.core.parameters import PARAMETERS
from foveal.core.rules import check
from foveal.core.warn import warn_user
from foveal.data.arrays import check_targets_finite
from foveal.data.targets import (
    as_labels,
    class_numbers,
    find_classes,
    given_classes,
    one_label_a_row,
    ravel_targets,
)
from foveal.train import task as tasks
from foveal.train.losses import SMOOTHED, row_loss

#: Losses that a kind of problem can be trained with, by name.
LOSSES_OF: dict[TaskName, tuple[str, ...]] = {
    "classification": ("cross_entropy", "hinge", "kl"),
    "labels": ("cross_entropy", "binary_cross_entropy"),
    "regression": ("mse", "mae", "huber"),
}
#: Which problem a loss would fit, and how to have that.
_OTHERWISE: dict[TaskName, str] = {
    "regression": "for values use CNNRegressor",
    "classification": "for one class a row pass y of one axis, or one_hot=True",
    "labels": "for several labels a row pass y as a 0/1 indicator",
}


@dataclass(frozen=True)
class Problem:
    """What is fixed at the first fit and needed to predict: it stands in the model file."""

    kind: TaskName
    n_outputs: int
    classes: np.ndarray | None = None
    has_probabilities: bool = False
    one_axis: bool = True  # predictions are (N,), not (N, outputs)
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()


def kind_of(loss: Any, task: TaskName | None) -> TaskName:
    """Say what kind of problem a loss means in `CNN`.

    >>> kind_of("huber", None), kind_of("hinge", None), kind_of("binary_cross_entropy", None)
    ('regression', 'classification', 'labels')
    """
    check("loss", loss, PARAMETERS["loss"].rule)
    if isinstance(loss, str):
        meant: TaskName = next(k for k, names in LOSSES_OF.items() if loss in names)
        return task or meant
    if task is None:
        raise ParameterError(
            "task must say what a loss that is a function is for: 'classification', 'labels' or 'regression'"
        )
    return task


def learn(kind: TaskName, parameters: dict[str, Any], y: Any, classes: Any = None) -> tuple[Problem, np.ndarray]:
    """Read y as `kind` would have it; a 2-D 0/1 y turns classification into several labels.

    Returns the problem, its scale still open for regression, and y as class numbers, indicator or values.
    """
    one_hot = parameters["one_hot"]
    if kind == "regression":
        return _learn_values(parameters, y, classes)
    y = as_labels(y)
    if one_hot and (y.ndim == 1 or kind == "labels"):
        reason = "a 2-D 0/1 y, got a y of one axis" if y.ndim == 1 else "one class a row, not several labels"
        raise ParameterError(f"one_hot=True needs {reason}; use one_hot=False")
    if y.ndim == 2 and not one_hot:
        check_fits(parameters, "labels")
        if y.shape[1] > 1 and one_label_a_row(y):
            warn_user(
                "every row of y has exactly one label, and y is taken as several labels; if it is one-hot, use "
                "one_hot=True"
            )
        return Problem("labels", y.shape[1], np.arange(y.shape[1]), True, one_axis=False), y
    if kind == "labels":
        raise ParameterError(
            f"{_why_labels(parameters)} is for several labels a row, but y has one class a row; pass y as a 2-D 0/1 "
            f"indicator, or use {_for_one_class(parameters)}"
        )
    check_fits(parameters, "classification")
    if one_hot:
        found = np.arange(y.shape[1])
        y = columns_of(y)
    else:
        found = find_classes(y) if classes is None else given_classes(classes)
    if len(found) < 2:
        raise DataError(
            f"y has 1 class ({found.tolist()[0]!r}); a classifier needs at least 2 classes (partial_fit: classes=...)"
        )
    return Problem("classification", len(found), found, parameters["loss"] != "hinge"), class_numbers(y, found)


def _learn_values(parameters: dict[str, Any], y: Any, classes: Any) -> tuple[Problem, np.ndarray]:
    check_fits(parameters, "regression")
    if parameters["one_hot"] or classes is not None:
        name = "one_hot=True" if parameters["one_hot"] else "classes"
        raise ParameterError(f"{name} is for classes, not for values; leave it out (weights: sample_weight=...)")
    y = ravel_targets(check_targets_finite(y))
    return Problem("regression", 1 if y.ndim == 1 else y.shape[1], one_axis=y.ndim == 1), y


def with_scale(problem: Problem, y: np.ndarray, rows: np.ndarray) -> Problem:
    """Learn the scale of regression targets from the training rows; a deviation of 0 counts as 1."""
    if problem.kind != "regression":
        return problem
    table = y.reshape(len(y), -1)[rows]
    mean, deviation = table.mean(axis=0), table.std(axis=0)
    deviation[deviation <= np.abs(mean) * np.finfo(np.float64).eps * 4] = 1.0
    deviation[deviation == 0] = 1.0
    return replace(problem, mean=tuple(mean.tolist()), deviation=tuple(deviation.tolist()))


def read_again(problem: Problem, parameters: dict[str, Any], y: Any) -> np.ndarray:
    """Read the y of a later call: class numbers, indicator or values of the width already known."""
    if problem.kind == "regression":
        y = ravel_targets(check_targets_finite(y))
    else:
        y = as_labels(y)
        if problem.kind == "classification" and problem.classes is not None:
            if y.ndim == 2 and not parameters["one_hot"]:
                raise DataError(
                    f"y has two axes, {y.shape}, but the first call had one class a row; pass y of one axis"
                )
            return class_numbers(columns_of(y) if y.ndim == 2 else y, problem.classes)
    width = 1 if y.ndim == 1 else y.shape[1]
    if width != problem.n_outputs:
        raise DataError(f"y has {width} columns, but the first call had {problem.n_outputs}")
    return np.asarray(y)


def make_task(problem: Problem, loss: Any, smoothing: float, dtype: torch.dtype) -> tasks.Task:
    """Make the engine's task for a problem."""
    if smoothing and not (isinstance(loss, str) and loss in SMOOTHED):
        raise ParameterError(
            f"label_smoothing={smoothing} has no meaning for loss={loss!r}; use 0.0, or one of {tuple(SMOOTHED)}"
        )
    if problem.kind == "labels" and loss == "cross_entropy":
        loss = "binary_cross_entropy"
    rows = row_loss(loss, smoothing) if isinstance(loss, str) else tasks.by_function(loss)
    if problem.kind == "labels":
        return tasks.labels(rows, dtype)
    if problem.kind == "regression":
        return tasks.regression(rows, np.array(problem.mean), np.array(problem.deviation), dtype)
    return tasks.classification(rows, probabilities=problem.has_probabilities)


def decode(problem: Problem, predictions: np.ndarray) -> np.ndarray:
    """Turn a task's predictions into the user's labels, indicator or values."""
    if problem.kind == "classification" and problem.classes is not None:
        return np.asarray(problem.classes[predictions])
    return predictions[:, 0] if problem.one_axis and predictions.ndim == 2 else predictions


def check_fits(parameters: dict[str, Any], kind: TaskName) -> None:
    """Refuse a named loss that a kind of problem cannot be trained with."""
    loss, task = parameters["loss"], parameters["task"]
    if isinstance(loss, str) and loss not in LOSSES_OF[kind]:
        choices = ", ".join(map(repr, LOSSES_OF[kind]))
        meant = next(other for other, names in LOSSES_OF.items() if loss in names)
        way = "for classes use CNNClassifier" if kind == "regression" else _OTHERWISE[meant]
        also = f"; CNN(loss={loss!r}) needs no task" if task is not None else ""
        raise ParameterError(f"loss={loss!r} does not fit {kind}; use one of {choices}; {way}{also}")


def _why_labels(parameters: dict[str, Any]) -> str:
    """Name what makes a problem one of several labels."""
    return "task='labels'" if parameters["task"] == "labels" else f"loss={parameters['loss']!r}"


def _for_one_class(parameters: dict[str, Any]) -> str:
    """Say which parameters one class a row needs in their place."""
    loss, task = parameters["loss"], parameters["task"]
    needed = [] if not isinstance(loss, str) or loss in LOSSES_OF["classification"] else ["loss='cross_entropy'"]
    if task == "labels":
        needed.append("task=None" if isinstance(loss, str) else "task='classification'")
    return " and ".join(needed)


def columns_of(y: np.ndarray) -> np.ndarray:
    """Give the column of the single 1 in each row of a one-hot y."""
    if not one_label_a_row(y):
        row = int(np.flatnonzero(y.sum(axis=1) != 1)[0])
        raise DataError(f"one_hot=True needs exactly one 1 in each row of y, but row {row} has {int(y[row].sum())}")
    return np.asarray(y.argmax(axis=1))
