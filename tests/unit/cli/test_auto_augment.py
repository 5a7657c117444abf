"""What `augment="auto"` hears of a data set: its rows, and what its classes are called."""

import numpy as np
import pytest

from foveal import CNNClassifier, CNNRegressor
from foveal.cli.auto_augment import augmented
from foveal.data.dataset import Dataset

X, Y = np.zeros((20, 12, 12), np.uint8), np.arange(20) % 2


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("cat", "dog"), "mirrored, which none of the class names speaks against"),
        (("hand left", "hand right"), "no mirror: the classes are told apart by 'left'"),
        (("a", "b"), "no mirror: classes such as 'a' are digits, letters or signs"),
        (None, "no mirror: the classes have no names, so they may be digits or letters"),
    ],
)
def test_names_that_stand_apart_from_y_are_heard(names, said):
    found = augmented(CNNClassifier(augment="auto"), Dataset("two", X, Y, class_names=names))
    assert said in found.said[0]
    assert ("flip" in found.augment) == (names == ("cat", "dog"))
    assert found.source.form[0].shape == (1, 12, 12)


def test_what_is_named_is_as_it_is_named():
    found = augmented(CNNClassifier(augment=["flip", "rotate(10)"]), Dataset("two", X, Y))
    assert (found.augment, found.said) == (["flip", "rotate"], ())


def test_values_have_no_names():
    found = augmented(CNNRegressor(augment="auto"), Dataset("two", X, Y * 0.5))
    assert found.augment == ["noise(share=0.05)"]
