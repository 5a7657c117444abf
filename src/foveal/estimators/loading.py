"""From a model file to one of the estimators."""

from os import PathLike
from typing import Any

from foveal.core.shelter import sheltered
from foveal.estimators.base import BaseCNN
from foveal.estimators.cnn import CNN, CNNClassifier, CNNRegressor
from foveal.fitted.loading import load_estimator

#: The estimators that a model file may name.
ESTIMATORS: dict[str, type[BaseCNN]] = {"CNN": CNN, "CNNClassifier": CNNClassifier, "CNNRegressor": CNNRegressor}


def load(path: str | PathLike[str]) -> Any:
    """Read a model file that `save` wrote, and return the fitted estimator.

    The file may only name what the catalogue holds: its parameters keep the rules of the parameter table, the network
    is built from them, and the tensors must have that network's names, dtypes and shapes before any is read.
    Raises `ModelFileError` for anything else.
    """
    with sheltered():
        return load_estimator(path, ESTIMATORS)
