"""Whose fault an error is, from the frames that it passed."""

import pytest
import torch
from torch import nn

from foveal.core.errors import DataError, ParameterError
from foveal.fitted.blame import brought, explaining

NAMED = {"net": None, "activation": "relu", "loss": "mse", "optimizer": "adam", "augment": None}


def refusal(error, parameters=NAMED, net=None):
    with pytest.raises(ParameterError) as caught, explaining("net", parameters, "a trial", net):
        error()
    return str(caught.value)


def raising(error):
    def raise_it():
        raise error

    return raise_it


def test_the_innermost_module_is_named():
    net = nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(4, 2)))
    said = refusal(lambda: net(torch.zeros(2, 3)), {**NAMED, "net": net}, net)
    assert said.startswith("net: Linear '1.0' fails in a trial: mat1 and mat2 shapes cannot be multiplied")
    assert said.endswith("; mend its forward, or use another net")


def test_a_module_is_not_named_where_nothing_of_it_is_the_users():
    net = nn.Sequential(nn.Linear(4, 2))
    assert refusal(lambda: net(torch.zeros(2, 3)), NAMED, net).startswith("net: NoneType fails")


@pytest.mark.parametrize("kind", [KeyError, RuntimeError, NotImplementedError, TypeError, IndexError, AssertionError])
def test_the_error_is_of_the_kind_that_was_raised(kind):
    with pytest.raises(kind, match="mine") as caught, explaining("net", NAMED, "a trial"):
        raise kind("mine")
    assert isinstance(caught.value, ParameterError)
    assert type(caught.value.__cause__) is kind


def test_lines_and_long_texts_become_one_line_of_bounded_length():
    said = refusal(raising(RuntimeError("a\n  b" * 1000)))
    assert "\n" not in said
    assert len(said) < 500


class OwnError(Exception):
    pass


@pytest.mark.parametrize("error", [DataError("d"), OwnError("o"), MemoryError(), KeyboardInterrupt()])
def test_others_pass(error):
    with pytest.raises(type(error)) as caught, explaining("net", NAMED, "a trial"):
        raise error
    assert caught.value is error


def test_what_is_the_users():
    assert brought(NAMED) == []
    own = {**NAMED, "augment": ["flip", len], "loss": nn.MSELoss(), "net": "plain"}
    assert brought(own) == ["loss", "augment"]
