import sys

import pytest
import torch
from torch import nn

from foveal.core.errors import ParameterError, ResourceError
from foveal.explain.gradients import integrated_gradients, saliency
from foveal.layers import Standardize

from .nets import Words, linear, rows, sentences, small


def test_the_saliency_of_a_linear_network_is_its_largest_weight_over_the_channels():
    net = linear()
    weight = net[1].weight.view(4, 2, 3, 3)
    found = saliency(net, rows(channels=2, side=3), [0, 3, 2])
    assert torch.allclose(found, weight[[0, 3, 2]].abs().amax(1))


def test_integrated_gradients_of_a_linear_network_are_weight_times_difference():
    net, x = linear(), rows(channels=2, side=3)
    weight = net[1].weight.view(4, 2, 3, 3)
    found = integrated_gradients(net, x, 1, baseline=0.5)
    assert torch.allclose(found, ((x - 0.5) * weight[1]).sum(1), atol=1e-6)


def test_integrated_gradients_add_up_to_what_the_score_gains():
    net, x = small(), rows()
    net.eval()
    gained = net(x)[:, 1] - net(torch.zeros_like(x))[:, 1]
    assert torch.allclose(integrated_gradients(net, x, 1, steps=400).sum((1, 2)), gained, atol=2e-3)


def test_the_mean_of_the_training_says_nothing():
    net = nn.Sequential()
    net.input = Standardize([0.5], [0.25], scale=255)
    net.body = small()
    x = torch.full((1, 1, 8, 8), 127.5)
    assert float(integrated_gradients(net, x).abs().max()) < 1e-6


def test_rows_explained_together_are_explained_as_alone():
    net, x = small(), rows(5)
    for method in (saliency, integrated_gradients):
        alone = torch.cat([method(net, x[i : i + 1], 1) for i in range(5)])
        assert torch.allclose(method(net, x, 1), alone, atol=1e-6)
    assert torch.allclose(integrated_gradients(net, x, 1, at_once=3), integrated_gradients(net, x, 1), atol=1e-6)


def test_of_tokens_integrated_gradients_add_up_too():
    net = Words().eval()
    tokens, mask = sentences()
    nothing = torch.zeros_like(tokens)  # whose vector is 0
    gained = net(tokens, mask)[:, 1] - net(nothing, mask)[:, 1]
    assert torch.allclose(integrated_gradients(net, (tokens, mask), 1, steps=400).sum(1), gained, atol=2e-3)


def test_places_that_are_not_there_say_nothing():
    tokens, mask = sentences()
    mask[:, 4:] = False
    for method in (saliency, integrated_gradients):
        assert torch.equal(method(Words(), (tokens, mask), 1)[:, 4:], torch.zeros(3, 3))


@pytest.mark.parametrize("steps", [0, 1.5, "many"])
def test_steps_are_a_number(steps):
    with pytest.raises(ParameterError, match="steps must be an integer of at least 1"):
        integrated_gradients(small(), rows(), steps=steps)


def test_a_baseline_of_tokens_is_refused():
    with pytest.raises(ParameterError, match="of tokens it is a vector of 0, leave it out"):
        integrated_gradients(Words(), sentences(), baseline=1)


def test_without_captum_the_way_to_install_it_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "captum", None)
    with pytest.raises(ResourceError, match=r'this explanation needs Captum: pip install "foveal\[explain\]"'):
        saliency(small(), rows())
