"""Cells of a table as labels, numbers, parts and groups: each gives values, and what is wrong by row."""

import math
import re
from collections.abc import Hashable, Sequence
from typing import Any

from foveal.core.rules import shown
from foveal.data.images.listing.labels import as_label
from foveal.data.images.listing.names import part_of

#: The values of a column, with None where a row has a problem; and the problems, by the row's place.
Read = tuple[list[Any], list[tuple[int, str]]]
_NUMBER = re.compile(r"\s*-?[0-9]+(\.[0-9]*)?\s*")
_FLAGS = {"0": 0, "1": 1, "0.0": 0, "1.0": 1, "false": 0, "true": 1}


def _each(values: Sequence[Any], column: str, read: Any, wrong: str) -> Read:
    """Read each cell; None is a problem, told by the column, the value and what it should be."""
    found = [read(value) for value in values]
    problems = [
        (row, f"{column} is " + ("empty" if is_missing(values[row]) else f"{shown(values[row], 40)}, {wrong}"))
        for row, value in enumerate(found)
        if value is None
    ]
    return found, problems


def is_missing(value: Any) -> bool:
    """Tell whether a cell is empty: nothing, spaces, or not a number, which other programs write as "nan".

    >>> is_missing(" "), is_missing(None), is_missing("NaN"), is_missing(0)
    (True, True, True, False)
    """
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or (isinstance(value, str) and value.strip().lower() in ("", "nan"))


def read_labels(values: Sequence[Any], column: str) -> Read:
    """Read one label a cell. A column of numbers only, some with a point, holds numbers: 1.0 is the class "1".

    >>> read_labels(["cat ", ""], "label")
    (['cat', None], [(1, 'label is empty')])
    """
    text = [value for value in values if isinstance(value, str)]
    if len(text) == len(values) and any("." in value for value in text) and all(map(_NUMBER.fullmatch, text)):
        values = list(map(float, text))
    wrong = "a fraction; numbers to learn are named by target="
    return _each(values, column, lambda value: None if is_missing(value) else as_label(value), wrong)


def read_words(values: Sequence[Any], column: str, separator: str) -> Read:
    """Read several labels a cell, as a sorted tuple; an empty cell has none of them.

    >>> read_words(["b|a|b", ""], "labels", "|")
    ([('a', 'b'), ()], [])
    """

    def read(value: Any) -> tuple[str, ...]:
        parts = [] if is_missing(value) else str(value).split(separator)
        return tuple(sorted({label for part in parts if (label := as_label(part)) is not None}))

    return [read(value) for value in values], []


def read_flags(values: Sequence[Any], column: str) -> Read:
    """Read 0 and 1, false and true.

    >>> read_flags(["1", 0.0, "True", "2"], "cat")
    ([1, 0, 1, None], [(3, "cat is '2', neither 0 nor 1")])
    """
    return _each(values, column, lambda value: _FLAGS.get(str(value).strip().lower()), "neither 0 nor 1")


def read_numbers(values: Sequence[Any], column: str) -> Read:
    """Read finite numbers.

    >>> read_numbers(["1.5", 2, "x"], "age")
    ([1.5, 2.0, None], [(2, "age is 'x', no finite number")])
    """

    def read(value: Any) -> float | None:
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            return None
        return number if math.isfinite(number) else None

    return _each(values, column, read, "no finite number")


def read_seconds(values: Sequence[Any], column: str) -> Read:
    """Read times in seconds, finite and not below 0; an empty cell is NaN: from the beginning, or to the end.

    >>> read_seconds(["1.5", "", -1], "start")
    ([1.5, nan, None], [(2, 'start is -1, no time in seconds')])
    """

    def read(value: Any) -> float | None:
        found = math.nan if is_missing(value) else read_numbers([value], column)[0][0]
        return None if found is not None and found < 0 else found

    return _each(values, column, read, "no time in seconds")


def read_parts(values: Sequence[Any], column: str) -> Read:
    """Read "train", "valid" and "test", by any word that means them.

    >>> read_parts(["Train", "val", "dev"], "split")
    (['train', 'valid', None], [(2, "split is 'dev', none of train, val, valid, validation, test")])
    """
    wrong = "none of train, val, valid, validation, test"
    return _each(values, column, lambda value: part_of(str(value)), wrong)


def read_groups(values: Sequence[Any], column: str) -> Read:
    """Read groups, which are texts; every row must be in one.

    >>> read_groups(["p1", 2, None], "patient")
    (['p1', '2', None], [(2, 'patient is empty')])
    """
    return _each(values, column, lambda value: None if is_missing(value) else as_label(value), "no name of a group")


def joined(columns: Sequence[Read]) -> Read:
    """Put several columns into one of tuples; a row with a problem in one of them is None.

    >>> joined([([1, None], [(1, "a is empty")]), ([2, 3], [])])
    ([(1, 2), None], [(1, 'a is empty')])
    """
    rows: list[Hashable] = [
        None if None in row else row for row in zip(*(values for values, _ in columns), strict=True)
    ]
    return rows, [problem for _, problems in columns for problem in problems]
