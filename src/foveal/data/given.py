"""Files to be predicted by a model that has learnt from files: its rule says what they are."""

from collections.abc import Mapping
from typing import Any

from foveal.data.images.given import pictures_given
from foveal.data.rows import Rows
from foveal.data.volumes.given import volumes_given
from foveal.data.volumes.rule import is_volume_rule


def files_given(X: Any, rule: tuple[Mapping[str, Any], ...]) -> Rows:
    """Give the rows of X, read by a model's input rule: pictures, or volumes.

    Raises `ModelFileError` for a rule that is neither, and what `pictures_given` and `volumes_given` raise.
    """
    return volumes_given(X, rule) if is_volume_rule(rule) else pictures_given(X, rule)
