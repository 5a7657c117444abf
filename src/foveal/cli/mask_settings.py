"""What --masks means for the other settings: a segmentation, and pictures of their own sizes where patches are cut."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from foveal.cli.output import say
from foveal.core.errors import ParameterError

if TYPE_CHECKING:
    from foveal.data.dataset import Dataset

KIND = "segmentation"


def for_masks(
    parameters: Mapping[str, Any], reading: Mapping[str, Any], *, validation: str | None = None, cv: str | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the parameters and the settings of reading that go with masks; without these both as they are.

    >>> for_masks({"patch": 256}, {"masks": "masks"})
    ({'patch': 256, 'task': 'segmentation'}, {'masks': 'masks', 'size': 'own'})
    """
    if "masks" not in reading:
        return dict(parameters), dict(reading)
    if parameters.get("task") not in (None, KIND):
        raise ParameterError(f"--masks is for a class at each pixel, and task={parameters['task']!r}; leave --task out")
    for option, value in (("--validation", validation), ("--cv", cv)):
        if value is not None:
            raise ParameterError(
                f"{option} does not go with --masks; put pictures into folders train, valid and test, and masks alike"
            )
    own = {"size": "own"} if parameters.get("patch") is not None and "size" not in reading else {}
    return {**parameters, "task": KIND}, {**reading, **own}


def with_masks(parameters: Mapping[str, Any], data: "Dataset", *, quiet: bool = False) -> dict[str, Any]:
    """Take y for masks where they are whole numbers over all places of X's rows, and nothing says what they are."""
    said = parameters.get("task") is not None or parameters.get("loss") is not None
    X: Any = data.X_train
    y: Any = data.y_train
    if said or getattr(y, "ndim", 0) < 3 or y.dtype.kind not in "bui" or not hasattr(X, "shape"):
        return dict(parameters)
    sizes = tuple(X.shape[1:])
    if y.shape[1:] not in (sizes, sizes[:-1], sizes[1:]):
        return dict(parameters)
    if not quiet:
        say("y has a whole number for each place of X's rows: they are masks, task=segmentation")
    return {**parameters, "task": KIND}
