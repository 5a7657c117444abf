import pytest
import torch
from torch import nn

from foveal.core.errors import ParameterError
from foveal.explain.inside import feature_maps, filters, module_named

from .nets import linear, rows, same, small, state


def test_filters_are_a_copy_of_the_first_convolutions_or_of_a_named_ones():
    net = small()
    found = filters(net)
    assert torch.equal(found, net[0].weight)
    found.zero_()
    assert net[0].weight.abs().sum() > 0
    assert torch.equal(filters(net, "5"), net[5].weight)
    assert torch.equal(filters(nn.Sequential(net), "0"), net[0].weight)  # the first one in a block


def test_what_has_no_filters_is_told():
    with pytest.raises(ParameterError, match="layer='9' has no filters: it is no convolution"):
        filters(small(), "9")
    with pytest.raises(ParameterError, match="none of its layers is a convolution"):
        filters(linear())


def test_feature_maps_are_what_the_layer_gives_in_inference():
    net, x = small(), rows()
    before = state(net)
    found = feature_maps(net, x, "2")
    assert same(before, state(net))
    net.eval()
    assert torch.equal(found, net[2](net[1](net[0](x))))


def test_a_layer_that_does_not_run_is_told():
    class Idle(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.idle = nn.Flatten(), nn.ReLU()

        def forward(self, x):
            return self.used(x)

    with pytest.raises(ParameterError, match="layer='idle' has not run"):
        feature_maps(Idle(), rows(), "idle")
    with pytest.raises(ParameterError, match="layer must be one of the network's, got another ReLU"):
        module_named(small(), nn.ReLU())
