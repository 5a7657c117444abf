"""The folded network computes what the network computes, whatever its blocks are made of."""

import copy
from collections import OrderedDict
from functools import partial
from itertools import product

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from foveal.layers import (
    ACTIVATIONS,
    Appended,
    BatchNorm,
    Branches,
    ConvBlock,
    DenseBlock,
    Dropout,
    Flatten,
    Residual,
    SkipSum,
    SqueezeExcite,
    Standardize,
    StochasticDepth,
    conv_norm_act,
    convolution,
)
from foveal.layers.frozen import Frozen
from foveal.layers.wiring import wiring_of
from foveal.models import MODELS
from foveal.models.landmarks.resnet import resnet

SIZES = {1: (9,), 2: (7, 8), 3: (4, 5, 6)}


def draw(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def settled(net):
    """Give weights and running statistics values as of a trained network: gamma of both signs, and one of zero."""
    with torch.no_grad():
        for i, (name, value) in enumerate([*net.named_parameters(), *net.named_buffers()]):
            if name.endswith("running_var"):
                value.copy_(draw(*value.shape, seed=i).abs() + 1e-3)
            elif value.is_floating_point() and value.ndim:
                value.copy_(draw(*value.shape, seed=i) * (0.3 if value.ndim > 1 else 1))
        for module in net.modules():
            if isinstance(module, BatchNorm):
                module.weight[0] = 0
    return net.eval()


def check(net, x, *, steps=None):
    """Compare in float64 to 1e-12, and in float32, rows one by one and together, to 1e-5 of the largest output."""
    given, frozen = x.clone(), Frozen(net, torch.float64)
    torch.testing.assert_close(frozen(x.double()), copy.deepcopy(net).double()(x.double()), rtol=0, atol=1e-12)
    frozen, expected = Frozen(net), net(x)
    near = 1e-5 * max(1.0, float(expected.detach().abs().max()))
    for rows, grad in product((x, x[:1], x.clone(memory_format=torch.contiguous_format)), (True, False)):
        with torch.set_grad_enabled(grad):  # without gradients, steps are fused
            found = frozen(rows)
        torch.testing.assert_close(found, expected[: len(rows)].detach(), rtol=0, atol=near, check_stride=False)
    assert torch.equal(x, given)
    if steps is not None:
        assert len(frozen.steps) == steps


def rows(ndim, channels=3, count=4):
    return draw(count, *SIZES[ndim], channels, seed=99).movedim(-1, 1)  # as the store gives them


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"padding": "valid"},
        {"filter_size": 2},  # zeros on one side only: a layer of their own
        {"filter_size": 1},
        {"stride": 2},
        {"dilation": 2, "stride": 3},
        {"pool_size": 2},
        {"pool_size": 2, "pool_mode": "avg"},
        {"pool_size": 3, "pool_stride": 1, "pool_mode": "max", "activation": "gelu"},
    ],
    ids=str,
)
def test_a_convolution_block(ndim, batch_norm, options):
    net = settled(ConvBlock(ndim, 3, 5, batch_norm=batch_norm, **options))
    check(net, rows(ndim), steps=len(net) - batch_norm)


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("activation", [*ACTIVATIONS, nn.PReLU])
def test_every_activation_after_either_block(activation, batch_norm):
    net = nn.Sequential(
        ConvBlock(2, 3, 5, batch_norm=batch_norm, activation=activation, pool_size=2),
        Flatten(),
        DenseBlock(5 * 3 * 4, 6, batch_norm=batch_norm, activation=activation),
        nn.Linear(6, 2),
    )
    check(settled(net), rows(2))


def test_a_whole_stack_is_as_short_as_can_be():
    net = nn.Sequential(Standardize([3.0] * 3, [0.5] * 3), ConvBlock(2, 3, 5), Flatten(), DenseBlock(280, 4))
    check(settled(net), rows(2), steps=7)  # standardize, conv, relu, flatten, dense, norm, relu


def test_batch_norm_that_nothing_folds_into_stays():
    net = settled(nn.Sequential(BatchNorm(3), nn.ReLU(), BatchNorm(3), nn.Conv2d(3, 2, 1), nn.Tanh(), BatchNorm(2)))
    check(net, rows(2), steps=6)


def test_nothing_is_written_into_the_input():
    net = nn.Sequential(nn.Identity(), Flatten(), nn.ReLU(), Dropout(0.5), nn.ReLU())
    x = rows(2)
    given = x.clone()
    assert torch.equal(Frozen(net)(x), x.movedim(1, -1).flatten(1).clamp(min=0))
    assert torch.equal(x, given)


def test_a_module_that_runs_twice_runs_twice():
    act = nn.ReLU()
    check(settled(nn.Sequential(nn.Conv2d(3, 4, 1), act, nn.Conv2d(4, 4, 1), act)), rows(2), steps=4)


class Doubled(nn.Sequential):
    def forward(self, x):
        return 2 * super().forward(x)


def test_what_is_not_known_is_called_as_it_stands():
    own = Doubled(ConvBlock(2, 5, 5))
    check(settled(nn.Sequential(ConvBlock(2, 3, 5), own, nn.Conv2d(5, 2, 3, padding_mode="circular"))), rows(2))
    assert [step.call for step in Frozen(own).steps] == [own]


def test_a_string_as_padding_of_a_users_convolution():
    check(settled(nn.Sequential(nn.Conv2d(3, 2, 3, padding="same"), BatchNorm(2))), rows(2), steps=1)


@pytest.mark.parametrize("where", ["conv", "norm", "act", ""])
def test_hooks_are_run_and_see_what_the_network_shows_them(where):
    net = settled(ConvBlock(2, 3, 5))
    seen = []
    net.get_submodule(where).register_forward_hook(lambda module, inputs, out: seen.append(out))
    with torch.no_grad():
        net(rows(2))
        Frozen(net)(rows(2))
    torch.testing.assert_close(seen[1], seen[0], rtol=0, atol=1e-5, check_stride=False)


def test_weights_that_are_not_folded_are_the_networks_own():
    net = nn.Sequential(ConvBlock(2, 3, 5, batch_norm=False, activation="linear"), Flatten(), nn.Linear(280, 2))
    frozen, before = Frozen(net), Frozen(net)(rows(2))
    net[2].weight.data.mul_(2)
    net[2].bias.data.mul_(2)
    torch.testing.assert_close(frozen(rows(2)), 2 * before)


def residual(channels, **options):
    row = OrderedDict(conv=convolution(2, channels, channels), norm=BatchNorm(channels), act=nn.ReLU())
    row |= {"conv2": convolution(2, channels, channels), "norm2": BatchNorm(channels)}
    return Residual(row, **options)


def before_activation(n_in, n_out):
    """The pre-activation form: the shortcut reads what the norm and its activation give."""
    row = OrderedDict(norm=BatchNorm(n_in), act=nn.ReLU(), conv=convolution(2, n_in, n_out), norm2=BatchNorm(n_out))
    row |= {"act2": nn.ReLU(), "conv2": convolution(2, n_out, n_out)}
    return Residual(row, convolution(2, n_in, n_out, 1), after=2)


GRAPHS = {
    "identity": (lambda: residual(3, activation="relu"), 5),  # two convolutions, ReLU between, sum and ReLU
    "projection": (lambda: residual(3, shortcut=conv_norm_act(2, 3, 3, 1, activation=None), activation="relu"), 6),
    "no activation after the sum": (lambda: residual(3), 4),
    "layer scale": (lambda: residual(3, layer_scale=torch.full((3, 1, 1), 0.5)), 4),
    "pre-activation": (lambda: before_activation(3, 5), 7),
    "squeeze and excitation": (lambda: SqueezeExcite(2, 3, 2), 6),
    "branches that part again": (
        lambda: Branches(
            {name: conv_norm_act(2, 3, 3) for name in "abc"} | {"d": nn.Identity()}, (("a", (("b",), ("c",))), ("d",))
        ),
        8,
    ),
    "appended": (lambda: Appended({"conv": conv_norm_act(2, 3, 2)}), 3),
    "stochastic depth": (
        lambda: Residual({"act": nn.ReLU(), "conv": convolution(2, 3, 3), "drop": StochasticDepth(0.5)}),
        3,
    ),
    "a view before the sum": (lambda: Residual({"view": nn.Identity(), "same": nn.Flatten(2, 3)}, nn.Flatten(2, 3)), 3),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_rows_side_by_side(name):
    torch.manual_seed(0)
    made, steps = GRAPHS[name]
    make = nn.Sequential(made(), nn.ReLU())
    check(settled(make), rows(2), steps=steps + 1)


def twenty_layers(input_shape, n_outputs, stem):
    """Three stages of three blocks, as the paper's network for 32 pixels, without projections."""
    blocks = [residual(8, activation="relu") for _ in range(9)]
    return nn.Sequential(conv_norm_act(2, 3, 8), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4))


NETS = {
    "resnet18": MODELS["resnet18"].make,
    "resnext": partial(resnet, block="bottleneck", depths=(1, 1, 1, 1), groups=32, group_width=4),
    "twenty layers": twenty_layers,
}


@pytest.mark.parametrize("name", NETS)
def test_a_network_of_the_catalogue(name):
    torch.manual_seed(0)
    net = NETS[name]((3, 8, 8), 4, stem="small")
    with torch.no_grad():
        net(rows(2, count=16))  # running statistics of some size
    net.eval()
    check(net, rows(2))
    assert F.batch_norm not in [getattr(step.call, "func", None) for step in Frozen(net).steps]


def test_a_hook_on_a_block_keeps_the_block():
    net, seen = settled(nn.Sequential(residual(3), nn.ReLU())), []
    net[0].register_forward_hook(lambda module, inputs, out: seen.append(out))
    check(net, rows(2), steps=2)
    assert len(seen) > 1


class Halved(Residual):
    def forward(self, input):
        return super().forward(input) / 2


def test_a_subclass_with_a_forward_of_its_own_is_called_as_it_stands():
    net = settled(Halved(OrderedDict(conv=nn.Conv2d(3, 3, 1), norm=BatchNorm(3))))
    assert wiring_of(net) is None
    check(net, rows(2), steps=1)


def same_layers(n):
    return [convolution(1, 4, 4) for _ in range(n)]


@pytest.mark.parametrize(
    "block",
    [
        Branches({"r": Residual({"d": Dropout(0.5)}, convolution(1, 4, 4)), "b": convolution(1, 4, 4)}),
        Residual({"r": Residual({"d": Dropout(0.5)}, convolution(1, 4, 4)), "c": convolution(1, 4, 4)}),
        Branches({"s": SkipSum(*(same_layers(n) for n in (3, 3, 2))), "b": convolution(1, 4, 4)}),
        Branches({"a": nn.Sequential(nn.Identity()), "b": convolution(1, 4, 4)}),
    ],
)
def test_a_sum_is_not_written_over_what_another_row_reads(block):
    net = nn.Sequential(convolution(1, 2, 4), block).double().eval()
    x = torch.randn(3, 2, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(Frozen(net)(x), net(x), rtol=0, atol=1e-12)
