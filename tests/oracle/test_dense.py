"""Dense blocks, flattening, dropout and the input's standardisation against their formulas."""

import numpy as np
import pytest
import torch

from foveal.layers import DenseBlock, Dropout, Flatten, Standardize

from . import definitions as d
from .activations import ACTIVATIONS, SLOPE_TOLERANCE
from .differences import array, close, randomise, tensor
from .normalisation import BatchNorm, over_channels


@pytest.mark.parametrize("sizes", [(5,), (3, 4), (2, 3, 4), ()])
def test_flatten_is_pixels_first(sizes):
    x = np.random.default_rng(0).normal(size=(3, 2, *sizes))
    leaf = tensor(x, grad=True)
    y = Flatten()(leaf)
    close(y, d.flatten(x))
    dy = np.random.default_rng(1).normal(size=y.shape)
    y.backward(tensor(dy))
    close(leaf.grad, d.flatten_backward(dy, x.shape))


def test_flatten_of_an_image_is_h_w_c():
    x = torch.arange(2 * 3 * 4.0).reshape(1, 2, 3, 4)  # value = 12 c + 4 h + w
    expected = [12 * c + 4 * h + w for h in range(3) for w in range(4) for c in range(2)]
    assert Flatten()(x).tolist() == [expected]
    assert Flatten()(x.contiguous(memory_format=torch.channels_last)).tolist() == [expected]


def through_the_definition(block, x, dy, activation):
    """Return y, dx, dW, and dgamma, dbeta or db of dense, norm and activation in NumPy."""
    f, slope = ACTIVATIONS[activation]
    weight = array(block.linear.weight)
    z = d.dense(x, weight, 0.0 if block.linear.bias is None else array(block.linear.bias))
    if block.linear.bias is not None:
        dx, dw, db = d.dense_backward(dy * slope(z), x, weight)
        return f(z), dx, dw, db
    norm = BatchNorm(len(weight))
    norm.gamma, norm.beta = array(block.norm.weight), array(block.norm.bias)
    normal = norm.forward(z)
    dz, *of_norm = norm.backward(dy * slope(normal))
    return f(normal), *d.dense_backward(dz, x, weight)[:2], *of_norm


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_dense_block_and_its_gradients(activation, batch_norm):
    rng = np.random.default_rng(2)
    block = DenseBlock(5, 4, batch_norm=batch_norm, activation=activation, dropout_rate=0.0).double()
    assert (block.linear.bias is None) == batch_norm
    randomise(block, rng)
    x, dy = rng.normal(size=(6, 5)), rng.normal(size=(6, 4))
    expected = through_the_definition(block, x, dy, activation)
    leaf = tensor(x, grad=True)
    y = block(leaf)
    y.backward(tensor(dy))
    found = (y, leaf.grad, *(p.grad for p in block.parameters()))  # W, then b or gamma and beta
    tolerance = SLOPE_TOLERANCE.get(activation, 1e-10)
    for one, other in zip(found, expected, strict=True):
        close(one, other, tolerance)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float64])
@pytest.mark.parametrize("shape", [(4, 3, 5), (2, 3, 4, 5), (2, 3, 2, 3, 4)])
def test_standardize(shape, dtype):
    """y = (x / scale - mean) / deviation, channel by channel."""
    x = np.random.default_rng(4).integers(0, 256, size=shape)
    mean, deviation = np.array([0.2, 0.5, 0.7]), np.array([0.1, 1.0, 0.3])
    layer = Standardize(mean, deviation, 255.0).double()
    layer.mean.copy_(tensor(mean))  # not by way of float32
    layer.deviation.copy_(tensor(deviation))
    close(layer(torch.tensor(x, dtype=dtype)), normal(x / 255, mean, deviation))


def normal(x, mean, deviation):
    return (x - over_channels(mean, x)) / over_channels(deviation, x)


def test_dropout_keeps_and_scales_or_zeroes():
    layer = Dropout(0.25)
    layer.generator = torch.Generator().manual_seed(0)
    x = tensor(np.random.default_rng(3).normal(size=(200, 100)), grad=True)
    y = layer(x)
    kept = array(y) != 0
    close(array(y), np.where(kept, array(x) / 0.75, 0), 1e-12)
    # 20,000 draws of p = 0.75: standard deviation 0.0031, so this band is five of them
    assert abs(kept.mean() - 0.75) < 0.0155
    y.sum().backward()
    close(x.grad, kept / 0.75, 1e-12)
    assert layer.eval()(x) is x or torch.equal(layer(x), x)


def test_dropout_is_a_function_of_its_generator():
    layer, x = Dropout(0.5), torch.ones(50, 20)
    drawn = []
    for seed in (0, 0, 1):
        layer.generator = torch.Generator().manual_seed(seed)
        torch.manual_seed(len(drawn))  # the global generator has no say
        drawn.append(layer(x))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
