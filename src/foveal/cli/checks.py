"""What would only go wrong after the training, found before it. Loads torch."""

import warnings
from typing import Any

import numpy as np

from foveal.core.errors import DataError
from foveal.core.parameters import with_defaults
from foveal.data.arrays import check_finite
from foveal.data.dataset import Dataset
from foveal.data.images.own_size import PicturesOfOwnSize
from foveal.data.reading import check_form
from foveal.data.signals.ragged import Ragged
from foveal.data.text.pairs import Pairs
from foveal.data.text.texts import Texts
from foveal.estimators.base import BaseCNN
from foveal.fitted.describe import check_labels_savable, check_savable
from foveal.tasks.kind import Problem
from foveal.tasks.scoring import read_truth


def check_run(estimator: BaseCNN, data: Dataset, *, test: bool | None) -> None:
    """Check that the model can be saved, and that the test part fits the training part if it is to be measured on.

    Raises `ParameterError` for parameters and labels that no file can hold, `DataError` for the rest.
    """
    parameters = estimator.get_params(deep=False)
    check_savable(parameters)
    with warnings.catch_warnings(action="ignore"):  # fit gives them
        problem, _ = estimator._kind().learn(with_defaults(parameters), data.y_train, None)
        if problem.classes is not None:
            check_labels_savable(problem.classes)
        if test and data.X_test is None:
            raise DataError(f"--test: {data.name} has no test part; leave --test out, or give X_test and y_test")
        if data.X_test is not None and test is not False:
            _check_test(data, problem, one_hot=estimator.one_hot)


def _check_test(data: Dataset, problem: Problem, *, one_hot: bool) -> None:
    X: Any = data.X_test
    if isinstance(X, PicturesOfOwnSize):
        return  # their masks have been held against them
    y = np.asarray(data.y_test)
    assert X is not None  # noqa: S101  (check_run has seen to it)
    if isinstance(X, Texts | Pairs):
        read_truth(problem, y, len(X), one_hot=one_hot, name="y_test")
        return
    if isinstance(X, Ragged):
        check_form(X, data.X_train.form, "X_test")  # type: ignore[union-attr]
        read_truth(problem, y, len(X), one_hot=one_hot, name="y_test")
        return
    train: Any = data.X_train
    for name, part, whole in (("X", X, train), ("y", y, data.y_train)):
        if part.shape[1:] != whole.shape[1:]:
            raise DataError(
                f"{name}_test must have rows like those to train on, {whole.shape[1:]}, got {part.shape[1:]}; correct "
                "them, or measure on nothing with --no-test"
            )
    if X.dtype.kind not in "buif":
        raise DataError(f"X_test must hold real numbers, got dtype {X.dtype}; convert it, or use --no-test")
    check_finite(X, np.float32, "X_test")
    read_truth(problem, y, len(X), one_hot=one_hot, name="y_test")
