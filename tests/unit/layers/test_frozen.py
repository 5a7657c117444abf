"""The folded network computes what the network computes, whatever its blocks are made of."""

import copy

import pytest
import torch
from torch import nn

from foveal.layers import ACTIVATIONS, BatchNorm, ConvBlock, DenseBlock, Dropout, Flatten, Standardize
from foveal.layers.frozen import Frozen

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
    for rows in (x, x[:1], x.clone(memory_format=torch.contiguous_format)):
        torch.testing.assert_close(frozen(rows), expected[: len(rows)].detach(), rtol=0, atol=near, check_stride=False)
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
    assert Frozen(own).steps == [own]


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
