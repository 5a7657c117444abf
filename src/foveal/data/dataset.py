"""What every source of data gives: arrays to learn from, and to test on where there are any."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from foveal.data.shards import Shards


@dataclass(frozen=True, eq=False)
class Dataset:
    """Arrays to learn from and to test on; `X_test` and `y_test` are None where there is no test part.

    Shape: X (N, ...) and y (N,) or (N, K), for each part. X may be memory-mapped, or `Shards`; y is in memory.

    >>> import numpy as np
    >>> Dataset("two", np.zeros((2, 8, 8), np.uint8), np.array([0, 1])).X_train.shape
    (2, 8, 8)
    """

    name: str
    X_train: NDArray[Any] | Shards
    y_train: NDArray[Any]
    X_test: NDArray[Any] | Shards | None = None
    y_test: NDArray[Any] | None = None
    class_names: tuple[str, ...] | None = None
