"""Batch norm in filters: as it was when it was last folded, and in what is sized as it was."""

import pytest
import torch
from torch import nn

from foveal.layers import BatchNorm
from foveal.layers.folding import Folded, Folding, may_fold


def pair(n_in=3, n_out=4, ndim=2, **options):
    conv = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}[ndim](n_in, n_out, 3, **options)
    norm = BatchNorm(n_out).eval()
    with torch.no_grad():
        for tensor in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
            tensor.copy_(torch.rand(n_out) + 0.5)
    return conv, norm


def folding(*pairs):
    layers = [Folded(*pair) for pair in pairs]
    return layers, Folding(layers)


def check(layers, pairs):
    for layer, (conv, norm) in zip(layers, pairs, strict=True):
        x = torch.rand(2, conv.in_channels, *[5] * (conv.weight.ndim - 2), dtype=conv.weight.dtype)
        with torch.no_grad():
            found = conv._conv_forward(x, layer.weight, layer.bias)
            torch.testing.assert_close(found, norm(conv(x)), rtol=1e-5, atol=1e-5)


def test_layers_of_all_sizes_and_kinds_fold_together():
    torch.manual_seed(0)
    pairs = [pair(), pair(4, 7, bias=False), pair(2, 3, ndim=1), pair(2, 3, ndim=3), tuple(m.double() for m in pair())]
    layers, _ = folding(*pairs)
    check(layers, pairs)


def test_what_is_changed_in_place_is_folded_anew():
    torch.manual_seed(0)
    pairs = [pair(), pair(4, 5)]
    layers, made = folding(*pairs)
    places = [layer.weight.data_ptr() for layer in layers]
    for conv, norm in pairs:
        conv.weight.data.mul_(2)
        conv.bias.detach().numpy()[...] = 3
        norm.running_var.fill_(0.3)
        norm.bias.data[0] = 7
        assert made.fold()
        check(layers, pairs)
    assert [layer.weight.data_ptr() for layer in layers] == places


@pytest.mark.parametrize(
    "change",
    [
        lambda conv, norm: setattr(conv.weight, "data", conv.weight.data.double()),
        lambda conv, norm: setattr(conv.weight, "data", conv.weight.data[:, :2]),
        lambda conv, norm: setattr(conv.weight, "data", conv.weight.data.to(memory_format=torch.channels_last)),
        lambda conv, norm: setattr(conv.bias, "data", conv.bias.data.double()),
        lambda conv, norm: setattr(norm.running_mean, "data", norm.running_mean.data[:2]),
        lambda conv, norm: setattr(norm.weight, "data", norm.weight.data.half()),
    ],
)
def test_tensors_of_another_sort_are_not_folded(change):
    conv, norm = pair()
    _, made = folding((conv, norm))
    assert made.fold()
    change(conv, norm)
    assert not made.fold()


def test_filters_made_in_inference_mode_are_written_out_of_it():
    with torch.inference_mode():
        layers, made = folding(pair())
    assert made.fold()
    assert not layers[0].weight.is_inference()


def test_who_may_fold():
    conv, norm = pair()
    assert may_fold(conv, norm)
    assert not may_fold(norm, conv)
    assert not may_fold(conv, nn.BatchNorm2d(4))
    assert not may_fold(nn.Conv2d(3, 4, 3, padding_mode="circular"), norm)
    assert not may_fold(conv, BatchNorm(5))
    norm.running_var = None
    assert not may_fold(conv, norm)
