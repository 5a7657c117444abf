"""Which kind of problem an estimator solves, by its name, loss and task."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from foveal.core.errors import ParameterError
from foveal.tasks.classification import CLASSIFICATION
from foveal.tasks.kind import Kind
from foveal.tasks.labels import LABELS
from foveal.tasks.regression import REGRESSION
from foveal.tasks.segmentation import SEGMENTATION
from foveal.tasks.table import kind_meant, kind_of
from foveal.tasks.translation import TRANSLATION


def classifier_kind(loss: Any, task: Any) -> Kind:
    """Give the kind of a classifier: what `task` says, else several labels a row for "binary_cross_entropy".

    >>> classifier_kind("cross_entropy", None).name, classifier_kind("binary_cross_entropy", None).name
    ('classification', 'labels')
    """
    kind = _but_masks(task, "CNNClassifier")
    if kind is None:
        return LABELS if loss == "binary_cross_entropy" else CLASSIFICATION
    if not kind.classifies:
        raise ParameterError(f"task={kind.name!r} does not fit CNNClassifier; use CNNRegressor")
    return kind


def regressor_kind(loss: Any, task: Any) -> Kind:
    """Give the kind of a regressor: what `task` says, else values.

    >>> regressor_kind("mse", None).name, regressor_kind("mse", "points").name
    ('regression', 'points')
    """
    kind = _but_masks(task, "CNNRegressor") or REGRESSION
    if kind.classifies:
        raise ParameterError(f"task={kind.name!r} does not fit CNNRegressor; use CNNClassifier")
    return kind


def segmenter_kind(loss: Any, task: Any) -> Kind:
    """Give the kind of a segmenter: what `task` says, else a class at each place.

    >>> segmenter_kind("dice", None).name
    'segmentation'
    """
    kind = kind_meant(task) or SEGMENTATION
    if not kind.gives_masks:
        raise ParameterError(f"task={kind.name!r} does not fit CNNSegmenter; use CNN")
    return kind


def translator_kind(loss: Any, task: Any) -> Kind:
    """Give the kind of a translator, whatever its loss."""
    return TRANSLATION


def _but_masks(task: Any, estimator: str) -> Kind | None:
    kind = kind_meant(task)
    if kind is not None and kind.gives_masks:
        raise ParameterError(f"task={kind.name!r} does not fit {estimator}; use CNNSegmenter")
    return kind


#: Name of an estimator: its kind, by loss and task.
KINDS: Mapping[str, Callable[[Any, Any], Kind]] = MappingProxyType(
    {"CNN": kind_of, "CNNClassifier": classifier_kind, "CNNRegressor": regressor_kind, "CNNSegmenter": segmenter_kind}
    | {"TextClassifier": classifier_kind, "TextRegressor": regressor_kind, "Translator": translator_kind}
)
