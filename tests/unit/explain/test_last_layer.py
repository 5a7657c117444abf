import pytest
import torch
from torch import nn

from foveal.core.errors import ParameterError
from foveal.explain.last_layer import last_layer, layer_named
from foveal.explain.opened import opened
from foveal.explain.running import undisturbed
from foveal.models import MODELS, PlainStack

from .nets import Words, linear, rows, sentences, small


def found(net, x, layer=None):
    with undisturbed(net):
        at = opened(net, x)
        return last_layer(net, at) if layer is None else layer_named(net, at, layer)


def test_of_the_plain_stack_it_is_the_last_block():
    assert found(PlainStack((1, 28, 28), 10), rows(1, side=28)).name == "conv2"


def test_of_a_row_of_layers_it_is_the_last_before_the_mean():
    assert found(small(), rows()).name == "6"


@pytest.mark.parametrize(
    ("name", "shape", "layer"),
    [
        ("resnet18", (3, 32, 32), "layer4"),
        ("squeezenet1_1", (3, 64, 64), "classifier.2"),  # its class maps, as in Zhou et al. 2016
        ("unet", (1, 32, 32), "merge1"),
        ("fcn", (2, 40), "relu3"),
        ("convnext_tiny", (3, 64, 64), "features"),  # its blocks turn channels last, and back
    ],
)
def test_of_networks_of_the_catalogue(name, shape, layer):
    net = MODELS[name].make(shape, 3)
    assert found(net, torch.rand((1, *shape), generator=torch.Generator().manual_seed(0))).name.startswith(layer)


def test_one_of_several_branches_is_none():
    assert found(Words(), sentences()).name == "embedding"


def test_a_map_that_a_shortcut_goes_around_is_none():
    class Around(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Conv2d(1, 2, 3, padding=1), nn.Conv2d(2, 2, 3, padding=1)
            self.head = nn.Linear(2, 2)

        def forward(self, x):
            x = self.first(x)
            return self.head((x + self.second(x)).mean((2, 3)))

    assert found(Around(), rows()).name == "first"


def test_frames_that_are_answered_one_by_one_have_a_layer_of_their_own():
    net = MODELS["frames"].make((3, 2, 32, 32), 3)
    assert (
        found(net, torch.rand(1, 3, 2, 32, 32, generator=torch.Generator().manual_seed(0))).name == "frames.body.maps"
    )


def test_a_network_without_places_is_told():
    with pytest.raises(ParameterError, match="no layer with places that all goes through; use method='occlusion'"):
        found(linear(), rows(channels=2, side=3))


def test_a_layer_is_named_with_or_without_its_body():
    net = nn.Sequential()
    net.add_module("body", small())
    assert found(net, rows(), "0").name == found(net, rows(), "body.0").name == "body.0"
    assert found(net, rows(), net.body[5]).name == "body.5"


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("conv", "layer must be one of the network's, such as '9', got 'conv'"),
        ("9", r"layer='9' gives \(1, 2\), a map without places; name one before it"),
        ("7", r"layer='7' gives \(1, 6, 1, 1\), a map without places"),
    ],
)
def test_layers_that_do_not_do_are_told(layer, message):
    with pytest.raises(ParameterError, match=message):
        found(small(), rows(), layer)
