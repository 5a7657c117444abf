"""ConvBlock's convolution against the NumPy definition and SciPy, over filters, strides, paddings, sizes and axes."""

from itertools import product
from math import ceil

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import convolve, correlate

from foveal.layers import ConvBlock

from . import definitions as d
from .differences import array, close, randomise, tensor

GRID = list(product(range(1, 8), range(1, 4), ["same", "valid"], [8, 9]))  # filter, stride, padding, first size


def convolution(ndim, channels, outputs, rng, **options):
    """Build a block that does nothing but its convolution, with random weights."""
    block = ConvBlock(ndim, channels, outputs, batch_norm=False, activation="linear", **options)
    return randomise(block.double(), rng)


def check_against_numpy(x, outputs, rng, **options):
    block = convolution(x.ndim - 2, x.shape[1], outputs, rng, **options)
    y = block(tensor(x))
    geometry = {k: v for k, v in options.items() if k != "filter_size"}
    close(y, d.correlate(x, array(block.conv.weight), array(block.conv.bias), **geometry), 1e-11)
    return y


@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize(("filter_size", "stride", "padding", "size"), GRID)
def test_every_filter_stride_and_padding(ndim, filter_size, stride, padding, size):
    rng = np.random.default_rng(filter_size)
    sizes = (size, size + 1, size - 1)[:ndim]  # even and odd together
    x = rng.normal(size=(1, 2, *sizes))
    y = check_against_numpy(x, 2, rng, filter_size=filter_size, stride=stride, padding=padding)
    reach = 0 if padding == "same" else filter_size - 1
    assert y.shape[2:] == tuple(ceil((n - reach) / stride) for n in sizes)


@st.composite
def geometries(draw):
    """Draw sizes and, for each axis by itself, filter, stride and dilation; the filter may outgrow the axis."""
    ndim = draw(st.integers(1, 3))

    def axes(low, high):
        return st.tuples(*[st.integers(low, high)] * ndim)

    sizes, kernel, stride, dilation = draw(st.tuples(axes(1, 9), axes(1, 7 - ndim), axes(1, 3), axes(1, 3)))
    fits = all(n > d_ * (k - 1) for n, k, d_ in zip(sizes, kernel, dilation, strict=True))
    padding = draw(st.sampled_from(["same", "valid"])) if fits else "same"
    return sizes, {"filter_size": kernel, "stride": stride, "dilation": dilation, "padding": padding}


@settings(max_examples=120, deadline=None, derandomize=True, database=None)
@given(geometries(), st.integers(1, 3), st.integers(1, 3))
def test_each_axis_by_itself(geometry, channels, outputs):
    sizes, options = geometry
    rng = np.random.default_rng(channels)
    y = check_against_numpy(rng.normal(size=(2, channels, *sizes)), outputs, rng, **options)
    if options["padding"] == "same":
        assert y.shape[2:] == tuple(ceil(n / s) for n, s in zip(sizes, options["stride"], strict=True))


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("sizes", [(9,), (6, 7), (5, 6, 7)])
@pytest.mark.parametrize("filter_size", [1, 3, 5])
def test_layer_is_scipys_correlation(sizes, filter_size, padding):
    rng = np.random.default_rng(1)
    block = convolution(len(sizes), 1, 1, rng, filter_size=filter_size, padding=padding)
    x, w, b = rng.normal(size=sizes), array(block.conv.weight)[0, 0], array(block.conv.bias)[0]
    # scipy's "same" takes the output's size from the first array and its middle from the full correlation
    close(block(tensor(x[None, None]))[0, 0], correlate(x, w, padding, method="direct") + b)


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("sizes", [(9,), (6, 7), (5, 6, 7)])
@pytest.mark.parametrize("filter_size", [2, 3, 4])
def test_layer_with_its_filter_flipped_is_the_textbook_convolution(sizes, filter_size, padding):
    rng = np.random.default_rng(2)
    block = convolution(len(sizes), 1, 1, rng, filter_size=filter_size, padding=padding)
    x, w = rng.normal(size=sizes), array(block.conv.weight)[0, 0].copy()
    with torch.no_grad():
        block.conv.bias.zero_()
        block.conv.weight.copy_(block.conv.weight.flip(tuple(range(2, 2 + len(sizes)))))
    full = convolve(x, w, "full", method="direct")
    before = filter_size - 1 - (0 if padding == "valid" else (filter_size - 1) // 2)
    kept = [slice(before, before + (n if padding == "same" else n - filter_size + 1)) for n in sizes]
    close(block(tensor(x[None, None]))[0, 0], full[tuple(kept)])


def test_an_even_filters_extra_zero_is_at_the_end():
    block = convolution(1, 1, 1, np.random.default_rng(0), filter_size=2)
    with torch.no_grad():
        block.conv.weight.copy_(torch.tensor([[[10.0, 1.0]]]))
        block.conv.bias.zero_()
    close(block(tensor([[[1.0, 2.0, 3.0]]])), np.array([[[12.0, 23.0, 30.0]]]))


@pytest.mark.parametrize("filter_size", [3, 4])
def test_memory_layout_changes_nothing(filter_size):
    rng = np.random.default_rng(3)
    block, x = convolution(2, 3, 4, rng, filter_size=filter_size), tensor(rng.normal(size=(2, 3, 7, 8)))
    expected = array(block(x)).copy()
    close(block.to(memory_format=torch.channels_last)(x.to(memory_format=torch.channels_last)), expected)


def test_bias_only_without_batch_norm():
    assert ConvBlock(2, 1, 2, batch_norm=False).conv.bias is not None
    assert ConvBlock(2, 1, 2, batch_norm=True).conv.bias is None


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_a_filter_of_one_channel_that_has_one_place_on_an_axis(ndim):
    """In float32, as networks run: oneDNN leaves outputs of such filters unwritten, as the memory was before."""
    rng, unlike = np.random.default_rng(5), 0
    for _ in range(150):
        sizes = [int(n) for n in rng.integers(1, 7, size=ndim)]
        options = {
            "filter_size": [int(rng.integers(1, min(3, n) + 1)) for n in sizes],
            "stride": [int(n) for n in rng.integers(1, 4, size=ndim)],
            "padding": ("same", "valid")[int(rng.integers(2))],
            "batch_norm": False,
        }
        block, plain = ConvBlock(ndim, 1, 4, input_size=sizes, **options), ConvBlock(ndim, 1, 4, **options).double()
        plain.load_state_dict(block.state_dict())
        x = torch.from_numpy(rng.normal(size=(14, *sizes, 1))).movedim(-1, 1)
        before = [torch.full((14 * n,), 1e9) for n in (4, 12, 20, 50)]
        del before  # what the output's memory may hold
        torch.testing.assert_close(block(x.float()), plain(x).float(), atol=1e-4, rtol=0)
        unlike += block.conv.stride != plain.conv.stride
    assert unlike > 20
