"""Pictures to be predicted one after the other, of which some may be none: these are rows of zeros, and told."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.data.images.reading.pool import Given, decoded
from foveal.data.images.reading.rule import InputRule, dtype_of, shape_of

#: Pictures that are decoded together, so that all cores have some, and the most bytes that they may take.
_AHEAD, _MOST = 256, 2**26


class Attempts:
    """An array (N, H, W, C) that is read in slices, forwards; some more rows are decoded than are asked for.

    A picture that is none keeps its place as zeros: what the network answers for the others of a block does not depend
    on it. `problems` says why, by row; whoever has told it takes it out.
    """

    def __init__(self, pictures: Sequence[Given], rule: InputRule) -> None:
        self.pictures, self.rule, self.dtype = pictures, rule, dtype_of(rule)
        self.shape = (len(pictures), *shape_of(rule))
        self.ndim = len(self.shape)
        self.problems: dict[int, str] = {}
        self._first, self._rows = 0, np.empty((0, *self.shape[1:]), self.dtype)
        self._ahead = max(1, min(_AHEAD, _MOST // (prod(self.shape[1:]) * self.dtype.itemsize)))

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, rows: slice) -> NDArray[Any]:
        """Give a slice of rows."""
        first, stop, _ = rows.indices(len(self))
        if first < self._first or stop > self._first + len(self._rows):
            self._read(first, min(len(self), max(stop, first + self._ahead)))
        return self._rows[first - self._first : stop - self._first]

    def _read(self, first: int, stop: int) -> None:
        self._first, self._rows = first, np.zeros((stop - first, *self.shape[1:]), self.dtype)
        chosen = self.pictures[first:stop]
        for outcomes in decoded(chosen, self.rule, range(len(chosen)), self._rows.__setitem__):
            self.problems |= {first + outcome.row: outcome.reason for outcome in outcomes if outcome.reason}
