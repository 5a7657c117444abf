"""One class a row."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from foveal.calibration.kinds import CLASSES
from foveal.core.errors import DataError, ParameterError, ShapeError
from foveal.data.targets import as_labels, class_numbers, find_classes, given_classes, one_label_a_row
from foveal.tasks.fits import check_fits, rows_of
from foveal.tasks.kind import Kind, Measures, Parameters, Problem, class_scores, name_of
from foveal.tasks.known import check_known
from foveal.tasks.labels import several_labels, share_of_right
from foveal.tasks.measures import of_classes
from foveal.train import metrics
from foveal.train.losses import RowLoss
from foveal.train.task import Task


def classification(loss: RowLoss, *, probabilities: bool = True) -> Task:
    """One class a row, numbers from 0: the largest output is the prediction, softmax gives probabilities."""
    return Task(
        encode=lambda y: torch.from_numpy(np.asarray(y, np.int64)),
        loss=loss,
        decode=lambda outputs: outputs.argmax(dim=1).numpy(),
        probabilities=_softmax if probabilities else None,
        tally=metrics.accuracy_tally,
        scores=lambda sums: {"accuracy": metrics.share(sums)},
        measures=of_classes(probabilities=probabilities),
        merge=_mean_probabilities if probabilities else None,
    )


def _learn(parameters: Parameters, y: Any, classes: Any) -> tuple[Problem, np.ndarray]:
    """Find the classes in y; a 2-D 0/1 y that is not one-hot is several labels a row."""
    y, one_hot = as_labels(y), parameters["one_hot"]
    if one_hot and y.ndim == 1:
        raise ParameterError("one_hot=True needs a 2-D 0/1 y, got a y of one axis; use one_hot=False")
    if y.ndim == 2 and not one_hot:
        return several_labels(parameters, y)
    check_fits(parameters, CLASSIFICATION)
    if one_hot:
        found = np.arange(y.shape[1])
        y = columns_of(y)
    else:
        found = find_classes(y) if classes is None else given_classes(classes)
    if len(found) < 2:
        raise DataError(
            f"y has 1 class ({found.tolist()[0]!r}); a classifier needs at least 2 classes (partial_fit: classes=...)"
        )
    return Problem(CLASSIFICATION, len(found), found, _has_probabilities(parameters["loss"])), class_numbers(y, found)


def _read(problem: Problem, parameters: Parameters, y: Any, name: str = "y") -> np.ndarray:
    y, classes = as_labels(y, name), _classes(problem)
    if parameters["one_hot"]:
        if y.shape[1:] != classes.shape:
            raise ShapeError(
                f"{name} must be one-hot with a column for each of the {len(classes)} classes, as at first, "
                f"({len(y)}, {len(classes)}), got {y.shape}; add columns of 0 for classes without rows"
            )
        return class_numbers(columns_of(y, name), classes)
    if y.ndim == 2:
        raise DataError(f"{name} has two axes, {y.shape}, but the first call had one class a row; pass y of one axis")
    return class_numbers(y, classes, name)


def _task(problem: Problem, loss: Any, smoothing: float, dtype: torch.dtype) -> Task:
    return classification(rows_of(loss, smoothing), probabilities=problem.has_probabilities)


def _decode(problem: Problem, predictions: np.ndarray) -> np.ndarray:
    return np.asarray(_classes(problem)[predictions])


def _measure(problem: Problem, predicted: np.ndarray, y: np.ndarray, names: Sequence[str] | None) -> Measures:
    labels, score = _classes(problem).tolist(), share_of_right(predicted, y, None)
    listed = labels + check_known(y, labels, "y")
    every = np.fromiter(listed, object, len(listed))
    found, there = class_numbers(predicted, every), class_numbers(y, every)
    counts = [np.bincount(numbers, minlength=len(listed)) for numbers in (there[found == there], found, there)]
    scores = class_scores(listed, [str(name_of(label, names)) for label in listed], counts)
    return Measures(len(y), score, {"accuracy": score}, scores)


def _sound(problem: Problem, loss: Any) -> bool:
    has_probabilities = problem.has_probabilities == _has_probabilities(loss)
    plain = problem.one_class and not problem.mean and not problem.deviation
    return plain and has_probabilities and len(_classes(problem)) == problem.n_outputs


def _has_probabilities(loss: Any) -> bool:
    return bool(loss != "hinge")


def _classes_of(y: np.ndarray) -> np.ndarray:
    return y


def _classes(problem: Problem) -> np.ndarray:
    assert problem.classes is not None  # noqa: S101  (every problem of this kind has them)
    return problem.classes


def columns_of(y: np.ndarray, name: str = "y") -> np.ndarray:
    """Give the column of the single 1 in each row of a one-hot y.

    >>> columns_of(np.array([[0, 1], [1, 0]])).tolist()
    [1, 0]
    """
    if not one_label_a_row(y):
        row = int(np.flatnonzero(y.sum(axis=1) != 1)[0])
        raise DataError(
            f"one_hot=True needs exactly one 1 in each row of {name}, but row {row} has {int(y[row].sum())}"
        )
    return np.asarray(y.argmax(axis=1))


def _mean_probabilities(outputs: Tensor) -> Tensor:
    """Give outputs whose softmax is the mean of those of several views: log mean softmax."""
    return outputs.log_softmax(dim=2).logsumexp(dim=0) - math.log(len(outputs))


def _softmax(outputs: Tensor) -> np.ndarray:
    return outputs.softmax(dim=1).numpy()


CLASSIFICATION = Kind(
    "classification",
    metric="accuracy",
    losses=("cross_entropy", "hinge", "kl"),
    learn=_learn,
    read=_read,
    truth=as_labels,
    task=_task,
    decode=_decode,
    score=share_of_right,
    measure=_measure,
    sound=_sound,
    classes_of=_classes_of,
    has_probabilities=_has_probabilities,
    needs_classes=True,
    becomes=("labels",),
    calibrator=CLASSES,
)
