"""Losses over a large vocabulary, against PyTorch's own, in one piece and in blocks."""

import pytest
import torch
from torch import nn

from foveal.train import token_losses as module
from foveal.train.token_losses import token_losses


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("block", [10**6, 50])
def test_losses_and_gradients_are_those_of_cross_entropy(smoothing, block, monkeypatch):
    monkeypatch.setattr(module, "BLOCK", block)
    torch.manual_seed(0)
    layer, x, y = nn.Linear(4, 11).double(), torch.randn(13, 4, dtype=torch.float64), torch.arange(13) % 11
    scale = torch.rand(13, dtype=torch.float64)

    def gradients(losses):
        return torch.autograd.grad((losses * scale).sum(), [x, layer.weight, layer.bias])

    x.requires_grad_()
    found = token_losses(x, layer, y, smoothing)
    own = nn.functional.cross_entropy(layer(x), y, reduction="none", label_smoothing=smoothing)
    torch.testing.assert_close(found[:, 0], own)
    torch.testing.assert_close(found[:, 1], nn.functional.cross_entropy(layer(x), y, reduction="none"))
    torch.testing.assert_close(found[:, 2], (layer(x).argmax(1) == y).double())
    for one, other in zip(gradients(found[:, 0]), gradients(own), strict=True):
        torch.testing.assert_close(one, other)


def test_no_places_have_no_losses():
    layer, x = nn.Linear(4, 11), torch.zeros(0, 4, requires_grad=True)
    found = token_losses(x, layer, torch.zeros(0, dtype=torch.long))
    assert found.shape == (0, 3)
    found.sum().backward()
    assert layer.weight.grad.abs().max() == 0
