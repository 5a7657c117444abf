"""Names of users and items, whole numbers or strings, and the numbers that they go by inside: 1, 2, 3 ..."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import numpy as np

from foveal.core.errors import DataError, DataTypeError
from foveal.core.rules import shown
from foveal.data.source import Array

#: Most bytes of one name in UTF-8, and most names, as in the parts of a row.
LONGEST, MOST = 4096, 2**24 - 1


class Ids(NamedTuple):
    """Different names in their order: `labels` of int64, or of strings; the first goes by the number 1.

    >>> ids = Ids.of(np.array(["b", "a", "b"], object), "item")
    >>> ids.labels.tolist(), ids.numbers(np.array(["b", "c"], object)).tolist()
    (['a', 'b'], [2, 0])
    """

    labels: Array

    @classmethod
    def of(cls, names: Array, what: str) -> Self:
        """Find the different names, sorted: whole numbers as such, strings by code points."""
        labels = np.unique(names)
        if len(labels) > MOST:
            raise DataError(
                f"there are {len(labels):,} {what}s, and a model knows {MOST:,} at most; leave rare ones out"
            )
        return cls(labels)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def are_numbers(self) -> bool:
        """Whether names are whole numbers."""
        return self.labels.dtype.kind == "i"

    def numbers(self, names: Array) -> Array:
        """Give the number of each name, int64; 0 for one that is not there."""
        if not len(names) or not len(self.labels):
            return np.zeros(len(names), np.int64)
        if (names.dtype.kind == "i") != self.are_numbers:
            return np.zeros(len(names), np.int64)
        place = np.minimum(np.searchsorted(self.labels, names), len(self.labels) - 1)
        found: Array = np.where(self.labels[place] == names, place + 1, 0)
        return found

    def named(self, numbers: Array) -> Array:
        """Give the names of numbers from 1 on, in their shape."""
        found: Array = self.labels[numbers - 1]
        return found

    def tensors(self, name: str) -> dict[str, Array]:
        """Give arrays that hold the names in a model file: int64, or UTF-8 and where each ends."""
        if self.are_numbers:
            return {name: self.labels}
        texts = [label.encode("utf-8", "surrogatepass") for label in self.labels.tolist()]
        ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
        return {name: np.frombuffer(b"".join(texts), np.uint8), f"{name}_ends": ends}

    @classmethod
    def from_tensors(cls, arrays: Mapping[str, Array], name: str) -> Self:
        """Undo `tensors`; raises `ValueError` for what it does not give: names that are not sorted and different."""
        held = arrays[name]
        if held.ndim != 1 or held.dtype not in (np.int64, np.uint8):
            raise ValueError(f"{name} must be of one axis, int64 or uint8")
        labels = held if held.dtype == np.int64 else _texts(held, arrays[f"{name}_ends"], name)
        if not 1 <= len(labels) <= MOST:
            raise ValueError(f"{name}: {len(labels)} names")
        if not (labels[1:] > labels[:-1]).all():
            raise ValueError(f"{name} must hold different names in their order")
        return cls(labels)


def _texts(held: Array, ends: Array, name: str) -> Array:
    """Read strings out of UTF-8; nothing is larger than what the file holds."""
    if ends.ndim != 1 or ends.dtype != np.int64 or len(ends) == 0 or int(ends[-1]) != len(held):
        raise ValueError(f"{name}_ends must say where each name ends")
    starts = np.concatenate(([0], ends[:-1]))
    if (ends < starts).any() or (starts < 0).any() or int((ends - starts).max()) > LONGEST:
        raise ValueError(f"{name}_ends must rise, and no name be longer than {LONGEST} bytes")
    whole = held.tobytes()
    spans = zip(starts.tolist(), ends.tolist(), strict=True)
    found = np.empty(len(ends), object)
    found[:] = [whole[a:b].decode("utf-8", "surrogatepass") for a, b in spans]
    return found


def as_names(values: Any, what: str) -> Array:
    """Read a column of names: int64 where all are whole numbers, else an array of strings.

    Texts that are all whole numbers, written as Python writes them, are read as numbers; "007" is a string.
    Raises `DataError` for what is missing, `DataTypeError` for other things, naming the row.

    >>> as_names(["3", "12"], "user").tolist(), as_names(["03", "12"], "user").tolist()
    ([3, 12], ['03', '12'])
    """
    column = _column(values)
    if column.dtype.kind in "US" and not hasattr(
        values, "dtype"
    ):  # NumPy writes numbers in a list beside texts as text
        column = np.array(values, object)
    if column.ndim != 1:
        raise DataError(f"{what}: a column has one axis, got shape {column.shape}; give one name a row")
    if column.dtype.kind in "iu":
        if column.dtype.kind == "u" and len(column) and int(column.max()) > np.iinfo(np.int64).max:
            raise DataError(f"{what}: names beyond 2^63 are too large for int64; give them as strings")
        return column.astype(np.int64)
    if column.dtype.kind == "f":
        return _whole(column, what)
    if column.dtype.kind not in "OUS":
        raise DataTypeError(f"{what}: names must be whole numbers or strings, got dtype {column.dtype}; convert them")
    return _from_objects(column.astype(object), what)


def _column(values: Any) -> Array:
    try:
        return np.asarray(values)
    except ValueError:  # lists of several lengths among names: one of them is told
        column = np.empty(len(values), object)
        column[:] = values
        return column


def _whole(column: Array, what: str) -> Array:
    if np.isnan(column).any():
        raise DataError(f"{what} is missing (NaN), first in row {int(np.isnan(column).argmax())}; drop such rows")
    whole = column.astype(np.int64, casting="unsafe") if (np.abs(column) < 2**53).all() else column
    if not (whole == column).all() or whole.dtype.kind == "f":
        row = int((whole != column).argmax())
        raise DataTypeError(f"{what}: names must be whole numbers or strings, got {column[row]} in row {row}")
    return whole


def _from_objects(column: Array, what: str) -> Array:
    entries = column.tolist()
    for row, entry in enumerate(entries):
        if isinstance(entry, bytes):
            entries[row] = entry = entry.decode("utf-8", "replace")
        if entry is None or entry != entry or (isinstance(entry, str) and not entry):
            raise DataError(f"{what} is missing ({entry!r}), first in row {row}; drop such rows")
        if isinstance(entry, bool | np.bool_) or not isinstance(entry, str | int | np.integer):
            raise DataTypeError(
                f"{what}: names must be whole numbers or strings, got {shown(entry)} of type {type(entry).__name__} in "
                f"row {row}; convert them"
            )
    are_texts = [isinstance(entry, str) for entry in entries]
    if any(are_texts) and not all(are_texts):
        row = are_texts.index(not are_texts[0])
        raise DataTypeError(
            f"{what}: row 0 is a {type(entries[0]).__name__} and row {row} a {type(entries[row]).__name__}; 1 and '1' "
            "would be two names, so give all as numbers or all as strings"
        )
    if entries and all(are_texts) and not all(map(_is_number, entries)):
        _check_lengths(entries, what)
        found = np.empty(len(entries), object)
        found[:] = entries
        return found
    try:
        return np.array([int(entry) for entry in entries], np.int64)
    except OverflowError as error:
        raise DataError(f"{what}: names beyond 2^63 are too large for int64; give them as strings") from error


def _check_lengths(names: list[str], what: str) -> None:
    """Refuse names that no model file holds, before anything is learnt of them."""
    for row, name in enumerate(names):
        if len(name) > LONGEST // 4 and (length := len(name.encode("utf-8", "surrogatepass"))) > LONGEST:
            raise DataError(
                f"{what}: the name in row {row} has {length:,} bytes, and a name has {LONGEST:,} at most; shorten it"
            )


def _is_number(text: str) -> bool:
    """Tell whether a text is a whole number as Python writes it, and one that int64 holds."""
    digits = text[1:] if text[:1] == "-" else text
    return digits.isascii() and digits.isdigit() and len(digits) < 19 and (digits[0] != "0" or text == "0")
