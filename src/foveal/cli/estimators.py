"""Estimators as the verbs use them: chosen by the parameters, read from a file, asked what they know. Loads torch."""

from collections.abc import Mapping, Sequence
from typing import Any

from foveal import CNN, CNNClassifier, CNNRegressor
from foveal.cli.run_folder import model_file
from foveal.estimators import load
from foveal.estimators.base import BaseCNN
from foveal.tasks.kinds import LOSSES_OF, Problem


def estimator_for(parameters: Mapping[str, Any]) -> BaseCNN:
    """Make the estimator that a task, or else a loss, asks for.

    >>> [type(estimator_for(p)).__name__ for p in ({}, {"loss": "mae"}, {"task": "regression"}, {"task": "labels"})]
    ['CNNClassifier', 'CNN', 'CNNRegressor', 'CNNClassifier']
    """
    task = parameters.get("task")
    if task == "regression":
        return _made(CNNRegressor, parameters)
    regresses = parameters.get("loss") in LOSSES_OF["regression"]
    return _made(CNN if regresses and task is None else CNNClassifier, parameters)


def _made(kind: type[BaseCNN], parameters: Mapping[str, Any]) -> BaseCNN:
    return kind(**parameters)


def load_model(model: str) -> BaseCNN:
    """Read a model file, or the one in the folder of a run; raises `ModelFileError`."""
    estimator: BaseCNN = load(model_file(model))
    return estimator


def problem_of(estimator: BaseCNN) -> Problem:
    """Give the kind of problem that a fitted estimator learnt, with its classes."""
    problem: Problem = estimator._problem
    return problem


def name_of(label: Any, names: Sequence[str] | None) -> Any:
    """Give a class its name where the data set has one: classes 0, 1, 2 ... are places in `names`.

    >>> name_of(1, ("T-shirt/top", "Trouser")), name_of("cat", None)
    ('Trouser', 'cat')
    """
    if names is None or isinstance(label, bool) or not isinstance(label, int) or not 0 <= label < len(names):
        return label
    return label if names[label] == str(label) else names[label]
