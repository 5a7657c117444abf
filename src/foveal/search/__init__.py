"""Search: parameters that are tried out, a learning rate that is found, what more data would bring, and who listens.

The names below load torch when they are first used (PEP 562): the command line checks a space before it does.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from foveal.search.consumers import to_mlflow, to_tensorboard
    from foveal.search.curve import LearningCurve
    from foveal.search.found import Tuned
    from foveal.search.lr_finder import RateSweep, find_rate
    from foveal.search.more_rows import learning_curve
    from foveal.search.space import Choices, Range, default_space
    from foveal.search.tuning import tune

__all__ = [
    "Choices", "LearningCurve", "Range", "RateSweep", "Tuned", "default_space", "find_rate", "learning_curve",
    "to_mlflow", "to_tensorboard", "tune",
]  # fmt: skip

_HOME = {
    **dict.fromkeys(("to_mlflow", "to_tensorboard"), "consumers"),
    **dict.fromkeys(("RateSweep", "find_rate"), "lr_finder"),
    **dict.fromkeys(("Choices", "Range", "default_space"), "space"),
    "LearningCurve": "curve",
    "Tuned": "found",
    "learning_curve": "more_rows",
    "tune": "tuning",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'foveal.search' has no attribute {name!r}")
    return getattr(import_module(f"foveal.search.{_HOME[name]}"), name)
