"""The kinds of problem there are, by name, and which of them a loss means."""

from typing import Any

from foveal.core.errors import ParameterError
from foveal.core.parameters import PARAMETERS
from foveal.core.rules import check
from foveal.tasks.classification import CLASSIFICATION
from foveal.tasks.kind import Kind
from foveal.tasks.labels import LABELS
from foveal.tasks.points import POINTS
from foveal.tasks.regression import REGRESSION
from foveal.tasks.segmentation import SEGMENTATION
from foveal.tasks.translation import TRANSLATION

KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (CLASSIFICATION, LABELS, REGRESSION, SEGMENTATION, POINTS, TRANSLATION)
}


def kind_meant(task: "str | Kind | None") -> Kind | None:
    """Give the kind that `task` names or is, if any; raises `ParameterError` for what is none."""
    check("task", task, PARAMETERS["task"].rule)
    return KINDS[task] if isinstance(task, str) else task


def kind_of(loss: Any, task: "str | Kind | None") -> Kind:
    """Say what kind of problem a loss means in `CNN`.

    >>> [kind_of(loss, None).name for loss in ("huber", "hinge", "binary_cross_entropy")]
    ['regression', 'classification', 'labels']
    """
    check("loss", loss, PARAMETERS["loss"].rule)
    named = kind_meant(task)
    if named is not None:
        return named
    if not isinstance(loss, str):
        raise ParameterError(
            "task must say what a loss that is a function is for: 'classification', 'labels', 'regression', "
            "'segmentation' or 'points'"
        )
    return next(kind for kind in KINDS.values() if loss in kind.losses)
