"""Arrays beside a network in its file."""

import numpy as np
import pytest
import torch
from torch import nn

from foveal.core.headers import Header
from foveal.fitted.kept import check_beside, kept_tensors, of_network, parted


def test_they_go_by_names_of_their_own():
    tensors = {"body.weight": torch.ones(1), **kept_tensors({"items": np.array([3, 4])})}
    own, kept = parted(tensors)
    assert list(own) == ["body.weight"]
    assert kept["items"].tolist() == [3, 4]
    header = Header({}, {"body.weight": ("F32", (1,)), "kept.items": ("I64", (2,))}, 0, {})
    assert list(of_network(header).tensors) == ["body.weight"]


def test_a_network_of_arrays_keeps_nothing():
    net = nn.Sequential()
    net.add_module("body", nn.Linear(1, 1))
    check_beside({}, net, {})
    with pytest.raises(ValueError, match="its network is not of histories"):
        check_beside({"items": np.array([1])}, net, {})
