"""What each row counts in the loss: class weight times sample weight."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from foveal.core.errors import ParameterError
from foveal.core.rules import shown
from foveal.tasks.kind import Problem


def row_weights(
    class_weight: Any, problem: Problem, numbers: np.ndarray, weight: np.ndarray | None
) -> np.ndarray | None:
    """Multiply class and sample weights; None where every row counts alike.

    Only their ratios count. The largest is 1, so that neither huge nor tiny weights leave float32.
    """
    return _by_row(class_weight, problem, numbers, weight, numbers, "y: there is nothing to learn from")


def validation_weights(
    class_weight: Any, problem: Problem, numbers: np.ndarray, weight: np.ndarray | None, learnt: np.ndarray
) -> np.ndarray | None:
    """Weigh rows to validate on as those to train on; classes are balanced by the y that is learnt from, `learnt`."""
    return _by_row(class_weight, problem, numbers, weight, learnt, "validation's y: there is nothing to validate on")


def _by_row(
    class_weight: Any, problem: Problem, numbers: np.ndarray, weight: np.ndarray | None, learnt: np.ndarray, none: str
) -> np.ndarray | None:
    if class_weight is None or problem.kind.weighed is not None:  # which weighs places
        return weight if weight is None else weight / weight.max()
    by_class = _by_class(class_weight, problem, learnt)[problem.kind.classes_of(numbers)]
    rows = by_class if weight is None else by_class * weight
    if not rows.any():
        raise ParameterError(f"class_weight is 0 for every class in {none}")
    return np.asarray(rows / rows.max())


def weighed(class_weight: Any, problem: Problem, y: np.ndarray) -> Problem:
    """Give the problem with the weights of the classes in its loss, where its kind weighs places, not rows."""
    weigh = problem.kind.weighed
    return problem if weigh is None or class_weight is None else weigh(problem, class_weight, y)


def _by_class(class_weight: Any, problem: Problem, numbers: np.ndarray) -> np.ndarray:
    """Give the weight of each class; "balanced" ones are balanced by `numbers`."""
    classes_of = problem.kind.classes_of(numbers)
    if classes_of is None or problem.classes is None:
        name = problem.kind.name
        raise ParameterError(f"class_weight={class_weight!r} is for one class a row, not for {name}; use None")
    classes = problem.classes.tolist()
    if isinstance(class_weight, dict):
        return of_labels(class_weight, classes)
    from sklearn.utils.class_weight import compute_class_weight  # loaded where it is needed: it takes as long as torch

    by_class = np.ones(len(classes))
    there = np.unique(classes_of)
    by_class[there] = compute_class_weight("balanced", classes=there, y=classes_of)
    return by_class


def of_labels(class_weight: Mapping[Any, float], classes: Sequence[Any]) -> np.ndarray:
    """Give the weights of the classes in their order, 1 for those that have none; a label that is no class is an error.

    >>> of_labels({"cat": 2}, ["ant", "cat"]).tolist()
    [1.0, 2.0]
    """
    known = set(classes)
    unknown = [label for label in class_weight if label not in known]
    if unknown:
        raise ParameterError(f"class_weight names {shown(unknown[0])}, which is no class of y: {shown(classes)}")
    return np.array([class_weight.get(label, 1.0) for label in classes], float)
