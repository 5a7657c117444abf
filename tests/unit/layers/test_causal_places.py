"""Causal products against convolutions."""

import pytest
import torch
import torch.nn.functional as F

from foveal.layers.causal_places import CausalLinear, shifted


@pytest.mark.parametrize(("taps", "dilation", "places"), [(3, 1, 9), (3, 4, 5), (1, 1, 4), (2, 8, 20)])
def test_it_is_the_convolution_behind_zeros(taps, dilation, places):
    layer = CausalLinear(4, 6, taps, dilation=dilation)
    x = torch.randn(3, places, 4)
    wanted = F.conv1d(F.pad(x.mT, ((taps - 1) * dilation, 0)), layer.weight, layer.bias, dilation=dilation).mT
    torch.testing.assert_close(layer(x), wanted, atol=1e-5, rtol=1e-5)


def test_no_place_sees_what_comes_after_it():
    layer, x = CausalLinear(2, 2, 3, dilation=2), torch.randn(1, 8, 2)
    changed = x.clone()
    changed[:, 5:] += 1
    assert torch.equal(layer(x)[:, :5], layer(changed)[:, :5])


def test_what_is_seen_stands_side_by_side():
    assert shifted(torch.tensor([[[1.0], [2.0], [3.0]]]), 3, 1).tolist() == [[[0, 0, 1], [0, 1, 2], [1, 2, 3]]]
