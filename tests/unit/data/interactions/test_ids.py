"""Names of users and items."""

import numpy as np
import pytest

from foveal.core.errors import DataError, DataTypeError
from foveal.data.interactions.ids import Ids, as_names


def test_numbers_written_as_text_are_numbers_and_all_else_are_strings():
    assert as_names(["3", "-12", "0"], "user").tolist() == [3, -12, 0]
    assert as_names(["3", "012"], "user").tolist() == ["3", "012"]
    assert as_names([b"a", "b"], "user").tolist() == ["a", "b"]
    assert as_names(["3", "9" * 30], "user").tolist() == ["3", "9" * 30]
    assert as_names(np.array([3.0, 4.0]), "user").dtype == np.int64


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ([1.0, np.nan], DataError, r"item is missing \(NaN\), first in row 1"),
        ([1, None], DataError, r"item is missing \(None\), first in row 1"),
        (["a", ""], DataError, r"item is missing \(''\), first in row 1"),
        ([1.5, 2.0], DataTypeError, r"must be whole numbers or strings, got 1.5 in row 0"),
        ([1, "1"], DataTypeError, "1 and '1' would be two names"),
        ([True, False], DataTypeError, "must be whole numbers or strings, got dtype bool"),
        ([["a"], "b"], DataTypeError, r"must be whole numbers or strings, got \['a'\] of type list in row 0"),
        (["a", "ä" * 2049], DataError, r"item: the name in row 1 has 4,098 bytes, and a name has 4,096 at most"),
        ([2**70], DataError, r"beyond 2\^63"),
        ([[1, 2]], DataError, r"one axis, got shape \(1, 2\)"),
        ([("a",), ("b", "c")], DataTypeError, "got \\('a',\\) of type tuple in row 0"),
    ],
)
def test_what_is_no_name_is_told(values, error, message):
    column = np.empty(len(values), object) if isinstance(values[0], tuple) else values
    if isinstance(values[0], tuple):
        column[:] = values
    with pytest.raises(error, match=message):
        as_names(column, "item")


@pytest.mark.parametrize(
    "names",
    [[5, -3, 7], ["b", "ä", "\ud800", "a\nb", "a\0", "a", "\0", " ", "\U0001f600", "\u05e9", "x" * 4096]],
)
def test_names_come_back_out_of_tensors(names):
    column = np.array(names) if isinstance(names[0], int) else as_names(names, "item")
    ids = Ids.of(column, "item")
    again = Ids.from_tensors(ids.tensors("items"), "items")
    assert again.labels.tolist() == sorted(names)
    assert again.named(again.numbers(column)).tolist() == names


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"items": np.array([2, 1])}, "different names in their order"),
        ({"items": np.array([], np.int64)}, "0 names"),
        ({"items": np.array([1.0])}, "int64 or uint8"),
        ({"items": np.array([97, 98], np.uint8), "items_ends": np.array([1])}, "where each name ends"),
        ({"items": np.array([97, 98], np.uint8), "items_ends": np.array([3, 2])}, "must rise"),
        ({"items": np.array([255, 254], np.uint8), "items_ends": np.array([2])}, "utf-8"),
    ],
)
def test_what_no_file_of_ours_holds_is_refused(arrays, message):
    with pytest.raises(ValueError, match=message):
        Ids.from_tensors(arrays, "items")


def test_names_of_another_type_are_unknown():
    ids = Ids.of(np.array([1, 2]), "item")
    assert ids.numbers(np.array(["1"], object)).tolist() == [0]
    assert ids.numbers(np.array([], np.int64)).tolist() == []
