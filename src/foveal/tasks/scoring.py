"""Predictions against the truth: y read as fit read it, and the one score of each kind of problem."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from foveal.core.errors import DataError, ShapeError
from foveal.core.warn import warn_user
from foveal.data.arrays import check_targets_finite
from foveal.data.convert import check_length
from foveal.data.targets import as_labels, find_classes, ravel_targets
from foveal.tasks.kinds import Problem, columns_of
from foveal.train.metrics import hits, r2, r2_tally, share, some_vary


def read_truth(estimator: Any, y: Any, n_rows: int) -> np.ndarray:
    """Read the y that predictions of `n_rows` rows are compared with: labels, an indicator or values, shaped as they.

    Labels that the model does not know count as wrong. Raises `DataError` where y cannot be compared, or holds no
    label that it knows.
    """
    problem: Problem = estimator._problem
    check_length(y, n_rows, "y")
    y = ravel_targets(check_targets_finite(y)) if problem.kind == "regression" else as_labels(y)
    if estimator._parameters["one_hot"] and y.shape[1:] == (problem.n_outputs,):
        y = columns_of(y)
    wanted = (n_rows,) if problem.one_axis else (n_rows, problem.n_outputs)
    if y.shape != wanted:
        raise ShapeError(f"y must have the shape of the model's predictions, {wanted}, got {y.shape}")
    if problem.kind == "classification" and problem.classes is not None:
        check_known(y, problem.classes.tolist(), "y")
    return np.asarray(y)


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


def _listed(labels: Sequence[Any]) -> str:
    return ", ".join(map(repr, labels[:5])) + (" ..." if len(labels) > 5 else "")


def score_of(problem: Problem, predicted: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Give the accuracy, the share of rows with every label right, or R2: from the sums that training adds up.

    >>> score_of(Problem("classification", 2), np.array(["a", "b"]), np.array(["a", "c"]), np.array([3.0, 1.0]))
    0.75
    """
    weights = None if weight is None else torch.from_numpy(weight)
    if problem.kind != "regression":
        return share(hits(torch.from_numpy((predicted == y).reshape(len(y), -1).all(axis=1)), weights))
    centre = np.average(y, axis=0, weights=weight)  # no offset is left in the squares
    outputs, targets = (torch.from_numpy(values - centre).view(len(y), -1) for values in (predicted, y))
    if not some_vary(targets, weights):
        warn_user(
            f"y does not vary in the {len(y)} row(s) to score, so R2 tells nothing: a target counts 1 where it is met "
            "exactly, else 0; score more rows"
        )
    return r2(r2_tally(outputs, targets, weights))
