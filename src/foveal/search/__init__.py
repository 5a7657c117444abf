"""Search: parameters that are tried out, a learning rate that is found, what more data would bring, and who listens."""

from foveal.search.consumers import to_mlflow, to_tensorboard
from foveal.search.curve import LearningCurve
from foveal.search.found import Tuned
from foveal.search.learning_curve import learning_curve
from foveal.search.lr_finder import RateSweep, find_rate
from foveal.search.space import Choices, Range, default_space
from foveal.search.tuning import tune

__all__ = [
    "Choices",
    "LearningCurve",
    "Range",
    "RateSweep",
    "Tuned",
    "default_space",
    "find_rate",
    "learning_curve",
    "to_mlflow",
    "to_tensorboard",
    "tune",
]
