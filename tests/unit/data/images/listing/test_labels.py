"""Labels become numbers of classes, in a documented order."""

import decimal

import numpy as np
import pytest

from foveal.data.images.listing.labels import as_label, number_classes, shares, tell_case


@pytest.mark.parametrize(
    ("labels", "names", "numbers"),
    [
        (["b", "a", "b"], ("a", "b"), [1, 0, 1]),
        ([str(i) for i in range(12)], tuple(map(str, range(12))), list(range(12))),
        (["10", "2", "-3"], ("-3", "2", "10"), [2, 1, 0]),
        (["10", "2", "a"], ("10", "2", "a"), [0, 1, 2]),
        (["01", "1"], ("01", "1"), [0, 1]),
        (["²", "1"], ("1", "²"), [1, 0]),
        (["e\u0301", "\u00e9"], ("\u00e9",), [0, 0]),
        (["Cat", "cat"], ("Cat", "cat"), [0, 1]),
        ([], (), []),
    ],
)
def test_numbers_and_names(labels, names, numbers):
    y, classes = number_classes(labels)
    assert (y.tolist(), y.dtype, classes) == (numbers, np.int64, names)


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("cat", "cat"), ("\tcat \n", "cat"), ("e\u0301", "\u00e9"), (3, "3"), (np.int8(3), "3"), (3.0, "3"),
        (np.float32(3), "3"), (True, "True"), (np.True_, "True"), (decimal.Decimal(3), "3"), ("nan", "nan"),
        (None, None), ("", None), (" ", None), (float("nan"), None), (np.nan, None), (float("inf"), None), (0.5, None),
        (b"cat", None), ("caf\udce9", "caf\\udce9"),
    ],
)  # fmt: skip
def test_one_label(value, label):
    assert as_label(value) == label


def test_names_that_differ_in_case_are_told():
    told = []
    tell_case(["Cat", "cat", "dog", "STRASSE", "straße"], told.append)
    assert told == [
        "warning: the classes 'Cat', 'cat' differ only in capital letters; they count as 2",
        "warning: the classes 'STRASSE', 'straße' differ only in capital letters; they count as 2",
    ]


def test_shares():
    assert shares(np.array([0, 0]), ["a"]) == "1 class (a 2)"
    assert shares(np.arange(6), list("abcdef")) == "6 classes (a 1, b 1, c 1, d 1, e 1, f 1)"
    assert shares(np.arange(9), list("abcdefghi")) == "9 classes (a 1, b 1, c 1, d 1, e 1, 4 more)"
