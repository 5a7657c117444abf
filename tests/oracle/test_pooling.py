"""ConvBlock's pooling against the NumPy definition: floored sizes, clipped windows, the first maximum's gradient."""

import numpy as np
import pytest
import torch

from foveal.layers import ConvBlock

from . import definitions as d
from .activations import ACTIVATIONS, SLOPE_TOLERANCE
from .differences import array, close, randomise, tensor

WINDOWS = [(1, 1), (2, 2), (2, 1), (3, 2), (2, 3), (3, 3), (12, 2), (12, 12)]  # size, stride; 12 is clipped
POOLS = {"max": (lambda *a: d.max_pool(*a)[0], d.max_pool_backward), "avg": (d.mean_pool, d.mean_pool_backward)}


def pooling(sizes, mode, size, stride, activation="linear", channels=2):
    """Build a block whose convolution is the identity: 1x1 filters that copy each channel."""
    block = ConvBlock(
        len(sizes), channels, channels, filter_size=1, batch_norm=False, activation=activation,
        pool_size=size, pool_stride=stride, pool_mode=mode, input_size=sizes,
    ).double()  # fmt: skip
    with torch.no_grad():
        block.conv.weight.copy_(torch.eye(channels).reshape(block.conv.weight.shape))
        block.conv.bias.zero_()
    return block


def output_and_gradient(block, x, dy, layout=torch.contiguous_format):
    x = tensor(x).contiguous(memory_format=layout).requires_grad_()
    y = block(x)
    y.backward(tensor(dy))
    return y, x.grad


@pytest.mark.parametrize("mode", ["max", "avg"])
@pytest.mark.parametrize("sizes", [(8,), (9,), (8, 7), (9, 6), (1, 5), (6, 5, 7)])
@pytest.mark.parametrize(("size", "stride"), WINDOWS)
def test_pooling_and_its_gradient(sizes, mode, size, stride):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 2, *sizes))
    forward, backward = POOLS[mode]
    expected = forward(x, size, stride)
    dy = rng.normal(size=expected.shape)
    y, dx = output_and_gradient(pooling(sizes, mode, size, stride), x, dy)
    close(y, expected)
    close(dx, backward(dy, x, size, stride))


def test_each_axis_by_itself():
    x = np.random.default_rng(1).normal(size=(2, 2, 9, 8, 7))
    block = pooling((9, 8, 7), "max", (3, 2, 9), (2, 1, 3))
    close(block(tensor(x)), d.max_pool(x, (3, 2, 9), (2, 1, 3))[0])


def test_sizes_are_floored_and_windows_clipped():
    assert pooling((7, 1), "max", 2, 2)(torch.zeros(1, 2, 7, 1).double()).shape == (1, 2, 3, 1)
    assert pooling((5, 3), "avg", 4, 4)(torch.zeros(1, 2, 5, 3).double()).shape == (1, 2, 1, 1)


@pytest.mark.parametrize("activation", ["linear", "relu", "relu6"])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 1), (3, 2)])
def test_of_equal_maxima_the_first_gets_the_gradient(size, stride, layout, activation):
    rng = np.random.default_rng(2)
    x = rng.integers(-1, 2, size=(2, 16, 7, 8)) * 1.0 + 0.5  # three values: nearly every window has a tie
    f, slope = ACTIVATIONS[activation]
    expected = d.max_pool(f(x), size, stride)[0]
    dy = rng.normal(size=expected.shape)
    block = pooling((7, 8), "max", size, stride, activation, channels=16).to(memory_format=layout)
    y, dx = output_and_gradient(block, x, dy, layout)
    close(y, expected)
    close(dx, d.max_pool_backward(dy, f(x), size, stride) * slope(x))


@pytest.mark.parametrize("sizes", [(9,), (5, 6), (4, 5, 3)])
def test_of_a_flat_map_the_first_pixel_of_each_window_gets_it_all(sizes):
    x = np.ones((1, 2, *sizes))
    dy = np.ones(d.max_pool(x, 2, 2)[0].shape)
    dx = output_and_gradient(pooling(sizes, "max", 2, 2), x, dy)[1]
    expected = np.zeros_like(x)
    expected[(..., *(slice(0, n // 2 * 2, 2) for n in sizes))] = 1
    close(dx, expected)


@pytest.mark.parametrize("mode", ["max", "avg"])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_pooling_comes_after_the_activation(activation, mode):
    """Where pooling first would be another function (a mean; an activation that is not monotone), it must not be."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(2, 2, 6, 7)) * 3
    f, slope = ACTIVATIONS[activation]
    forward, backward = POOLS[mode]
    dy = rng.normal(size=(2, 2, 3, 3))
    y, dx = output_and_gradient(pooling((6, 7), mode, 2, 2, activation), x, dy)
    close(y, forward(f(x), 2, 2))
    close(dx, backward(dy, f(x), 2, 2) * slope(x), SLOPE_TOLERANCE.get(activation, 1e-10))


@pytest.mark.parametrize("module", [torch.nn.LeakyReLU(-2.0), torch.nn.PReLU(init=-2.0)])
def test_pooling_comes_after_a_module_that_is_not_monotone(module):
    """With a negative slope the lowest inputs are the highest outputs."""
    x = np.random.default_rng(4).normal(size=(2, 2, 6, 7))
    close(pooling((6, 7), "max", 2, 2, module)(tensor(x)), d.max_pool(np.where(x > 0, x, -2 * x), 2, 2)[0])


@pytest.mark.parametrize("mode", ["max", "avg"])
@pytest.mark.parametrize(
    ("size", "options"),
    [
        (4, {"stride": 3}),
        (5, {"padding": "valid"}),
        (6, {"padding": "valid", "filter_size": 2, "dilation": 4}),
        (2, {"stride": 2, "filter_size": 4}),
    ],
)
def test_the_window_is_clipped_to_what_the_convolution_leaves(size, options, mode):
    """`input_size` is the block's input; pooling sees what stride, filter and dilation have left of it."""
    rng = np.random.default_rng(5)
    block = ConvBlock(
        2, 1, 2, batch_norm=False, activation="linear", pool_size=4, pool_mode=mode, input_size=(size, size + 1),
        **options,
    )  # fmt: skip
    randomise(block.double(), rng)
    x = rng.normal(size=(2, 1, size, size + 1))
    geometry = {k: v for k, v in options.items() if k != "filter_size"}
    maps = d.correlate(x, array(block.conv.weight), array(block.conv.bias), **geometry)
    close(block(tensor(x)), POOLS[mode][0](maps, 4, 4))
