"""Blocks of the first convolutional networks, each against its formula written out in NumPy."""

import numpy as np
import pytest
import torch
from torch import nn

from foveal.core.errors import ParameterError
from foveal.layers import (
    Branches,
    LocalResponse,
    RadialBasis,
    ScaledTanh,
    SideHeads,
    SparseConvolution,
    Subsampling,
    wiring_of,
)
from foveal.layers.flow import flow

from .definitions import correlate
from .differences import array, close, randomise, tensor

SIZES = [(7,), (5, 6), (4, 3, 5)]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("channels", [2, 7])
def test_local_response_is_the_formulas_sum_over_channels(rng, sizes, channels):
    x = rng.normal(size=(2, channels, *sizes))
    wanted = np.empty_like(x)
    for c in range(channels):
        near = x[:, max(0, c - 2) : min(channels - 1, c + 2) + 1]
        wanted[:, c] = x[:, c] / (2 + 0.3 * (near**2).sum(1)) ** 0.75
    close(array(LocalResponse(5, alpha=0.3)(tensor(x))), wanted)


def test_local_response_has_the_papers_constants():
    x = torch.full((1, 1, 1), 100.0, dtype=torch.float64)
    assert float(LocalResponse()(x)) == pytest.approx(100 / (2 + 1e-4 * 100**2) ** 0.75)


def test_local_response_computes_the_same_channels_last(rng):
    x = tensor(rng.normal(size=(2, 6, 3, 4)))
    assert torch.equal(LocalResponse()(x.contiguous(memory_format=torch.channels_last)), LocalResponse()(x))


@pytest.mark.parametrize("sizes", SIZES)
def test_subsampling_adds_up_scales_and_shifts(rng, sizes):
    layer = randomise(Subsampling(len(sizes), 3).double(), rng)
    x = rng.normal(size=(2, 3, *sizes))
    wanted = np.zeros((2, 3, *(n // 2 for n in sizes)))
    for i in np.ndindex(wanted.shape[2:]):
        window = (..., *(slice(2 * n, 2 * n + 2) for n in i))
        sums = x[window].reshape(2, 3, -1).sum(2)
        wanted[(..., *i)] = array(layer.weight) * sums + array(layer.bias)
    close(array(layer(tensor(x))), wanted)


def test_subsampling_begins_as_the_mean():
    assert Subsampling(2, 1)(torch.tensor([[[[1.0, 2.0], [3.0, 6.0]]]])).item() == 3


@pytest.mark.parametrize("sizes", SIZES)
def test_sparse_convolution_is_a_convolution_with_zeros_where_nothing_is_connected(rng, sizes):
    table, ndim = [(0, 2), (1,), (0, 1, 2, 3)], len(sizes)
    layer = randomise(SparseConvolution(ndim, 4, table, 3).double(), rng)
    filters, own = np.zeros((3, 4, *(3,) * ndim)), iter(array(layer.weight))
    for j, row in enumerate(table):
        for c in row:
            filters[j, c] = next(own)
    x = rng.normal(size=(2, 4, *sizes))
    close(array(layer(tensor(x))), correlate(x, filters, array(layer.bias), padding="valid"))
    layer(tensor(x)).square().sum().backward()
    assert layer.weight.grad.abs().min() > 0


def test_sparse_convolution_refuses_maps_that_are_not_there():
    with pytest.raises(ParameterError, match=r"from 0 to 2, but output map 1 reads map 3; .* in_channels=4"):
        SparseConvolution(2, 3, [(0, 1), (2, 3)], 5)


@pytest.mark.parametrize("make", [lambda: Subsampling(4, 1), lambda: SparseConvolution(4, 1, [(0,)], 3)])
def test_other_numbers_of_axes_are_refused(make):
    with pytest.raises(ParameterError, match="ndim must be 1, 2 or 3 spatial axes, got 4"):
        make()


def test_radial_basis_is_the_negative_squared_distance(rng):
    x, codes = rng.normal(size=(5, 8)), rng.normal(size=(3, 8))
    layer = RadialBasis(codes.tolist()).double()
    layer.codes.copy_(tensor(codes))  # the constructor's are float32
    close(array(layer(tensor(x))), -((x[:, None] - codes) ** 2).sum(2))


def test_scaled_tanh_keeps_one_and_bends_most_there(rng):
    x = rng.normal(size=9)
    close(array(ScaledTanh()(tensor(x))), 1.7159 * np.tanh(2 / 3 * x))
    h = 1e-3
    at = np.array([0.0, 0.5, 1.0, 1.5])
    bend = [array(ScaledTanh()(tensor(at + d))) for d in (-h, 0, h)]
    second = abs(bend[0] - 2 * bend[1] + bend[2]) / h**2
    assert second.argmax() == 2
    assert bend[1][2] == pytest.approx(1, abs=1e-4)


def test_side_heads_speak_in_training_alone():
    parts, heads = {"a": nn.Linear(2, 3), "b": nn.Linear(3, 4)}, {"side": ("a", nn.Linear(3, 5))}
    net = SideHeads(parts, heads)
    x = torch.ones(1, 2)
    main, side = net(x)
    assert torch.equal(main, net.b(net.a(x)))
    assert torch.equal(side, net.side(net.a(x)))
    assert torch.equal(net.eval()(x), main)
    assert wiring_of(net) == (net.a, net.b)


def test_branches_of_one_row_that_parts_again(rng):
    parts = {name: nn.Conv1d(2, n, 1) for name, n in (("a", 2), ("b", 3), ("c", 4))}
    block = Branches(parts, (("a", (("b",), ("c",))),))
    x = torch.ones(1, 2, 5)
    assert torch.equal(block(x), torch.cat([block.b(block.a(x)), block.c(block.a(x))], 1))


def test_side_heads_are_kept_where_the_network_is_followed_in_training():
    parts = {"a": nn.Conv1d(2, 2, 1), "b": nn.Conv1d(2, 2, 1)}
    net = nn.Sequential(SideHeads(parts, {"aux": ("a", nn.Conv1d(2, 1, 1))}))
    assert [type(node.what) for node in flow(net.train())] == [SideHeads]
    assert [type(node.what) for node in flow(net.eval())] == [nn.Conv1d, nn.Conv1d]
