"""What each row counts in the loss: class weight times sample weight."""

from typing import Any

import numpy as np
from sklearn.utils.class_weight import compute_class_weight

from foveal.core.errors import ParameterError
from foveal.core.rules import shown
from foveal.tasks.kind import Problem


def row_weights(
    class_weight: Any, problem: Problem, numbers: np.ndarray, weight: np.ndarray | None
) -> np.ndarray | None:
    """Multiply class and sample weights; None where every row counts alike.

    Only their ratios count. The largest is 1, so that neither huge nor tiny weights leave float32.
    """
    if class_weight is None:
        return weight if weight is None else weight / weight.max()
    classes_of = problem.kind.classes_of(numbers)
    if classes_of is None or problem.classes is None:
        name = problem.kind.name
        raise ParameterError(f"class_weight={class_weight!r} is for one class a row, not for {name}; use None")
    classes = problem.classes.tolist()
    if isinstance(class_weight, dict):
        known = set(classes)
        unknown = [label for label in class_weight if label not in known]
        if unknown:
            raise ParameterError(f"class_weight names {shown(unknown[0])}, which is no class of y: {shown(classes)}")
        by_class = np.array([class_weight.get(label, 1.0) for label in classes], float)
    else:
        by_class = np.ones(len(classes))
        there = np.unique(classes_of)
        by_class[there] = compute_class_weight("balanced", classes=there, y=classes_of)
    rows = by_class[classes_of] if weight is None else by_class[classes_of] * weight
    if not rows.any():
        raise ParameterError("class_weight is 0 for every class in y: there is nothing to learn from")
    return np.asarray(rows / rows.max())
