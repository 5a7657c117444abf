"""Several labels a row: a 0/1 column for each."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from foveal.calibration.kinds import ONE_LABEL_EACH
from foveal.core.errors import DataError, ParameterError
from foveal.core.warn import warn_user
from foveal.data.targets import as_labels, one_label_a_row
from foveal.tasks.fits import WAYS, check_fits, rows_of
from foveal.tasks.kind import Kind, Measures, Parameters, Problem, class_scores
from foveal.tasks.measures import of_labels
from foveal.train import metrics
from foveal.train.losses import RowLoss
from foveal.train.task import Task


def labels(loss: RowLoss, dtype: torch.dtype = torch.float32) -> Task:
    """Several labels a row, a 0/1 indicator: each output above 0 is a label, the sigmoid its probability."""
    return Task(
        encode=lambda y: torch.from_numpy(np.asarray(y, np.int64)).to(dtype),
        loss=loss,
        decode=lambda outputs: (outputs > 0).numpy().astype(np.int64),
        probabilities=lambda outputs: outputs.sigmoid().numpy(),
        tally=metrics.subset_tally,
        scores=lambda sums: {"subset_accuracy": metrics.share(sums)},
        measures=of_labels(),
        merge=lambda z: F.logsigmoid(z).logsumexp(0) - F.logsigmoid(-z).logsumexp(0),  # of the mean sigmoid
    )


def several_labels(parameters: Parameters, y: np.ndarray) -> tuple[Problem, np.ndarray]:
    """Take a 0/1 indicator for several labels a row; a y that could be one-hot is said to be taken so."""
    check_fits(parameters, LABELS)
    if y.shape[1] > 1 and one_label_a_row(y):
        warn_user(
            "every row of y has exactly one label, and y is taken as several labels; if it is one-hot, use one_hot=True"
        )
    return Problem(LABELS, y.shape[1], np.arange(y.shape[1]), True, one_axis=False), y


def share_of_right(predicted: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> float:
    """Give the share of the rows, by weight, in which all is right: from the sums that training adds up.

    >>> share_of_right(np.array(["a", "b"]), np.array(["a", "c"]), np.array([3.0, 1.0]))
    0.75
    """
    right = torch.from_numpy((predicted == y).reshape(len(y), -1).all(axis=1))
    return metrics.share(metrics.hits(right, None if weight is None else torch.from_numpy(weight)))


def _learn(parameters: Parameters, y: Any, classes: Any) -> tuple[Problem, np.ndarray]:
    y = as_labels(y)
    if parameters["one_hot"]:
        reason = "a 2-D 0/1 y, got a y of one axis" if y.ndim == 1 else "one class a row, not several labels"
        raise ParameterError(f"one_hot=True needs {reason}; use one_hot=False")
    if y.ndim == 2:
        return several_labels(parameters, y)
    raise ParameterError(
        f"{_why(parameters)} is for several labels a row, but y has one class a row; pass y as a 2-D 0/1 "
        f"indicator, or use {_for_one_class(parameters)}"
    )


def _why(parameters: Parameters) -> str:
    """Name what makes a problem one of several labels."""
    return "task='labels'" if parameters["task"] == "labels" else f"loss={parameters['loss']!r}"


def _for_one_class(parameters: Parameters) -> str:
    """Say which parameters one class a row needs in their place."""
    loss = parameters["loss"]
    fits = not isinstance(loss, str) or WAYS[loss] == WAYS["cross_entropy"]
    needed = [] if fits else ["loss='cross_entropy'"]
    if parameters["task"] == "labels":
        needed.append("task=None" if isinstance(loss, str) else "task='classification'")
    return " and ".join(needed)


def _read(problem: Problem, parameters: Parameters, y: Any, name: str = "y") -> np.ndarray:
    return check_width(problem, as_labels(y, name), name)


def check_width(problem: Problem, y: np.ndarray, name: str = "y") -> np.ndarray:
    """Refuse another number of columns than the first call's y had."""
    width = 1 if y.ndim == 1 else y.shape[1]
    if width != problem.n_outputs:
        raise DataError(
            f"{name} has {width} columns, but the first call had {problem.n_outputs}; pass the same ones in the same "
            "order"
        )
    return np.asarray(y)


def _task(problem: Problem, loss: Any, smoothing: float, dtype: torch.dtype) -> Task:
    return labels(rows_of("binary_cross_entropy" if loss == "cross_entropy" else loss, smoothing), dtype)


def _decode(problem: Problem, predictions: np.ndarray) -> np.ndarray:
    return predictions


def _measure(problem: Problem, predicted: np.ndarray, y: np.ndarray, names: Sequence[str] | None) -> Measures:
    score = share_of_right(predicted, y, None)
    found, there, columns = predicted == 1, y == 1, range(y.shape[1])
    counts = [marks.sum(axis=0) for marks in (found & there, found, there)]
    scores = class_scores(columns, [f"label {i}" for i in columns], counts)
    return Measures(len(y), score, {"subset_accuracy": score}, scores)


def _sound(problem: Problem, loss: Any) -> bool:
    whole = problem.has_probabilities and not problem.one_axis and not problem.mean and not problem.deviation
    return whole and problem.classes is not None and len(problem.classes) == problem.n_outputs


def _has_probabilities(loss: Any) -> bool:
    return True


LABELS = Kind(
    "labels",
    metric="subset accuracy",
    losses=("cross_entropy", "binary_cross_entropy"),
    learn=_learn,
    read=_read,
    truth=as_labels,
    task=_task,
    decode=_decode,
    score=share_of_right,
    measure=_measure,
    sound=_sound,
    has_probabilities=_has_probabilities,
    calibrator=ONE_LABEL_EACH,
)
