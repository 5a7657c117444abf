"""Initial convolution weights: the spread, bound or structure that each paper's formula gives."""

from math import sqrt

import numpy as np
import pytest
import torch
from torch import nn

from foveal.core import choices
from foveal.layers import INITIALIZERS, initialize

from .differences import array, close

# (out, in, *kernel) of many weights, with fan_in != fan_out: in x taps and out x taps
SHAPES = {1: (60, 40, 7), 2: (50, 24, 3, 5), 3: (24, 32, 3, 3, 3)}
VARIANCE = {
    "he": lambda fan_in, fan_out: 2 / fan_in,  # He et al. 2015, equation 10
    "xavier": lambda fan_in, fan_out: 2 / (fan_in + fan_out),  # Glorot and Bengio 2010, equation 12
    "lecun": lambda fan_in, fan_out: 1 / fan_in,  # LeCun et al. 1998, Efficient BackProp, equation 16
}
SAME = {"kaiming": "he", "glorot": "xavier"}


def drawn(name, shape):
    conv = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[len(shape) - 3](shape[1], shape[0], shape[2:])
    bias = array(conv.bias).copy()
    initialize(conv, name, torch.Generator().manual_seed(0))
    close(conv.bias, bias)
    return array(conv.weight).astype(float)


def test_every_name_is_tested_here():
    drawn_ones = {n for stem in (*VARIANCE, *SAME) for n in (stem, f"{stem}_uniform")} - {"lecun_uniform"}
    assert set(INITIALIZERS) == set(choices.INITIALIZERS) == drawn_ones | {"orthogonal", "dirac"}


@pytest.mark.parametrize("shape", SHAPES.values())
@pytest.mark.parametrize("name", sorted(set(INITIALIZERS) - {"orthogonal", "dirac"}))
def test_spread(name, shape):
    w, stem, taps = drawn(name, shape), name.removesuffix("_uniform"), np.prod(shape[2:])
    deviation = sqrt(VARIANCE[SAME.get(stem, stem)](shape[1] * taps, shape[0] * taps))
    # over 16,000 weights: the standard error of a deviation is 0.6 %, of the mean 0.8 % of it
    assert w.std() == pytest.approx(deviation, rel=0.03)
    assert abs(w.mean()) < 0.04 * deviation
    bound = sqrt(3) * deviation  # a uniform distribution of that variance
    assert (abs(w).max() <= bound * 1.000001) == name.endswith("_uniform")


@pytest.mark.parametrize("shape", [(6, 2, 3, 3), (40, 2, 3, 3), (5, 4, 3)])
def test_orthogonal_filters(shape):
    w = drawn("orthogonal", shape).reshape(shape[0], -1)
    close(w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w, np.eye(min(w.shape)), 1e-5)


@pytest.mark.parametrize("kernel", [(3,), (3, 5), (3, 3, 3)])
def test_dirac_passes_the_channels_on(kernel):
    w = drawn("dirac", (4, 3, *kernel))
    expected = np.zeros_like(w)
    for channel in range(3):
        expected[(channel, channel, *(k // 2 for k in kernel))] = 1
    close(w, expected)


def test_none_and_dense_layers_are_left_alone():
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Linear(2, 3))
    before = [array(p).copy() for p in net.parameters()]
    initialize(net, None)
    for p, w in zip(net.parameters(), before, strict=True):
        close(p, w)
    initialize(net, "he")
    close(net[1].weight, before[2])
