"""What is to be predicted, read by the rule that a model has kept of its files: pictures, or sounds."""

from typing import Any

from foveal.data.images.given import pictures_given
from foveal.data.rows import Rows
from foveal.data.sounds.given import sounds_given
from foveal.data.sounds.rule import is_of_sounds


def rows_given(X: Any, rule: Any, name: str = "X") -> Rows:
    """Give the rows of X, read by a model's rule; its first step says of what. Raises what the readers raise."""
    return sounds_given(X, rule, name) if is_of_sounds(rule) else pictures_given(X, rule, name)
