"""What `augment="auto"` means for a data set, whose class names a source or a file may hold apart from y."""

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

from foveal.cli.output import say
from foveal.data.dataset import Dataset
from foveal.data.layout import channels_last
from foveal.data.rows import Rows
from foveal.data.source import Source, is_source
from foveal.estimators.base import BaseCNN
from foveal.fitting.augmenting import resolved
from foveal.fitting.inputs import read_layout
from foveal.tasks.kind import learnt


class Augmented(NamedTuple):
    """The rows to train on as a source, what changes them, as texts, and why where that was chosen."""

    source: Source
    augment: Any
    said: Sequence[str]


def augmented(estimator: BaseCNN, data: Dataset) -> Augmented:
    """Say what changes the rows of a data set in training: "auto" is resolved, by the names that the set has.

    Raises what `fit` raises for parameters, X and y that nothing can be learnt from.

    >>> from foveal import CNNClassifier
    >>> from foveal.data.named import load_dataset
    >>> augmented(CNNClassifier(augment="auto"), load_dataset("digits")).augment
    ['shift(share=0.08)', 'rotate', 'scale', 'shear']
    """
    parameters = estimator._request({}).parameters
    X: Any = data.X_train
    layout = None if is_source(X) else read_layout(X.shape, parameters["layout"])
    source = X if layout is None else Rows(channels_last(X, layout))
    if parameters["augment"] != "auto":
        return Augmented(source, parameters["augment"], ())
    with warnings.catch_warnings(action="ignore"):  # of y, which is not what is looked at
        problem, _ = learnt(estimator._kind(), parameters, data.y_train, None)
    names = data.class_names or getattr(X, "class_names", None)
    found, said = resolved(parameters, source, problem, layout, names)
    return Augmented(source, found["augment"], said)


def resolve_augment(estimator: BaseCNN, data: Dataset, *, quiet: bool) -> None:
    """Put what "auto" means for a data set in its place, and say it: `fit` sees X and y, which may hold no names."""
    if estimator.augment != "auto":
        return
    with warnings.catch_warnings(action="ignore"):  # fit gives them
        found = augmented(estimator, data)
    estimator.augment = found.augment
    for line in found.said if estimator.verbose and not quiet else ():
        say(line)
