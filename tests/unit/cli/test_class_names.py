"""Classes are compared by what they are called."""

import numpy as np
import pytest

from foveal.cli.class_names import by_name

Y = np.array([0, 1, 1, 2])


def test_a_data_set_that_lists_its_classes_in_another_order_gets_the_models_numbers():
    y, names = by_name(Y, ("dog", "cat", "eel"), ("cat", "eel", "dog"))
    np.testing.assert_array_equal(y, [2, 0, 0, 1])
    assert list(names) == ["cat", "eel", "dog"]


def test_a_class_that_the_model_does_not_know_comes_behind_its_own():
    y, names = by_name(Y, ("cat", "yak", "dog"), ("cat", "dog"))
    np.testing.assert_array_equal(y, [0, 2, 2, 1])
    assert list(names) == ["cat", "dog", "yak"]


@pytest.mark.parametrize(
    ("y", "names", "own", "kept"),
    [
        (Y, None, ("cat", "dog"), ("cat", "dog")),
        (Y, ("cat", "dog", "eel"), None, ("cat", "dog", "eel")),
        (Y + 1, ("cat", "dog", "eel"), ("a", "b"), ("a", "b")),  # 3 is the number of no name
        (Y * 0.5, ("cat", "dog", "eel"), ("a", "b"), ("a", "b")),
        (np.eye(3, dtype=int), ("cat", "dog", "eel"), ("a", "b"), ("a", "b")),
        (Y[:0], ("cat", "dog", "eel"), ("a", "b"), ("a", "b")),
    ],
    ids=["names of the model alone", "of the data alone", "no number of a class", "values", "indicator", "no rows"],
)
def test_else_y_stays_as_it_is(y, names, own, kept):
    found, told = by_name(y, names, own)
    assert found is y
    assert tuple(told) == kept
