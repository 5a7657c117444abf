"""The receptive field is what a gradient reaches: of every network with one axis, and of joins of layers."""

import pytest
import torch
from torch import nn

from foveal.layers import Appended, BatchNorm, Branches, ConvBlock, Residual, SqueezeExcite, convolution
from foveal.layers.conv_block import POOL
from foveal.models import MODELS, network_named
from foveal.models.landmarks.unet import unet
from foveal.models.receptive import CONV, receptive_field, receptive_fields

QUICK = ("resnet18", "resnext50_32x4d")
NETS = [
    name if name in QUICK else pytest.param(name, marks=pytest.mark.long)
    for name, network in MODELS.items()
    if 1 in network.axes and name != "plain" and not network.each_place
]
#: Inputs: more than any field that is tried here; wider fields are cut to a smaller network's.
WIDEST = 4000


def made_linear(net):
    """Take out what may hide an input: activations become the identity, maxima means; what is left sums paths."""
    for module in list(net.modules()):
        for name, child in list(module.named_children()):
            if type(child).__module__ == nn.ReLU.__module__:
                setattr(module, name, nn.Identity())
            elif isinstance(child, tuple(POOL["max"].values())):
                args = child.kernel_size, child.stride, child.padding
                setattr(module, name, nn.AvgPool1d(*args, ceil_mode=child.ceil_mode, count_include_pad=True))
    for parameter in net.parameters():
        nn.init.uniform_(parameter, 0.5, 1.5, generator=torch.Generator().manual_seed(parameter.numel()))
    return net.double().eval()


def reached(net, layer, shape):
    """Give how many inputs the output of a layer, in the middle of its map, depends on."""
    kept = []
    hook = layer.register_forward_hook(lambda module, x, out: kept.append(out))
    x = torch.zeros(1, *shape, dtype=torch.float64, requires_grad=True)
    net(x)
    hook.remove()
    (out,) = kept
    out[0, :, out.shape[2] // 2].sum().backward()
    places = x.grad[0].abs().sum(0).nonzero()
    return int(places.max() - places.min()) + 1


@pytest.mark.parametrize("name", NETS)
def test_of_a_network_it_is_what_a_gradient_reaches(name):
    net = made_linear(MODELS[name].make((1, WIDEST), 2, stem="full"))
    fields = receptive_fields(net, 1)
    within = {m: f for m, f in fields.items() if isinstance(m, CONV) and isinstance(f, tuple) and f[0] < WIDEST // 2}
    layer, field = max(within.items(), key=lambda pair: pair[1])
    assert field == (reached(net, layer, (1, WIDEST)),)


def _widest(net, shape, places):
    """Give how many inputs the place of an answer depends on that depends on most, of some places."""
    found = []
    for place in places:
        x = torch.zeros(1, *shape, dtype=torch.float64, requires_grad=True)
        net(x)[0, :, place].sum().backward()
        seen = x.grad[0].abs().sum(0).nonzero()
        found.append(int(seen.max() - seen.min()) + 1)
    return max(found)


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("paper", [False, True])
def test_of_a_place_of_a_u_net(depth, paper):
    size = {1: 20, 2: 44, 3: 92}[depth] + 2**depth * 10  # halved without rest by the paper's form
    net = made_linear(unet((1, size), 2, depth=depth, width=2, paper=paper))
    middle = size // 2 - {1: 8, 2: 20, 3: 44}[depth] if paper else size // 2
    found = _widest(net, (1, size), range(middle, middle + 2**depth))
    assert receptive_field(net, 1) == (found,)


@pytest.mark.parametrize("body", ["resnet20", pytest.param("resnet18", marks=pytest.mark.long)])
def test_of_a_place_of_a_fully_convolutional_network(body):
    net = made_linear(network_named(f"fully_convolutional(body={body})").make((1, 1024), 2, stem="full"))
    assert receptive_field(net, 1) == (_widest(net, (1, 1024), range(512, 520)),)


def test_of_a_place_that_sees_the_mean_of_the_map():
    for text in ("deeplabv3(body=resnet18)", "lraspp"):
        with torch.device("meta"):
            assert receptive_field(network_named(text).make((1, 64, 64), 2).eval(), 2) == "all"


@pytest.mark.parametrize(
    ("block", "field"),
    [
        (Residual({"a": convolution(1, 2, 2), "b": convolution(1, 2, 2)}), 5),
        (Residual({"a": convolution(1, 2, 2, 1)}, convolution(1, 2, 2, 7), activation="relu"), 7),
        (Residual({"n": BatchNorm(2), "a": convolution(1, 2, 2)}, convolution(1, 2, 2, 1), after=1), 3),
        (Branches({"a": convolution(1, 2, 2), "b": convolution(1, 2, 1, 5, dilation=2)}), 9),
        (Branches({"a": convolution(1, 2, 2), "b": nn.Conv1d(2, 2, 2, padding=1), "c": nn.Identity()},
                  (("a", (("b",), ("b",))), )), 4),
        (Appended({"a": convolution(1, 2, 2), "b": convolution(1, 2, 2, 5)}), 7),
        (ConvBlock(1, 2, 2, filter_size=4, dilation=3, pool_size=2), 11),
        (SqueezeExcite(1, 2, 1), "all"),
        (nn.Sequential(convolution(1, 2, 2), nn.AdaptiveAvgPool1d(1), nn.Conv1d(2, 2, 1)), "all"),
        (nn.Sequential(convolution(1, 2, 2), nn.Flatten(), nn.Linear(40, 2)), "all"),
    ],
)  # fmt: skip
def test_of_a_block(block, field):
    net = nn.Sequential(block, nn.Identity())
    last = receptive_fields(net, 1)[net[1]]
    assert last == (field if field == "all" else (field,))
    if field != "all":
        linear = made_linear(net)
        assert field == reached(linear, linear[1], (2, 60))


def test_rows_of_unlike_strides_are_not_known():
    net = nn.Sequential(Residual({"a": convolution(1, 2, 2, stride=2)}), nn.Identity())
    assert net[1] not in receptive_fields(net, 1)


def test_a_layer_of_the_users_says_what_it_does():
    class Keeps(nn.Module):
        pixelwise = True

    class Window(nn.Module):
        kernel_size, stride, padding = 3, 2, 0

    net = nn.Sequential(Keeps(), Window(), convolution(1, 1, 1), nn.Fold((1,), (1,)))
    assert list(receptive_fields(net, 1).values()) == [(1,), (3,), (7,)]
