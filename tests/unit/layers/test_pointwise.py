"""What is done at each place by itself, against NumPy, for every number of axes and both orders in memory."""

import numpy as np
import pytest
import torch
from torch import nn

from foveal.layers import ChannelNorm, Pointwise
from foveal.models.receptive import receptive_fields

SIZES = [(), (5,), (3, 4), (2, 3, 4)]
CONV = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}


def rows(size, channels_last):
    x = torch.randn(2, 6, *size, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    return x.movedim(1, -1).contiguous().movedim(-1, 1) if channels_last else x


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_norm_over_channels(size, channels_last):
    x, norm = rows(size, channels_last), ChannelNorm(6, eps=1e-3).double()
    with torch.no_grad():
        norm.weight.copy_(torch.arange(6) + 1.0)
        norm.bias.copy_(torch.arange(6) - 2.0)
        got = norm(x)
    a = x.numpy()
    mean, var = a.mean(axis=1, keepdims=True), a.var(axis=1, keepdims=True)
    each = (1, 6, *(1,) * len(size))
    gamma, beta = (np.arange(6.0).reshape(each) + shift for shift in (1, -2))
    np.testing.assert_allclose(got.numpy(), gamma * (a - mean) / np.sqrt(var + 1e-3) + beta, atol=1e-12)
    assert not channels_last or got.stride() == x.stride()


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("size", SIZES[1:])
def test_a_dense_layer_at_each_place_is_a_1x1_convolution(size, channels_last):
    x, dense = rows(size, channels_last), Pointwise(6, 4).double()
    conv = CONV[len(size)](6, 4, 1).double()
    with torch.no_grad():
        conv.weight.copy_(dense.weight.view(4, 6, *(1,) * len(size)))
        conv.bias.copy_(dense.bias)
    torch.testing.assert_close(dense(x), conv(x), rtol=0, atol=1e-12, check_stride=False)


def test_they_keep_to_their_pixel():
    net = nn.Sequential(nn.Conv1d(2, 6, 3), ChannelNorm(6), Pointwise(6, 4))
    assert [*receptive_fields(net, 1).values()] == [(3,), (3,), (3,)]
