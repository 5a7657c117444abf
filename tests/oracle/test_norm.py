"""BatchNorm against the NumPy definition: batch and running statistics, 1/t at first, a channel's single value."""

import numpy as np
import pytest
import torch

from foveal.layers import BatchNorm, ConvBlock

from . import normalisation
from .differences import array, close, randomise, tensor

SHAPES = [(5, 3), (4, 3, 5), (3, 3, 2, 4), (2, 3, 2, 3, 2)]


def pair(channels, momentum, seed=0):
    """Return the library's layer and the definition, with the same random gamma and beta."""
    ours = randomise(BatchNorm(channels, momentum).double(), np.random.default_rng(seed))
    numpy = normalisation.BatchNorm(channels, momentum)
    numpy.gamma, numpy.beta = array(ours.weight).copy(), array(ours.bias).copy()
    return ours, numpy


def check_running(ours, numpy):
    close(ours.running_mean, numpy.mean, 1e-12)
    close(ours.running_var, numpy.variance, 1e-12)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("shape", SHAPES)
def test_several_steps_then_inference(shape, momentum):
    rng = np.random.default_rng(1)
    ours, numpy = pair(3, momentum)
    for step in range(14):  # past t = 10, where 1/t meets 1 - 0.9
        x = rng.normal(size=shape) * (step + 1) + step
        close(ours(tensor(x)), numpy.forward(x), 1e-10)
        check_running(ours, numpy)
    x = rng.normal(size=shape)
    close(ours.eval()(tensor(x)), numpy.forward(x, training=False))
    check_running(ours, numpy)


def test_first_batches_leave_true_statistics():
    """After t <= 10 batches the running mean is the mean of theirs, with no trace of the starting 0 and 1."""
    rng = np.random.default_rng(2)
    ours = BatchNorm(2, 0.9).double()
    batches = rng.normal(size=(6, 20, 2)) * 5 + 100
    for batch in batches:
        ours(tensor(batch))
    close(ours.running_mean, batches.mean(axis=(0, 1)))
    close(ours.running_var, batches.var(axis=1, ddof=1).mean(axis=0))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("training", [True, False])
def test_gradients(shape, training):
    rng = np.random.default_rng(3)
    ours, numpy = pair(3, 0.9)
    for _ in range(3):
        x, dy = rng.normal(size=shape) * 2 + 1, rng.normal(size=shape)
        ours(tensor(x)), numpy.forward(x)
    ours.train(training)
    leaf = tensor(x, grad=True)
    ours(leaf).backward(tensor(dy))
    numpy.forward(x, training)
    for slope, expected in zip((leaf.grad, ours.weight.grad, ours.bias.grad), numpy.backward(dy), strict=True):
        close(slope, expected, 1e-10)


@pytest.mark.parametrize("before", [0, 1, 3])
@pytest.mark.parametrize("shape", [(1, 3), (1, 3, 1), (1, 3, 1, 1)])
def test_a_single_value_takes_the_running_statistics(shape, before):
    """A lone value has no variance: it is normalised as in inference, and neither statistics nor t move."""
    rng = np.random.default_rng(4)
    ours, numpy = pair(3, 0.9)
    for _ in range(before):
        x = rng.normal(size=(4, *shape[1:])) * 3 + 1
        ours(tensor(x)), numpy.forward(x)
    x, dy = rng.normal(size=shape), rng.normal(size=shape)
    leaf = tensor(x, grad=True)
    y = ours(leaf)
    close(y, numpy.forward(x))
    y.backward(tensor(dy))
    close(leaf.grad, numpy.backward(dy)[0])
    check_running(ours, numpy)
    x = rng.normal(size=(4, *shape[1:]))
    ours(tensor(x)), numpy.forward(x)
    check_running(ours, numpy)


def test_a_single_row_of_several_pixels_is_a_batch():
    x = np.random.default_rng(5).normal(size=(1, 3, 2, 2))
    ours, numpy = pair(3, 0.9)
    close(ours(tensor(x)), numpy.forward(x))
    check_running(ours, numpy)


def test_a_constant_channel_is_finite():
    ours, numpy = pair(2, 0.9)
    x = np.stack([np.full(6, 7.0), np.arange(6.0)], axis=1)
    y = ours(tensor(x))
    assert torch.isfinite(y).all()
    close(y, numpy.forward(x))


@pytest.mark.parametrize("momentum", [0.5, 0.9])
def test_conv_block_hands_its_momentum_on(momentum):
    rng = np.random.default_rng(6)
    block = ConvBlock(2, 3, 3, filter_size=1, momentum=momentum, activation="linear").double()
    with torch.no_grad():
        block.conv.weight.copy_(torch.eye(3).reshape(3, 3, 1, 1))
    numpy = normalisation.BatchNorm(3, momentum)
    for _ in range(4):
        x = rng.normal(size=(3, 3, 2, 4)) + 1
        close(block(tensor(x)), numpy.forward(x), 1e-10)
    check_running(block.norm, numpy)
