import numpy as np
import pytest
import torch
from torch import nn

from foveal.layers import ZeroChannels


@pytest.mark.parametrize("size", [(5,), (4, 5), (2, 3, 4)])
def test_zeros_lie_behind_the_channels_and_pass_no_gradient(size):
    x = torch.randn(2, 3, *size, requires_grad=True)
    out = ZeroChannels(2)(x)
    want = np.concatenate([x.detach().numpy(), np.zeros((2, 2, *size))], 1)
    assert np.array_equal(out.detach().numpy(), want)
    out.sum().backward()
    assert x.grad.eq(1).all()


def test_memory_keeps_its_order():
    x = torch.randn(2, 3, 4, 5).contiguous(memory_format=torch.channels_last)
    assert ZeroChannels(2)(x).is_contiguous(memory_format=torch.channels_last)


def test_it_says_how_many():
    assert repr(nn.Sequential(ZeroChannels(16))) == "Sequential(\n  (0): ZeroChannels(extra=16)\n)"
