"""Channels are taken and dealt out as NumPy does it; together they leave every channel once."""

import numpy as np
import pytest
import torch

from foveal.core.errors import ParameterError
from foveal.layers import Branches, ChannelShuffle, ChannelSlice

SIZES = [(), (5,), (3, 4), (2, 3, 4)]


def rows(channels, size):
    return torch.arange(2.0 * channels * int(np.prod(size))).view(2, channels, *size)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("groups", [1, 2, 3, 6])
def test_channels_are_dealt_out_by_the_formula(groups, size):
    x = rows(6, size)
    dealt = ChannelShuffle(groups)(x)
    for j in range(6 // groups):
        for i in range(groups):
            assert torch.equal(dealt[:, j * groups + i], x[:, i * (6 // groups) + j])


@pytest.mark.parametrize("size", SIZES)
def test_two_slices_side_by_side_are_the_map(size):
    x = rows(5, size)
    parts = Branches({"first": ChannelSlice(0, 2), "rest": ChannelSlice(2, 5)})
    assert torch.equal(parts(x), x)
    assert ChannelSlice(2, 5)(x).shape == (2, 3, *size)


def test_no_groups_are_refused():
    with pytest.raises(ParameterError, match="groups must be at least 1, got 0; 1 leaves the channels as they are"):
        ChannelShuffle(0)


def test_they_say_what_they_do_where_they_are_printed():
    assert str(ChannelSlice(2, 5)) == "ChannelSlice(2, 5)"
    assert str(ChannelShuffle(2)) == "ChannelShuffle(groups=2)"
