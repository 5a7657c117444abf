"""Signals of unequal length as a source: their values behind one another in one array, and a mask as a part of rows."""

import hashlib
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from foveal.core.errors import DataError, ShapeError
from foveal.core.forms import Form, signals_form
from foveal.core.rules import check, choice
from foveal.data.convert import as_array, as_numbers
from foveal.data.scale import learn_scale
from foveal.data.source import Array, Statistics

#: Layouts that signals may have: of one channel, channels first, channels last.
LAYOUTS = ("NL", "NCL", "NLC")
#: Places that stand for all of them in a digest, and the longest row of zeros that a model file may name.
_SAMPLED, _LONGEST = 4096, 2**16


class Ragged:
    r"""Signals of unequal length: a list of arrays (C, T_i), (T_i, C) or (T_i,), as `layout` "NCL", "NLC" or "NL" says.

    A row has two parts, `x` (C, T) and `mask` (T,), True for the T_i places that are there; rows read together are
    padded with zeros to the longest of them. Networks of the catalogue that end in a mean or the last step answer as if
    each row stood alone (`foveal.layers.Masked`). Channels are standardised by the places of the training rows.

    The values are copied into one array in memory, uint8 or floating-point numbers as they are.
    Raises `DataError`, `DataTypeError` or `ShapeError` that names the row.

    >>> rows = Ragged([np.ones((2, 3)), np.ones((2, 1))], "NCL")
    >>> x, mask = rows.read(np.array([0, 1]))
    >>> x.shape, mask.tolist(), rows.lengths.tolist()
    ((2, 3, 2), [[True, True, True], [True, False, False]], [3, 1])
    """

    in_memory = True
    lengths: Array

    def __init__(self, rows: Sequence[Any], layout: str, *, name: str = "X") -> None:
        check("layout", layout, choice(*LAYOUTS))
        if not len(rows):
            raise DataError(f"{name} is empty: 0 rows while a minimum of 1 is required; check how it was selected")
        signals = [_signal(row, layout, f"row {number} of {name}") for number, row in enumerate(rows)]
        channels = [signal.shape[1] for signal in signals]
        odd = next((row for row, found in enumerate(channels) if found != channels[0]), None)
        if odd is not None:
            raise ShapeError(
                f"row {odd} of {name} has {channels[odd]} channels and row 0 {channels[0]}, read as layout={layout!r}; "
                "give all rows the same channels, or say another layout"
            )
        self.values = np.concatenate(signals)
        if self.values.dtype != np.uint8 and self.values.dtype.kind != "f":
            self.values = self.values.astype(np.float64)
        self.layout, self.lengths = layout, np.array([len(signal) for signal in signals], np.int64)
        self.starts = np.cumsum(self.lengths) - self.lengths
        self.form = self._form()
        _check_finite(self.values, self.starts, name)

    def _form(self) -> Form:
        kind = "uint8" if self.values.dtype == np.uint8 else "float32"
        usual = min(max(int(np.median(self.lengths)), 1), _LONGEST) if len(self.lengths) else 1
        return signals_form(int(self.values.shape[1]), kind, usual)

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, row: int) -> Array:
        """Give one row, (T, C)."""
        return self.values[self.starts[row] : self.starts[row] + self.lengths[row]]

    def read(self, rows: Array) -> tuple[Array, Array]:
        """Read rows as (B, T, C), zeros behind the shorter ones, and their mask (B, T)."""
        lengths = self.lengths[rows]
        mask = np.arange(int(lengths.max(initial=1))) < lengths[:, None]
        x = np.zeros((*mask.shape, self.values.shape[1]), self.values.dtype)
        x[mask] = self.values[self._places(rows)]
        return x, mask

    def chosen(self, rows: Array) -> Self:
        """Give some of the rows, in that order; nothing is copied."""
        found = type(self).__new__(type(self))
        found.values, found.layout, found.form = self.values, self.layout, self.form
        found.lengths, found.starts = self.lengths[rows], self.starts[rows]
        return found

    def statistics(self, rows: Array, dtype: Any) -> Statistics:
        """Give each channel's mean and deviation over the places of some rows; warns where float32 is too coarse."""
        return learn_scale(self.values[:, None], self._places(rows), dtype)

    def digest(self) -> bytes:
        """Hash lengths, layout and places in even distances."""
        places = self._places(np.arange(len(self)))
        sampled = self.values[places[:: max(1, len(places) // _SAMPLED)]]
        digest = hashlib.sha256(repr((self.lengths.tolist(), self.values.dtype.str, self.values.shape[1])).encode())
        digest.update(np.ascontiguousarray(sampled).tobytes())
        return digest.digest()

    def _places(self, rows: Array) -> Array:
        """Give the numbers of the places of some rows in `values`, row by row."""
        lengths = self.lengths[rows]
        before = np.repeat(np.cumsum(lengths) - lengths, lengths)
        places: Array = np.arange(int(lengths.sum())) - before + np.repeat(self.starts[rows], lengths)
        return places


def _signal(row: Any, layout: str, name: str) -> Array:
    """Read one row as (T, C), every value a finite number."""
    values = as_numbers(np.asarray(as_array(_plain(row), name)), name)
    if values.ndim != len(layout) - 1:
        raise ShapeError(
            f"{name} must have {len(layout) - 1} ax{'i' if len(layout) == 2 else 'e'}s, read as layout={layout!r}, got "
            f"shape {values.shape}; say layout='NL' for (T,), 'NCL' for (C, T), 'NLC' for (T, C)"
        )
    laid = values[:, None] if layout == "NL" else values.T if layout == "NCL" else values
    if 0 in laid.shape:
        raise DataError(f"{name} is empty, of shape {values.shape}; leave it out")
    return laid


def _check_finite(values: Array, starts: Array, name: str) -> None:
    """Refuse what float32 cannot hold, naming the first row that has it."""
    if values.dtype.kind != "f":
        return
    largest = float(np.finfo(np.float32).max) / 4
    wrong = ~(np.abs(values) <= largest).all(axis=1)  # True for NaN too
    if not wrong.any():
        return
    place = int(wrong.argmax())
    row = int(np.searchsorted(starts, place, "right")) - 1
    what = "NaN" if np.isnan(values[place]).any() else "infinity or a value too large for float32"
    raise DataError(
        f"Input {name} contains {what}, first in row {row}, step {place - int(starts[row])}; fill such values in, or "
        "drop the row"
    )


def _plain(row: Any) -> Any:
    """Take a table of values as an array; a row of a nested one as its channels."""
    return row.to_numpy() if hasattr(row, "iloc") else row
