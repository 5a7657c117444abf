"""What --masks means for the other settings: a segmentation, and pictures of their own sizes where patches are cut."""

from collections.abc import Mapping
from typing import Any

from foveal.core.errors import ParameterError

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
