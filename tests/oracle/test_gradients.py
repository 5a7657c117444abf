"""The chain rule of every block, by finite differences in float64: by the input and by each parameter."""

from itertools import product

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck
from torch.func import functional_call

from foveal.layers import ACTIVATIONS, BatchNorm, ConvBlock, DenseBlock, Dropout, Flatten, Standardize

from .differences import array, central, close, randomise, tensor

SIZES = {1: (9,), 2: (6, 5), 3: (4, 5, 3)}
POOLING = [
    {},
    {"pool_size": 2},
    {"pool_size": 3, "pool_stride": 2},
    {"pool_size": 2, "pool_mode": "avg"},
    {"pool_size": 9, "pool_stride": 1, "pool_mode": "avg"},
]
GEOMETRY = [
    {},
    {"filter_size": 2, "stride": 2},
    {"filter_size": 4, "dilation": 2},
    {"filter_size": 3, "stride": 3, "padding": "valid"},
]


def holds(module, x, seed=0):
    """Compare reverse-mode derivatives of all outputs by all inputs and parameters with central differences."""
    module = randomise(module.double(), np.random.default_rng(seed))
    names, values = zip(*[(n, p.detach().clone().requires_grad_()) for n, p in module.named_parameters()], strict=True)

    def by_everything(x, *values):
        return functional_call(module, dict(zip(names, values, strict=True)), (x,))

    return gradcheck(by_everything, (tensor(x, grad=True), *values), eps=1e-6, atol=1e-7, rtol=1e-6)


def some(*shape, seed=1):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize(("ndim", "pooling"), list(product(SIZES, POOLING)))
def test_conv_block_with_every_pooling(ndim, pooling, batch_norm):
    sizes = SIZES[ndim]
    assert holds(ConvBlock(ndim, 1, 2, batch_norm=batch_norm, input_size=sizes, **pooling), some(2, 1, *sizes))


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize(("ndim", "geometry"), list(product(SIZES, GEOMETRY)))
def test_conv_block_with_every_geometry(ndim, geometry, batch_norm):
    block = ConvBlock(ndim, 2, 2, batch_norm=batch_norm, activation="tanh", **geometry)
    assert holds(block, some(2, 2, *SIZES[ndim]))


@pytest.mark.parametrize("pool_mode", ["max", "avg"])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_conv_block_with_every_activation(activation, pool_mode):
    assert holds(ConvBlock(2, 1, 2, activation=activation, pool_size=2, pool_mode=pool_mode), some(2, 1, 4, 5))


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_dense_block_with_every_activation(activation, batch_norm):
    assert holds(DenseBlock(3, 4, batch_norm=batch_norm, activation=activation, dropout_rate=0), some(5, 3))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", [(4, 3), (3, 2, 4), (2, 2, 2, 3), (2, 2, 2, 1, 2)])
def test_batch_norm(shape, training):
    norm = BatchNorm(shape[1]).double()
    norm(tensor(some(*shape, seed=2) * 3 + 1))  # running statistics other than 0 and 1
    assert holds(norm.train(training), some(*shape))


def test_batch_norm_of_single_values():
    norm = BatchNorm(3).double()
    norm(tensor(some(5, 3, seed=2)))
    assert holds(norm, some(1, 3))


@pytest.mark.parametrize("training", [True, False])
def test_dropout(training):
    """The mask is drawn anew from one seed at each evaluation; else the function would not be one."""
    layer = Dropout(0.4).train(training)

    def dropped(x):
        layer.generator = torch.Generator().manual_seed(3)
        return layer(x)

    assert gradcheck(dropped, tensor(some(4, 5), grad=True))


def test_flatten_and_standardize():
    assert gradcheck(Flatten(), tensor(some(2, 3, 2, 2), grad=True))
    layer = Standardize([0.1, 0.2], [0.5, 2.0]).double()
    assert gradcheck(layer, tensor(some(2, 2, 3), grad=True))


def whole_network():
    return torch.nn.Sequential(
        ConvBlock(2, 2, 3, pool_size=2),
        ConvBlock(2, 3, 2, filter_size=2, activation="elu", pool_size=2, pool_mode="avg"),
        Flatten(),
        DenseBlock(8, 4, dropout_rate=0),
        torch.nn.Linear(4, 3),
    )


@pytest.mark.parametrize("training", [True, False])
def test_a_whole_network_by_our_own_differences(training):
    rng = np.random.default_rng(4)
    net, x, weight = randomise(whole_network().double(), rng), some(5, 2, 8, 9), tensor(some(5, 3, seed=5))
    net(tensor(x))
    net.train(training)
    leaf = tensor(x, grad=True)
    (net(leaf) * weight).sum().backward()

    @torch.no_grad()
    def value():
        return (net(tensor(x)) * weight).sum().item()

    assert len(list(net.parameters())) == 11
    for parameter in net.parameters():
        # array() shares memory with the parameter, so the differences move the network's own weights
        close(parameter.grad, central(value, array(parameter)), 1e-7)
    close(leaf.grad[:1], central(value, x[:1]), 1e-7)
