"""Convolutions that oneDNN computes with what comes after them give the same as the steps apart, mostly to the bit."""

import pytest
import torch
from torch import nn

from foveal.layers import Branches, Residual, convolution
from foveal.layers.frozen import Frozen
from foveal.layers.fused import WithActivation, WithSum, runs_fused
from foveal.models import MODELS

from .test_frozen import GRAPHS, conv_norm_act, residual, rows, settled


def kinds(net):
    return [type(step.call) for step in Frozen(net).fused]


def same_bits(net, x):
    """Compare bits; where a filter is one place, on processors whose kernels for it round otherwise, the last ones."""
    frozen = Frozen(net)
    one_place = any(isinstance(m, nn.Conv2d) and m.kernel_size == (1, 1) for m in net.modules())
    with torch.no_grad():
        found = frozen(x)
        frozen.fused = frozen.steps
        torch.testing.assert_close(found, frozen(x), rtol=0, atol=1e-6 if one_place else 0, check_stride=False)


@pytest.mark.parametrize("activation", ["relu", nn.ReLU6])
@pytest.mark.parametrize("options", [{}, {"stride": 2}, {"dilation": 2}, {"groups": 3}, {"filter_size": 1}], ids=str)
def test_an_activation(activation, options):
    size = options.pop("filter_size", 3)
    net = settled(conv_norm_act(2, 3, 6, size, activation=activation, **options))
    assert kinds(net) == [WithActivation]
    same_bits(net, rows(2))


@pytest.mark.parametrize("activation", ["relu", None, "relu6"])
def test_the_sum_of_a_residual_block(activation):
    act = nn.ReLU6() if activation == "relu6" else activation
    net = settled(residual(3, activation=act))
    assert kinds(net)[:2] == [WithActivation, WithSum]
    assert len(kinds(net)) == 2 + (activation == "relu6")
    same_bits(net, rows(2))


def test_the_sum_with_a_projection_is_computed_with_what_is_last():
    net = settled(residual(3, shortcut=conv_norm_act(2, 3, 3, 1, activation=None), activation="relu"))
    assert kinds(net)[0] is WithActivation
    assert kinds(net)[2:] == [WithSum]
    same_bits(net, rows(2))


def test_a_sum_of_several_shapes_stays_pytorchs():
    row = {"conv": conv_norm_act(2, 3, 3, activation=None)}
    net = settled(Residual(row, nn.AdaptiveAvgPool2d(1), activation="relu"))
    with torch.no_grad():
        torch.testing.assert_close(Frozen(net)(rows(2)), net(rows(2)), rtol=0, atol=1e-5, check_stride=False)


def test_the_input_of_a_block_is_left_as_it_is():
    net = settled(Branches({"a": residual(3, activation="relu"), "b": convolution(2, 3, 3)}))
    x, y = rows(2), rows(2).clone()
    with torch.no_grad():
        torch.testing.assert_close(Frozen(net)(x), net(y), rtol=0, atol=1e-5, check_stride=False)
    assert torch.equal(x, y)


@pytest.mark.parametrize("name", GRAPHS)
def test_all_that_is_known_gives_the_same_bits(name):
    torch.manual_seed(0)
    same_bits(settled(nn.Sequential(GRAPHS[name][0](), nn.ReLU())), rows(2))


def test_resnet20_sums_with_all_convolutions_that_stand_right_before_the_sum():
    found = kinds(MODELS["resnet20"].make((3, 32, 32), 10, stem="small").eval())
    assert found.count(WithActivation) == 10
    assert found.count(WithSum) == 7  # two shortcuts are thinned out and widened after the second convolution


@pytest.mark.parametrize("change", [lambda conv: conv.double(), lambda conv: conv.bfloat16()])
def test_other_types_stay_apart(change):
    assert WithActivation not in kinds(change(settled(conv_norm_act(2, 3, 4))))


def test_steps_stay_apart_where_they_are_computed_otherwise():
    x = torch.zeros(1)
    with torch.no_grad():
        assert runs_fused(x)
        with torch.autocast("cpu", torch.bfloat16):
            assert not runs_fused(x)
        assert not runs_fused(torch.zeros(1, device="meta"))
        torch.backends.mkldnn.enabled = False
        try:
            assert not runs_fused(x)
        finally:
            torch.backends.mkldnn.enabled = True
    assert not runs_fused(x)


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -3e38])
@pytest.mark.parametrize("activation", ["relu", nn.ReLU6])
def test_what_is_not_finite_goes_on_to_the_outputs(activation, value):
    """oneDNN's ReLU makes 0 of NaN, and nobody would be told of a row that holds it."""
    net = settled(nn.Sequential(*[conv_norm_act(2, 3, 3, activation=activation) for _ in range(3)]))
    x = rows(2)
    x[0, 0, 2, 2] = value
    with torch.no_grad():
        assert runs_fused(rows(2))
        assert not runs_fused(x)
        assert torch.equal(Frozen(net)(x).isfinite(), net(x).isfinite())


def test_nan_is_seen_in_the_outputs():
    net = settled(conv_norm_act(2, 3, 3))
    with torch.no_grad():
        assert Frozen(net)(torch.full_like(rows(2), torch.nan)).isnan().all()
