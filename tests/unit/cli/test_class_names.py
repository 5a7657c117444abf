"""Classes are compared by what they are called."""

import json

import numpy as np
import pytest

from foveal.cli.class_names import by_name
from foveal.core.errors import DataError
from foveal.data.dataset import Dataset
from foveal.data.named import NAMED, load_dataset

Y = np.array([0, 1, 1, 2])


def test_a_data_set_that_lists_its_classes_in_another_order_gets_the_models_numbers():
    y, names = by_name(Y, ("dog", "cat", "eel"), ("cat", "eel", "dog"))
    np.testing.assert_array_equal(y, [2, 0, 0, 1])
    assert list(names) == ["cat", "eel", "dog"]


def test_a_class_that_the_model_does_not_know_comes_after_its_own():
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


@pytest.mark.parametrize("dtype", [str, object])
def test_numbers_become_the_names_that_a_model_has_for_labels(dtype):
    y, names = by_name(Y, ("dog", "cat", "eel"), None, np.array(["cat", "dog"], dtype))
    assert (y.tolist(), names) == (["dog", "cat", "cat", "eel"], None)
    for labels in (np.arange(2), np.array(["cat", 3], object), None):
        assert by_name(Y, ("dog", "cat", "eel"), None, labels)[0] is Y


@pytest.mark.parametrize("dtype", [str, object])
def test_names_become_the_numbers_that_a_model_has_for_them(dtype):
    y, names = by_name(np.array(["eel", "dog", "yak"], dtype), None, ("dog", "cat", "eel"), np.arange(3))
    assert (y.tolist(), list(names)) == ([2, 0, 3], ["dog", "cat", "eel", "yak"])
    y = np.array(["yak", "gnu"], dtype)
    assert by_name(y, None, ("dog", "cat"), np.arange(2))[0] is y  # of which the message is to tell


@pytest.mark.parametrize(
    ("names", "own", "labels", "words"),
    [
        (("cat", "cat", "dog"), ("dog", "cat"), None, "the data set has the name 'cat' for two, 0 and 1"),
        (("cat", "dog", "cat"), None, np.array(["cat", "dog"]), "the data set has the name 'cat' for two, 0 and 2"),
        (("cat", "dog", "eel"), ("dog", "cat", "cat"), None, "the model has the name 'cat' for two, 1 and 2"),
    ],
)
def test_two_classes_of_one_name_are_not_taken_for_one(names, own, labels, words):
    with pytest.raises(DataError, match=f"classes are compared by name, and {words}; give one of them another name"):
        by_name(Y, names, own, labels)


def test_two_classes_of_one_name_stay_apart_where_both_sides_list_them_alike():
    names = ("cat", "cat", "dog")
    assert by_name(Y, names, names)[0] is Y


def test_a_set_to_validate_on_gets_the_names_of_the_training_set(foveal, monkeypatch):
    digits = load_dataset("digits")
    words = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    X, y = digits.X_train[:200], digits.y_train[:200]
    monkeypatch.setitem(NAMED, "digits", lambda: Dataset("digits", X, np.array(words)[y]))
    monkeypatch.setitem(NAMED, "mnist", lambda: Dataset("mnist", X, 9 - y, class_names=words[::-1]))
    small = ["--set", "in_channels_list=none,8", "--epochs", "2", "--seed", "0", "--json"]
    told = json.loads(foveal("train", "digits", "--validation", "mnist", *small, "--out", "run").out)
    assert told["valid_score"] == pytest.approx(told["train_score"], abs=0.3)
    assert told["valid_score"] > 0.2  # by position it would be less than chance
