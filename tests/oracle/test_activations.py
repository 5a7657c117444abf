"""Every activation of the table, and its slope, against its paper's formula."""

import numpy as np
import pytest
import torch
from torch import nn

from foveal import layers
from foveal.core import choices

from .activations import ACTIVATIONS, SLOPE_TOLERANCE
from .differences import close, tensor

POINTS = np.linspace(-8, 8, 1600)  # without -3, 0, 3 and 6, where some have no slope
FAR = np.array([-800.0, -50, -25, 25, 50, 800])


def test_every_name_has_a_definition():
    assert set(layers.ACTIVATIONS) == set(ACTIVATIONS) == set(choices.ACTIVATIONS)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_value_and_slope(name):
    f, slope = ACTIVATIONS[name]
    x = tensor(POINTS, grad=True)
    y = layers.make_activation(name)(x)
    y.sum().backward()
    close(y, f(POINTS), 1e-12)
    close(x.grad, slope(POINTS), SLOPE_TOLERANCE.get(name, 1e-12))


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_far_out(name):
    """No overflow far from zero. PyTorch's softplus is x itself from 20 on, where log(1 + e^-x) is below 2.1e-9."""
    x = tensor(FAR, grad=True)
    y = layers.make_activation(name)(x)
    y.sum().backward()
    close(y, ACTIVATIONS[name][0](FAR), 1e-10)
    assert torch.isfinite(x.grad).all()


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "relu6"])
def test_slope_at_the_kink_is_that_of_the_left(name):
    x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    layers.make_activation(name)(x).backward()
    assert x.grad.item() == ACTIVATIONS[name][1](np.zeros(1))[0]


def test_a_name_its_class_and_an_instance_are_one_function():
    x = tensor(POINTS)
    expected = ACTIVATIONS["elu"][0](POINTS)
    for activation in ("elu", nn.ELU, nn.ELU()):
        close(layers.make_activation(activation)(x), expected, 1e-12)
    close(layers.make_activation(nn.ELU(0.5))(x), np.where(POINTS > 0, expected, expected / 2), 1e-12)


def test_an_instance_is_copied_for_each_block():
    given = nn.PReLU()
    blocks = [layers.ConvBlock(2, 1, 1, activation=given), layers.DenseBlock(2, 2, activation=given)]
    assert len({id(given), *(id(block.act) for block in blocks)}) == 3
    assert len({id(given.weight), *(id(block.act.weight) for block in blocks)}) == 3
