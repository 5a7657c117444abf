"""What fit is given, checked against each other, before anything is made of it."""

import numpy as np
import pytest
import torch

from foveal import CNNClassifier
from foveal.core.errors import DataError, ParameterError
from foveal.data.targets import as_labels
from foveal.fitting.inputs import (
    Machine,
    check_length,
    check_weights,
    checked_parameters,
    counting_rows,
    machine_of,
    validates,
)

X = np.arange(24.0).reshape(4, 6)


def test_numbers_of_numpy_become_pythons():
    p = checked_parameters(CNNClassifier(n_epochs=np.int64(3), learning_rate=np.float32(0.5)).get_params(deep=False))
    assert (type(p["n_epochs"]), type(p["learning_rate"])) == (int, float)


def test_lists_of_the_user_are_not_changed():
    sizes = [None, 4]
    checked_parameters(CNNClassifier(in_channels_list=sizes).get_params(deep=False))
    assert sizes == [None, 4]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"early_stopping": True, "valid_size": 0}, "early_stopping=True needs rows to validate on"),
        ({"schedule": "plateau", "valid_size": 0}, "schedule='plateau' needs rows to validate on"),
        ({"monitor": "loss", "valid_size": 0}, "monitor='loss' needs rows to validate on"),
        ({"net": torch.nn.Flatten(), "stride": 2}, "stride=2 describes the plain stack"),
        ({"batch_size": 0}, "batch_size must be"),
    ],
)
def test_parameters_that_contradict_each_other_are_refused(parameters, words):
    with pytest.raises(ParameterError, match=words):
        checked_parameters(CNNClassifier(**parameters).get_params(deep=False))


def test_only_what_validates_is_named():
    assert validates({"early_stopping": False, "schedule": "auto", "monitor": "auto"}) == ""
    assert validates({"early_stopping": False, "schedule": "auto", "monitor": "mae"}) == "monitor='mae'"


@pytest.mark.parametrize(
    ("precision", "dtype", "numpy_dtype"),
    [("float32", torch.float32, np.float32), ("bfloat16", torch.float32, np.float32),
     ("float64", torch.float64, np.float64)],
)  # fmt: skip
def test_weights_have_the_dtype_of_the_precision(precision, dtype, numpy_dtype):
    machine = Machine(torch.device("cpu"), precision)
    assert (machine.dtype, machine.numpy_dtype) == (dtype, numpy_dtype)


def test_the_machine_is_the_one_asked_for():
    assert machine_of({"device": "cpu", "precision": "float64"}) == Machine(torch.device("cpu"), "float64")


def test_rows_of_weight_0_are_left_out_of_all_three():
    kept, y, weight = counting_rows(["a", "b", "c", "d"], [1, 0, 2, 0], 4)
    assert (kept.tolist(), y, weight.tolist()) == ([0, 2], ["a", "c"], [1.0, 2.0])


@pytest.mark.parametrize(
    "y", [[0, 1, 2, 3], (0, 1, 2, 3), np.arange(4), torch.arange(4)], ids=lambda y: type(y).__name__
)
def test_y_may_be_any_sequence(y):
    _, kept, _ = counting_rows(y, [0, 1, 1, 0], 4)
    assert as_labels(kept).tolist() == [1, 2]


def test_without_weights_nothing_is_copied():
    y = np.arange(4)
    rows, same, weight = counting_rows(y, None, 4)
    assert rows is None
    assert same is y
    assert weight is None


def test_y_must_be_there_and_as_long_as_x():
    with pytest.raises(DataError, match="requires y to be passed"):
        CNNClassifier()._prepared(X, None)
    with pytest.raises(DataError, match="4 rows and 3 entries"):
        counting_rows([0, 1, 2], None, 4)
    with pytest.raises(DataError, match="2 rows and 3 entries; give w"):
        check_length(np.zeros((3, 2)), 2, "w")


def test_a_lone_weight_stands_for_all_rows():
    assert check_weights(2, 3).tolist() == [2.0, 2.0, 2.0]
    assert check_weights(None, 3) is None


@pytest.mark.parametrize(
    ("weight", "words"),
    [([1, -1, 1], "negative values, first in row 1"), ([0, 0, 0], "zero for every row"), ([1, 1], r"got shape \(2,\)"),
     ([1, np.nan, 1], "NaN")],
)  # fmt: skip
def test_weights_that_mean_nothing_are_refused(weight, words):
    with pytest.raises(DataError, match=words):
        check_weights(weight, 3)
