"""Weights as direction and length, against their formula."""

import torch

from foveal.layers.normed_linear import NormedLinear, deviation_of, weights_kept


def test_the_weights_are_lengths_times_directions_and_follow_both():
    torch.manual_seed(0)
    layer = NormedLinear(5, 3, deviation=0.3)
    with torch.no_grad():
        layer.weight_g.mul_(2)
    directions = layer.weight_v / layer.weight_v.norm(dim=1, keepdim=True)
    x = torch.randn(4, 5)
    torch.testing.assert_close(layer(x), x @ (layer.weight_g * directions).T + layer.bias)


def test_what_is_kept_is_given_up_even_where_something_fails():
    layer = NormedLinear(5, 3, deviation=0.3)
    try:
        with weights_kept(layer):
            raise KeyError
    except KeyError:
        pass
    assert layer.kept is None


def test_the_deviation_grows_with_a_gate_and_shrinks_with_dropout():
    assert deviation_of(100) == 0.1
    assert deviation_of(100, gated=True) == 0.2
    assert deviation_of(100, rate=0.75) == 0.05
