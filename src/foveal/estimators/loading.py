"""From a model file to one of the estimators."""

from os import PathLike
from typing import Any

from foveal.core.errors import ModelFileError, ParameterError
from foveal.core.parameters import names_of
from foveal.core.shelter import sheltered
from foveal.estimators.base import BaseCNN
from foveal.estimators.cnn import CNN, CNNClassifier, CNNRegressor
from foveal.estimators.recommender import Recommender
from foveal.estimators.segmenter import CNNSegmenter
from foveal.estimators.text import TextClassifier, TextRegressor
from foveal.estimators.translator import Translator
from foveal.fitted.loading import read_model
from foveal.fitting.follow import check_kind
from foveal.tasks.fits import check_fits

#: The estimators that a model file may name.
ESTIMATORS: dict[str, type[BaseCNN]] = {
    made.__name__: made
    for made in (
        CNN,
        CNNClassifier,
        CNNRegressor,
        CNNSegmenter,
        TextClassifier,
        TextRegressor,
        Translator,
        Recommender,
    )
}


def load(
    path: str | PathLike[str],
    *,
    net: Any = None,
    task: Any = None,
    loss: Any = None,
    optimizer: Any = None,
    activation: Any = None,
    augment: Any = None,
) -> Any:
    """Read a model file that `save` wrote, and return the fitted estimator.

    The file may only name what the catalogue holds: its parameters keep the rules of the parameter table, the network
    is built from them, and the tensors must have that network's names, dtypes and shapes before any is read. What
    `save` was told to leave to whoever loads the file, `given=("net",)`, is given here.
    Raises `ModelFileError` for anything else, and `ParameterError` for what is given and is not what was trained with.
    """
    known = {
        "net": net, "task": task, "loss": loss, "optimizer": optimizer, "activation": activation, "augment": augment,
    }  # fmt: skip
    given = {name: value for name, value in known.items() if value is not None}
    with sheltered():
        fitted = read_model(path, ESTIMATORS, given)
    its = {name: fitted.settings[name] for name in names_of(fitted.estimator)}
    estimator = ESTIMATORS[fitted.estimator](**its)
    try:
        kind = estimator._kind()
        check_kind(fitted.problem, fitted.settings, kind)
        if "loss" in given:
            check_fits(fitted.settings, fitted.kind)
    except ParameterError as error:
        if {"task", "loss"} & set(given):  # the file is sound, what it leaves open is not what it was trained with
            raise
        raise ModelFileError(f"{path} is not a foveal model: its description is damaged ({error})") from error
    if kind.classifies != fitted.kind.classifies:
        raise ModelFileError(f"{path} is not a foveal model: {fitted.estimator} does not solve a {fitted.kind.name}")
    estimator._take(fitted, None)
    return estimator
