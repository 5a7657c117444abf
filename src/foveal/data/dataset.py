"""What every source of data gives: arrays to learn from, and to validate and test on where there are any."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from numpy.typing import NDArray

from foveal.data.shards import Shards

if TYPE_CHECKING:  # it loads scikit-learn, and arrays need none
    from foveal.data.clips.clips import Clips
    from foveal.data.images.own_size import PicturesOfOwnSize
    from foveal.data.images.pictures import Pictures
    from foveal.data.signals.ragged import Ragged
    from foveal.data.text.pairs import Pairs
    from foveal.data.text.texts import Texts

Rows: TypeAlias = "NDArray[Any] | Shards | Pictures | PicturesOfOwnSize | Clips | Ragged | Texts | Pairs"


@dataclass(frozen=True, eq=False)
class Dataset:
    """Arrays to learn from, to test and to validate on; those of a part that is not there are None.

    Shape: X (N, ...) and y (N,) or (N, K), for each part. X may be memory-mapped, `Shards`, `Pictures`, `Clips`,
    `Ragged` or `Texts`; y is in memory. `groups` (N,) are those of the rows to learn from, where X does not bring them.
    `layout` names the axes of X where their number does not tell.

    >>> import numpy as np
    >>> Dataset("two", np.zeros((2, 8, 8), np.uint8), np.array([0, 1])).X_train.shape
    (2, 8, 8)
    """

    name: str
    X_train: Rows
    y_train: NDArray[Any]
    X_test: "Rows | None" = None
    y_test: NDArray[Any] | None = None
    class_names: tuple[str, ...] | None = None
    X_valid: "Rows | None" = None
    y_valid: NDArray[Any] | None = None
    groups: NDArray[Any] | None = None
    layout: str | None = None
