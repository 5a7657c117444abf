"""Which rows an epoch is made of: all of them once, or drawn so that classes come equally often."""

from typing import Any

import numpy as np

from foveal.core.errors import ParameterError
from foveal.tasks.kind import Problem


def drawn_by(sampler: str | None, class_weight: Any, problem: Problem, y: np.ndarray) -> np.ndarray | None:
    """Give the class of each row, which a balanced epoch is drawn by; None where each row comes once.

    Raises `ParameterError` where rows have no class, and where class weights make up for rare classes already.
    """
    if sampler is None:
        return None
    classes = (problem.kind.drawn_by or problem.kind.classes_of)(y)
    if classes is None:
        raise ParameterError(
            f"sampler={sampler!r} is for one class a row, not for {problem.kind.name}; use None, and sample_weight "
            "where some rows are to count more"
        )
    if isinstance(class_weight, str):
        raise ParameterError(
            f"sampler={sampler!r} and class_weight={class_weight!r} each make up for rare classes: together rare rows "
            "would count twice over; use one of the two"
        )
    return classes
