"""Estimators as the verbs use them: chosen by the parameters, read from a file, asked what they know. Loads torch."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from foveal.cli.run_folder import class_names, model_file
from foveal.core.errors import ModelFileError, ParameterError
from foveal.core.parameters import defaults_of, names_of
from foveal.core.rules import did_you_mean
from foveal.data.masks import check_ignored
from foveal.data.named import NAMED
from foveal.data.source import is_source
from foveal.data.text.pairs import Pairs
from foveal.data.text.texts import Texts
from foveal.estimators.base import BaseCNN
from foveal.estimators.kinds import KINDS
from foveal.estimators.learner import Learner
from foveal.fitted.loading import read_model
from foveal.fitted.model import Fitted
from foveal.tasks.table import kind_meant, kind_of


def estimator_for(
    parameters: Mapping[str, Any], X: Any = None, layout: str | None = None, *, clones: bool = False
) -> BaseCNN:
    """Make the estimator that a task, or else a loss, asks for; for a source X one that needs no scikit-learn.

    `layout` is that of the data, if they have one; `clones` says that scikit-learn is to clone the estimator.

    >>> [type(estimator_for(p)).__name__ for p in ({}, {"loss": "mae"}, {"task": "regression"}, {"task": "labels"})]
    ['CNNClassifier', 'CNN', 'CNNRegressor', 'CNNClassifier']
    """
    if layout is not None and parameters.get("layout") is None:
        parameters = {**parameters, "layout": layout}
    if (ignored := getattr(X, "ignored", None)) is not None:
        check_ignored(parameters.get("ignore"), ignored)
        parameters = {**parameters, "ignore": ignored}
    name = _name_for(parameters)
    if isinstance(X, Texts):
        name = for_texts(name)
        parameters = {key: value for key, value in parameters.items() if key != "task"}  # which the name says
        check_known(name, parameters)
    if isinstance(X, Pairs):
        name = "Translator"
        parameters = as_usual(name, parameters)
        check_known(name, parameters)
    if X is not None and is_source(X) and not clones:
        return Learner(name, parameters)
    from foveal.estimators.loading import ESTIMATORS  # scikit-learn is loaded here, for as long as torch

    made: BaseCNN = ESTIMATORS[name](**parameters)
    return made


def for_texts(name: str) -> str:
    """Give the estimator of texts for what one of arrays would be.

    >>> for_texts("CNNClassifier"), for_texts("CNN")
    ('TextClassifier', 'TextRegressor')
    """
    if name == "CNNSegmenter":
        raise ParameterError("--task: texts have one answer each, classes, labels or values; leave it out")
    return "TextClassifier" if name == "CNNClassifier" else "TextRegressor"


def as_usual(estimator: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Leave network and epochs that are "auto", as they are for files, at what an estimator has of its own.

    >>> as_usual("Translator", {"net": "auto", "n_epochs": 3}), as_usual("CNN", {"net": "auto"})
    ({'n_epochs': 3}, {'net': 'auto'})
    """
    own = defaults_of(estimator)
    return {
        name: v for name, v in parameters.items() if not (name in ("net", "n_epochs") and name in own and v == "auto")
    }


def check_known(estimator: str, parameters: Mapping[str, Any]) -> None:
    """Refuse parameters that an estimator has not."""
    known = names_of(estimator)
    for name in parameters:
        if name not in known:
            raise ParameterError(f"{name} is no parameter of {estimator}{did_you_mean(name, known)}; leave it out")


def _name_for(parameters: Mapping[str, Any]) -> str:
    kind = kind_meant(parameters.get("task"))
    if kind is not None and kind.gives_masks:
        return "CNNSegmenter"
    if kind is not None:
        return "CNNClassifier" if kind.classifies else "CNNRegressor"
    loss = parameters.get("loss", "cross_entropy")
    regresses = isinstance(loss, str) and not kind_of(loss, None).classifies
    return "CNN" if regresses else "CNNClassifier"


def load_model(model: str) -> Fitted:
    """Read a model file, or the one in the folder of a run; raises `ModelFileError`.

    Class names that an older file lacks are taken from the configuration beside it.
    """
    if model in NAMED and not Path(model).exists():
        raise ModelFileError(f"{model} is a data set, and a model was expected; the model comes first, then the data")
    path = model_file(model)
    fitted = read_model(path, KINDS, {})
    return fitted if fitted.class_names is not None else replace(fitted, class_names=class_names(path))
