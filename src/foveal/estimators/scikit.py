"""What the estimators have of scikit-learn's beside parameters: tags, and methods that are there at times."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from sklearn.utils import ClassifierTags, RegressorTags, Tags
from sklearn.utils.metaestimators import available_if

from foveal.core.errors import ParameterError
from foveal.core.shelter import sheltered
from foveal.estimators.base import BaseCNN
from foveal.estimators.constructor import Parameters
from foveal.fitted.predict import collect
from foveal.tasks.kind import Kind


def _has_probabilities(estimator: BaseCNN) -> bool:
    fitted = getattr(estimator, "fitted_", None)
    return estimator._kind().has_probabilities(estimator.loss) if fitted is None else fitted.problem.has_probabilities


def _has_classes(estimator: BaseCNN) -> bool:
    fitted = getattr(estimator, "fitted_", None)
    return (estimator._kind() if fitted is None else fitted.kind).classifies


class ScikitCNN(Parameters, BaseCNN):
    """An estimator of scikit-learn's. They differ in `_kind`."""

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any, *, tta: str | Sequence[str] | None = None) -> np.ndarray:
        r"""Predict probabilities, (N, classes) in the order of `classes_`, or (N, labels) of each label.

        Of a segmentation they are (N, \*S, classes), of points where each of them is, (N, points, \*S).

        `tta` is that of `predict`.
        """
        fitted = self._fitted()
        probabilities = fitted.task.probabilities
        assert probabilities is not None  # noqa: S101  (available_if has seen to it)
        with sheltered():
            return collect(fitted, self._rows(X), probabilities, tta)

    @available_if(_has_classes)  # type: ignore[untyped-decorator]
    def decision_function(self, X: Any) -> np.ndarray:
        """Give the outputs, (N, classes) or (N, labels); for two classes the second's less the first's, (N,)."""
        fitted = self._fitted()
        with sheltered():
            out = collect(fitted, self._rows(X), torch.Tensor.numpy)
        return out[:, 1] - out[:, 0] if fitted.problem.one_class and out.shape[1] == 2 else out

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        kind = self._kind_or_none()
        known = kind is not None and not kind.gives_masks  # scikit-learn has no type for masks
        tags.estimator_type = None if kind is None or not known else "classifier" if kind.classifies else "regressor"
        tags.classifier_tags = ClassifierTags(multi_label=True) if tags.estimator_type == "classifier" else None
        tags.regressor_tags = RegressorTags() if tags.estimator_type == "regressor" else None
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        tags.input_tags.three_d_array = True
        return tags

    def _kind_or_none(self) -> Kind | None:
        try:
            return self._kind()
        except ParameterError:  # a loss that is a function, and no task: nothing is known before fit says so
            return None
