"""Predictions against the truth: y read as fit read it, and the score of each kind of problem."""

from typing import Any

import numpy as np

from foveal.core.errors import ShapeError
from foveal.data.convert import check_length
from foveal.data.masks import with_unknown
from foveal.tasks.classification import columns_of
from foveal.tasks.kind import Problem
from foveal.tasks.known import check_known


def read_truth(problem: Problem, y: Any, n_rows: int, *, one_hot: bool = False, name: str = "y") -> np.ndarray:
    """Read the y that predictions of `n_rows` rows are compared with, shaped as they.

    Labels that the model does not know count as wrong. Raises `DataError` where y cannot be compared, or holds no
    label that it knows.
    """
    check_length(y, n_rows, name)
    y = problem.kind.truth(y)
    if one_hot and y.shape[1:] == (problem.n_outputs,):
        y = columns_of(y)
    if problem.kind.each_place:
        return with_unknown(y, problem.ignored)
    wanted = (n_rows,) if problem.one_axis else (n_rows, problem.n_outputs)
    if y.shape != wanted:
        raise ShapeError(f"{name} must have the shape of the model's predictions, {wanted}, got {y.shape}")
    if problem.one_class and problem.classes is not None:
        check_known(y, problem.classes.tolist(), name)
    return np.asarray(y)
