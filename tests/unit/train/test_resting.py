"""A body that rests: no gradient, no moving statistics, for as many epochs as it is told."""

import pytest
import torch
from torch import nn

from foveal.train.resting import Resting


@pytest.fixture
def net() -> nn.Module:
    body = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
    return nn.ModuleDict({"body": body, "head": nn.Sequential(nn.Dropout(0.5), nn.Linear(4, 2))})


def test_weights_and_modes_follow_the_epoch(net):
    resting = Resting(("body.0.weight", "body.0.bias"), ("head.0", "head.1"), 2)
    assert [resting.at(epoch) for epoch in range(4)] == [True, True, False, False]
    for epoch in (0, 1, 2, 0):
        net.train()
        resting.apply(net, epoch)
        rests = epoch < 2
        assert net["body"][0].weight.requires_grad is not rests
        assert net["body"][1].weight.requires_grad  # not named: its user's matter
        assert [m.training for m in net["body"]] == [not rests] * 3
        assert all(m.training for m in (net, net["head"], *net["head"]))


def test_for_ever():
    assert Resting((), ("head",)).at(10**9)


def test_names_that_begin_alike_are_not_taken_for_each_other():
    net = nn.ModuleDict({"head": nn.Linear(1, 1), "head2": nn.Linear(1, 1)}).train()
    Resting((), ("head",)).apply(net, 0)
    assert (net["head"].training, net["head2"].training) == (True, False)
    assert torch.is_grad_enabled()
