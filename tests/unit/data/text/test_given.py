"""Texts as people have them, and what is told of what is none."""

import numpy as np
import pandas as pd
import pytest

from foveal.core.errors import DataError, DataTypeError
from foveal.data.text.given import as_texts

WANTED = ["one", "", "тест \U0001f600"]


@pytest.mark.parametrize(
    "X",
    [
        WANTED,
        tuple(WANTED),
        np.array(WANTED),
        np.array(WANTED, object),
        np.array(WANTED)[:, None],
        pd.Series(WANTED, index=[5, 6, 9]),
        pd.Series(WANTED, dtype="string"),
        pd.DataFrame({"text": WANTED}),
        (text for text in WANTED),
    ],
)
def test_texts_of_all_sorts_are_the_same(X):
    assert as_texts(X).tolist() == WANTED
    assert as_texts(WANTED).dtype == object


@pytest.mark.parametrize(
    "X",
    [[("a", "b"), ["c", "d"]], np.array([["a", "b"], ["c", "d"]]), pd.DataFrame({"x": ["a", "c"], "y": ["b", "d"]})],
)
def test_pairs(X):
    assert as_texts(X).tolist() == [["a", "b"], ["c", "d"]]


@pytest.mark.parametrize(
    ("X", "error", "words"),
    [
        ("one", DataTypeError, r"X is one text.*put it into a list: \[X\]"),
        (["a", None], DataError, r"row 1 of X is missing \(None\); drop the row, or fill it in with ''"),
        (["a", "b", float("nan")], DataError, r"row 2 of X is missing \(nan\)"),
        (pd.Series(["a", pd.NA], dtype="string"), DataError, "row 1 of X is missing"),
        (["a", 5], DataTypeError, r"row 1 of X must be a text \(str\), got 5; give one string a row"),
        (["a", b"b"], DataTypeError, r"row 1 of X is bytes.*text.decode\('utf-8'\)"),
        ([("a", "b"), ("c",)], DataError, r"row 1 of X must be a pair of texts, as row 0 is, got \('c',\)"),
        ([("a", "b"), ("c", None)], DataError, "row 1 of X is missing"),
        (np.zeros((2, 3)), DataTypeError, "X must be texts, got an array of float64"),
        (np.full((2, 3), "a"), DataError, r"\(N,\), or two, \(N, 2\), got shape \(2, 3\)"),
        ({"a": 1}, DataTypeError, "X must be texts, got dict"),
        (7, DataTypeError, "X must be texts, got int"),
    ],
)
def test_what_is_no_text_is_named(X, error, words):
    with pytest.raises(error, match=words):
        as_texts(X)
