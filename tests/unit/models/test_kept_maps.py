"""Feature maps that the gradients need, counted by hand."""

import gc
import weakref

import torch
from torch import nn

from foveal.layers import ConvBlock, Flatten
from foveal.models import PlainStack
from foveal.models.kept_maps import kept_for_backward


def test_a_conv_block_keeps_input_maps_normed_maps_window_places_and_outputs():
    net = nn.Sequential(ConvBlock(2, 3, 8, pool_size=2), Flatten(), nn.Linear(8 * 4 * 4, 2))
    row, fixed = kept_for_backward(net, (3, 8, 8))
    maps, pooled = 8 * 8 * 8, 8 * 4 * 4
    assert row == 4 * (3 * 8 * 8 + maps + maps + pooled) + 8 * pooled  # a window's place is an int64
    assert 0 <= fixed <= 4 * 8 * 4  # the batch's mean and deviation at most


def test_weights_made_anew_do_not_count_for_each_row():
    net = nn.Sequential(nn.Linear(10, 1000), nn.utils.parametrizations.weight_norm(nn.Linear(1000, 50)))
    row, fixed = kept_for_backward(net, (10,))
    assert row == 4 * (10 + 1000)
    assert fixed >= 4 * 1000 * 50


def test_frozen_layers_keep_nothing():
    net = nn.Sequential(nn.Linear(10, 10).requires_grad_(False), nn.ReLU(), nn.Linear(10, 1))
    assert kept_for_backward(net, (10,))[0] == 4 * 10


def test_the_network_is_left_as_it_was():
    net = PlainStack((1, 8, 8), 3).train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    kept_for_backward(net, (1, 8, 8))
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert all(m.training for m in net.modules())
    assert all(w.grad is None for w in net.parameters())


def test_lower_precision_keeps_less():
    net = nn.Sequential(nn.Linear(64, 64, bias=False), nn.Linear(64, 64, bias=False))
    assert kept_for_backward(net, (64,), torch.bfloat16)[0] < kept_for_backward(net, (64,))[0]


def test_the_network_is_freed_afterwards():
    """A tensor that autograd is handed back with its graph holds itself, and through it every weight."""
    net = nn.Sequential(nn.Linear(10, 10), nn.ReLU(), nn.Linear(10, 1))
    kept_for_backward(net, (10,))
    weights = [weakref.ref(p) for p in net.parameters()]
    del net
    gc.collect()
    assert [ref() for ref in weights] == [None] * 4
