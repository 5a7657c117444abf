"""Rows that a network has not learnt from, their truth, and what it says of them: what a report is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from foveal.compare.small import source_of
from foveal.core.shelter import sheltered
from foveal.data.source import Source
from foveal.fitted.model import Fitted
from foveal.fitted.predict import answered, rows_of
from foveal.tasks.kind import Measures

Array = NDArray[Any]

#: Rows that a report looks at one by one, at most.
MOST_ROWS = 20_000


@dataclass(frozen=True)
class Judged:
    """Rows that a fitted network is judged by.

    on : "test" or "validation", the part that the rows are of.
    X, truth, predicted : the rows, what is right and what the network says, in the user's labels or values.
    measures : the score and what goes with it, as `fitted.measure` gives it.
    """

    fitted: Fitted
    on: str
    X: Any
    truth: Any
    predicted: Any
    measures: Measures

    def __len__(self) -> int:
        return len(self.truth)

    @cached_property
    def looked_at(self) -> Array:
        """The numbers of the rows that are looked at one by one: all, or so many drawn with seed 0, ascending."""
        n_rows = len(self)
        if n_rows <= MOST_ROWS:
            return np.arange(n_rows)
        return np.sort(np.random.default_rng(0).choice(n_rows, MOST_ROWS, replace=False))

    @cached_property
    def rows(self) -> Source:
        """All rows as a source that the network reads."""
        return rows_of(self.fitted, self.X)

    @cached_property
    def shown(self) -> Source:
        """All rows as people look at them: as they were before the network's input rule."""
        return source_of(self.X, self.fitted.layout) if self.fitted.layout is not None else self.rows

    @cached_property
    def outputs(self) -> torch.Tensor:
        """The network's outputs for the rows that are looked at."""
        with sheltered():
            return torch.cat(list(answered(self.fitted, self.rows.chosen(self.looked_at))))

    @cached_property
    def chances(self) -> Array | None:
        """The probabilities of the rows that are looked at; None where the network gives none."""
        chances = self.fitted.task.probabilities
        return None if chances is None else chances(self.outputs)

    def name_of(self, row: int) -> str:
        """Name a row: its file, or its number."""
        files = getattr(self.X, "files", None)
        return f"row {row}" if files is None or len(files) != len(self) else str(files[row])

    def as_dict(self) -> Mapping[str, Any]:
        """Say which rows they are, for a JSON object."""
        return {"on": self.on, "rows": len(self), "looked_at": len(self.looked_at)}
