"""What each optimizer keeps of a weight's size, by its definition."""

import pytest
import torch

from foveal.train.optim.table import OPTIMIZERS, kept_tensors

KEPT = {
    "sgd": 0, "momentum": 1, "nesterov": 1, "rmsprop": 1, "adagrad": 1, "muon": 1,
    "adam": 2, "adamw": 2, "nadam": 2, "adadelta": 2, "adamax": 2,
}  # fmt: skip


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_first_and_second_moments_count(name: str):
    assert kept_tensors(name) == KEPT[name]


def test_what_a_user_brings_is_unknown():
    assert kept_tensors(torch.optim.Adam) == 0
    assert kept_tensors(lambda params, lr: torch.optim.SGD(params, lr=lr)) == 0
