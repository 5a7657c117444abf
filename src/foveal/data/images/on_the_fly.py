"""Pictures that are decoded each time they are read: what is to be predicted, or data that no store has room for."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import DataError
from foveal.data.images.reading.pool import Given, decoded
from foveal.data.images.reading.rule import InputRule
from foveal.data.images.records import Place


class OnTheFly:
    """An array (N, H, W, C) whose rows are decoded when they are asked for, on all cores."""

    def __init__(self, pictures: Sequence[Given], rule: InputRule, shape: tuple[int, ...], dtype: Any) -> None:
        self.pictures, self.rule, self.dtype = pictures, rule, np.dtype(dtype)
        self.shape = (len(pictures), *shape)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, rows: Any) -> NDArray[Any]:
        """Decode one row, a slice of rows, or rows by number or mask.

        Raises `DataError` for what is no picture, or no longer is one.
        """
        numbers = np.arange(len(self))[rows]
        wanted = np.atleast_1d(numbers)
        out = np.empty((len(wanted), *self.shape[1:]), self.dtype)
        chosen = [self.pictures[row] for row in wanted.tolist()]
        for outcomes in decoded(chosen, self.rule, range(len(chosen)), out.__setitem__):
            for outcome in outcomes:
                if outcome.reason:
                    given, row = chosen[outcome.row], int(wanted[outcome.row])
                    name = given.name if isinstance(given, Place) else f"picture {row}"
                    raise DataError(f"{name} {outcome.reason}; mend it, or leave it out")
        return out if numbers.ndim else out[0]
