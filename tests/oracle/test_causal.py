"""Causal, dilated and gated convolutions against their formulas; what they see, by the footprint of a gradient."""

import numpy as np
import pytest
import torch
from torch import nn

from foveal.core.errors import ParameterError
from foveal.layers import Gated, LastStep, SkipSum, causal_convolution, same_convolution
from foveal.layers.wiring import Join, wiring_of
from foveal.models.landmarks.causal import tcn, wavenet
from foveal.models.landmarks.signals import fcn, inception_time

from . import definitions as d
from .differences import array, close, randomise, tensor


def made(parts, rng):
    return randomise(nn.Sequential(parts).double(), rng)


def seen(net, shape, place, ndim=1):
    """Give the first and last place of each axis that an output reads, of a row of positive values."""
    x = torch.rand(1, *shape, dtype=torch.float64, requires_grad=True)
    y = net.double().eval()(x)
    y[(0, slice(None), *place)].sum().backward()
    read = x.grad[0].abs().sum(0).nonzero()
    return [(int(axis.min()), int(axis.max())) for axis in read.T][:ndim]


@pytest.mark.parametrize(("filter_size", "dilation"), [(1, 1), (2, 1), (2, 8), (3, 4), (8, 2)])
def test_causal_convolution_is_its_formula(filter_size, dilation):
    rng = np.random.default_rng(0)
    conv = made(causal_convolution(1, 2, 3, filter_size, dilation=dilation), rng)
    x = rng.normal(size=(2, 2, 11))
    W, b = array(conv.conv.weight), array(conv.conv.bias)
    wanted = np.zeros((2, 3, 11)) + b[:, None]
    for t in range(11):
        for i in range(filter_size):
            if t - dilation * i >= 0:
                wanted[:, :, t] += x[:, :, t - dilation * i] @ W[:, :, filter_size - 1 - i].T
    close(conv(tensor(x)), wanted, 1e-12)


@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize(("filter_size", "dilation"), [(3, 1), (8, 1), (4, 2)])
def test_same_convolution_is_the_definitions(ndim, filter_size, dilation):
    rng = np.random.default_rng(1)
    conv = made(same_convolution(ndim, 2, 3, filter_size, dilation=dilation), rng)
    x = rng.normal(size=(1, 2, *(7, 6, 5)[:ndim]))
    close(conv(tensor(x)), d.correlate(x, array(conv.conv.weight), array(conv.conv.bias), dilation=dilation), 1e-11)


@pytest.mark.parametrize("t", [0, 7, 12])
def test_no_output_of_a_causal_convolution_sees_the_future(t):
    rng = np.random.default_rng(2)
    conv = made(causal_convolution(3, 1, 1, 3, dilation=(2, 1, 1)), rng)
    (first, last), *others = seen(conv, (1, 13, 5, 5), (t, 2, 2), 3)
    assert (first, last) == (t - 2 * min(2, t // 2), t)  # t, t - 2 and t - 4, where there are such
    assert others == [(1, 3), (1, 3)]  # pictures are looked at both ways


@pytest.mark.parametrize(
    ("net", "length", "field"),
    [
        (tcn((1, 60), 2, width=3, filter_size=3, dilations=(1, 2, 4))[:-2], 60, 1 + 2 * 2 * 7),
        (wavenet((1, 60), 2, width=3, skip_width=3, cycles=2, doublings=3)[:-3], 60, 1 + 1 + 2 * 7),
        (tcn((1, 3100), 2, width=2)[:-2], 3100, 3061),
        (wavenet((1, 3100), 2, width=2, skip_width=2)[:-3], 3100, 3071),
    ],
    ids=["tcn", "wavenet", "tcn as published", "wavenet as published"],
)
def test_no_step_sees_the_future_or_further_back_than_said(net, length, field):
    with torch.no_grad():
        for weight in net.parameters():
            weight.copy_(0.1 + 0.1 * torch.rand_like(weight))  # all positive: no ReLU hides what is seen
    for t in (0, length // 2, length - 1):
        assert seen(net, (1, length), (t,)) == [(max(0, t - field + 1), t)]


def test_gated_and_skip_sum_are_their_formulas():
    rng = np.random.default_rng(4)
    f, g, h = (randomise(nn.Conv1d(2, 2, 1).double(), rng) for _ in range(3))
    k, m, r = (randomise(nn.Conv1d(2, n, 1).double(), rng) for n in (3, 3, 2))
    x = tensor(rng.normal(size=(2, 2, 5)))
    gated = Gated(f, g)
    close(gated(x), np.tanh(array(f(x))) / (1 + np.exp(-array(g(x)))), 1e-12)
    close(Gated(f, g, activation="linear")(x), array(f(x) * torch.sigmoid(g(x))), 1e-12)
    close(SkipSum([gated, h], [k, m], [r])(x), array(k(gated(x)) + m(h(x + r(gated(x))))), 1e-12)
    assert LastStep()(x).equal(x[:, :, 4])


def test_skip_sum_refuses_a_residual_that_nothing_reads():
    with pytest.raises(ParameterError, match=r"residuals one fewer, got 1, 1 and 1; the last layer has no residual"):
        SkipSum([nn.Identity()], [nn.Identity()], [nn.Identity()])


def run(steps, x):
    """Run a wiring as whoever follows a network would."""
    for step in steps:
        if isinstance(step, Join):
            first, *others = [run(row, x) for row in step.rows]
            x = first
            for y in others:
                x = {"add": x + y, "scale": x * y}[step.how] if step.how != "concatenate" else torch.cat((x, y), 1)
        else:
            inner = wiring_of(step)
            x = step(x) if inner is None else run(inner, x)
    return x


@pytest.mark.parametrize(
    "net",
    [
        tcn((2, 30), 3, width=4, dilations=(1, 2), filter_size=3),
        wavenet((2, 30), 3, width=4, skip_width=5, cycles=2, doublings=2),
        fcn((2, 30), 3, widths=(4, 5, 6)),
        inception_time((2, 30), 3, depth=4, width=3, bottleneck=2),
    ],
    ids=["tcn", "wavenet", "fcn", "inception_time"],
)
def test_the_wiring_says_what_forward_computes(net):
    net, x = net.double().eval(), torch.randn(2, 2, 30, dtype=torch.float64)
    assert torch.allclose(run(wiring_of(net), x), net(x), rtol=1e-12, atol=1e-12)
