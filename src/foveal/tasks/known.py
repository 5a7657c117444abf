"""Labels that a model does not know."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from foveal.core.errors import DataError
from foveal.data.targets import find_classes


def check_known(y: np.ndarray, labels: Sequence[Any], name: str) -> list[Any]:
    """List the labels in y that a model does not know: they count as wrong. All of them unknown is a `DataError`.

    >>> check_known(np.array([1, 3]), [1, 2], "y")
    [3]
    """
    here, known = find_classes(y).tolist(), set(labels)  # it refuses values that are no labels
    strange = [label for label in here if label not in known]
    if len(strange) == len(here):
        raise DataError(
            f"{name} holds none of the model's classes: it has {_listed(strange)}, the model {_listed(labels)}; is it "
            "the data set that the model is for?"
        )
    return strange


def _listed(labels: Sequence[Any]) -> str:
    return ", ".join(map(repr, labels[:5])) + (" ..." if len(labels) > 5 else "")
