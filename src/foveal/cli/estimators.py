"""Estimators as the verbs use them: chosen by the parameters, read from a file, asked what they know. Loads torch."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from foveal import CNN, CNNClassifier, CNNRegressor
from foveal.cli.run_folder import model_file
from foveal.core.errors import ModelFileError
from foveal.data.named import NAMED
from foveal.estimators import load
from foveal.estimators.base import BaseCNN
from foveal.tasks.kind import Problem
from foveal.tasks.table import kind_meant, kind_of


def estimator_for(parameters: Mapping[str, Any]) -> BaseCNN:
    """Make the estimator that a task, or else a loss, asks for.

    >>> [type(estimator_for(p)).__name__ for p in ({}, {"loss": "mae"}, {"task": "regression"}, {"task": "labels"})]
    ['CNNClassifier', 'CNN', 'CNNRegressor', 'CNNClassifier']
    """
    kind = kind_meant(parameters.get("task"))
    if kind is not None:
        return _made(CNNClassifier if kind.classifies else CNNRegressor, parameters)
    loss = parameters.get("loss", "cross_entropy")
    regresses = isinstance(loss, str) and not kind_of(loss, None).classifies
    return _made(CNN if regresses else CNNClassifier, parameters)


def _made(kind: type[BaseCNN], parameters: Mapping[str, Any]) -> BaseCNN:
    return kind(**parameters)


def load_model(model: str) -> BaseCNN:
    """Read a model file, or the one in the folder of a run; raises `ModelFileError`."""
    if model in NAMED and not Path(model).exists():
        raise ModelFileError(f"{model} is a data set, and a model was expected; the model comes first, then the data")
    estimator: BaseCNN = load(model_file(model))
    return estimator


def problem_of(estimator: BaseCNN) -> Problem:
    """Give the kind of problem that a fitted estimator learnt, with its classes."""
    problem: Problem = estimator._problem
    return problem
