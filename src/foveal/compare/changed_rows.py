"""Rows of three sorts, and what a network says of them once they are changed: arrays, signals of any length, texts."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from foveal.core.errors import DataError
from foveal.core.forms import is_array
from foveal.core.randomness import generator
from foveal.data.rows import Rows
from foveal.data.signals.ragged import Ragged
from foveal.data.source import Source, between
from foveal.data.store import stored_dtype, to_tensor
from foveal.data.text.given import as_texts
from foveal.data.text.row_rule import is_of_rows
from foveal.data.text.texts import Texts
from foveal.fitted.model import Fitted
from foveal.fitted.predict import predict

Array = NDArray[Any]
Function = Callable[..., Any]

#: Rows that are changed at a time.
_TOGETHER = 256


class Changed(Protocol):
    """Rows that can be changed: `size` is the shortest spatial side, `axes` how many there are, 0 for texts."""

    axes: int
    size: int

    def answers(self, function: Function, amount: float) -> Array:
        """Give what a network says of the rows once each is changed by an amount; 0 leaves them as they are."""
        ...


def changed_rows(fitted: Fitted, X: Any, source: Source, drawn: Array, seed: int) -> Changed:
    """Take the drawn rows of a source as what they are; X is what the source was made of.

    Raises `DataError` for rows of several parts that are none of the three.
    """
    if is_array(source.form):
        return _Arrays(fitted, source, drawn, seed)
    if is_of_rows(fitted.input_rule):
        texts = X.texts if isinstance(X, Texts) else as_texts(X)
        return _Texts(fitted, texts[drawn], seed)
    rows: Any = source
    if isinstance(rows, Ragged):
        return _Signals(fitted, rows, drawn, seed)
    raise DataError(
        "X must be arrays of one shape, signals or texts, which can be changed by a known amount; pairs and histories "
        "are not measured so"
    )


class _Arrays:
    def __init__(self, fitted: Fitted, source: Source, drawn: Array, seed: int) -> None:
        part = source.form[0]
        self.fitted, self.seed = fitted, seed
        self.x = to_tensor(source.read(drawn)[0], stored_dtype(part, torch.float32)).movedim(-1, 1)
        self.axes, self.size = self.x.ndim - 2, min(self.x.shape[2:])

    def answers(self, function: Function, amount: float) -> Array:
        rng = generator(self.seed, "invariance")
        starts = range(0, len(self.x), _TOGETHER) if amount else ()
        parts = [function(self.x[start : start + _TOGETHER], amount, rng) for start in starts]
        x = torch.cat(parts) if parts else self.x
        return predict(self.fitted, Rows(x.movedim(1, -1).contiguous().numpy()))


class _Signals:
    """Signals of unequal length, changed one by one."""

    def __init__(self, fitted: Fitted, source: Ragged, drawn: Array, seed: int) -> None:
        self.fitted, self.seed = fitted, seed
        rows = [between(source, row, row + 1)[0] for row in drawn.tolist()]  # (1, T, C), nothing padded
        self.x = [to_tensor(row, stored_dtype(source.form[0], torch.float32)).movedim(-1, 1) for row in rows]
        self.axes, self.size = 1, min(x.shape[-1] for x in self.x)

    def answers(self, function: Function, amount: float) -> Array:
        rng = generator(self.seed, "invariance")
        changed = [function(x, amount, rng) if amount else x for x in self.x]
        return predict(self.fitted, Ragged([x[0].numpy() for x in changed], "NCL"))


class _Texts:
    """Texts, or pairs of them."""

    axes, size = 0, 1

    def __init__(self, fitted: Fitted, texts: Array, seed: int) -> None:
        self.fitted, self.texts, self.seed = fitted, texts, seed

    def answers(self, function: Function, amount: float) -> Array:
        rng = np.random.default_rng(self.seed)
        changed = np.empty_like(self.texts)
        for place, text in np.ndenumerate(self.texts):
            changed[place] = function(text, amount, rng) if amount else text
        return predict(self.fitted, changed)
