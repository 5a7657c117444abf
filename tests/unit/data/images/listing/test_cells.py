"""Cells as values, and what is wrong with them."""

import pytest

from foveal.data.images.listing import cells


@pytest.mark.parametrize(
    ("read", "values", "found", "problems"),
    [
        (cells.read_labels, [" a", "é", 3, 3.0, True], ["a", "é", "3", "3", "True"], []),
        (cells.read_labels, ["1.0", "2.", "3"], ["1", "2", "3"], []),
        (cells.read_labels, ["01", "1"], ["01", "1"], []),
        (cells.read_labels, ["1.0", "a"], ["1.0", "a"], []),
        (cells.read_labels, ["", None, float("nan"), "NaN", " "], [None] * 5,
         [(row, "c is empty") for row in range(5)]),
        (cells.read_labels, ["0.5", "1"], [None, "1"],
         [(0, "c is 0.5, a fraction; numbers to learn are named by target=")]),
        (cells.read_flags, ["0", "1.0", 1, False, "TRUE"], [0, 1, 1, 0, 1], []),
        (cells.read_flags, ["x", "", 2], [None] * 3, [(0, "c is 'x', neither 0 nor 1"), (1, "c is empty"),
                                                      (2, "c is 2, neither 0 nor 1")]),
        (cells.read_numbers, ["1", " 2.5 ", -3, "1e3", True], [1.0, 2.5, -3.0, 1000.0, 1.0], []),
        (cells.read_numbers, ["1,5", "inf", None, "nan", 10**400], [None] * 5, [
            (0, "c is '1,5', no finite number"), (1, "c is 'inf', no finite number"), (2, "c is empty"),
            (3, "c is empty"), (4, f"c is {10**35} ..., no finite number")]),
        (cells.read_parts, ["TRAIN", " Validation "], ["train", "valid"], []),
        (cells.read_parts, ["", 1], [None, None], [(0, "c is empty"),
                                                   (1, "c is 1, none of train, val, valid, validation, test")]),
        (cells.read_groups, ["p1 ", 2, 2.0], ["p1", "2", "2"], []),
        (cells.read_groups, ["", 0.5], [None, None], [(0, "c is empty"), (1, "c is 0.5, no name of a group")]),
    ],
)  # fmt: skip
def test_cells(read, values, found, problems):
    assert read(values, "c") == (found, problems)


def test_words():
    assert cells.read_words(["b; a", ";a;;", None, " "], "c", ";") == ([("a", "b"), ("a",), (), ()], [])


def test_several_columns():
    one, two = cells.read_flags(["1", "x"], "a"), cells.read_flags(["0", ""], "b")
    assert cells.joined([one, two]) == ([(1, 0), None], [(1, "a is 'x', neither 0 nor 1"), (1, "b is empty")])
