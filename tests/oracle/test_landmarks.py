"""Every landmark network of the stored numbers: one row each. The cheap rows run in `make test`, all in test-long."""

import pytest
import torch
from tests.oracle.landmarks.compare import TOLERANCE, differences, filled, golden
from torch.utils.flop_counter import FlopCounterMode

from foveal.models import MODELS

#: Stored name -> name in the catalogue, where it is another.
NAMES = {}
#: One row of each family in `make test`; the others are as quick to break, and take minutes together.
QUICK = ("resnet18",)
ROWS = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_32x8d",
        "resnext101_64x4d", "wide_resnet50_2", "wide_resnet101_2",
        "r3d_18", "mc3_18", "r2plus1d_18", "s3d")  # fmt: skip


def _rows():
    return [name if name in QUICK else pytest.param(name, marks=pytest.mark.long) for name in ROWS]


def _made(name, shape):
    network = MODELS[NAMES.get(name, name)]
    return network.make(shape, network.outputs, stem="full")


@pytest.mark.parametrize("name", _rows())
def test_names_shapes_logits_and_gradients_are_the_stored_ones(name):
    shape = tuple(golden()[name]["cases"]["main"]["input_shape"][1:])
    found = differences(name, filled(name, _made(name, shape)))
    assert max(found.values()) < TOLERANCE, {what: d for what, d in found.items() if d >= TOLERANCE}


@pytest.mark.parametrize("name", _rows())
def test_parameters_and_multiply_adds_are_the_published_ones(name):
    for size, wanted in golden()[name]["macs"].items():
        shape = tuple(map(int, size.split("x")))
        with torch.device("meta"):
            net = _made(name, shape).eval()
            x = torch.zeros(1, *shape)
        assert sum(p.numel() for p in net.parameters()) == golden()[name]["num_params"]
        with FlopCounterMode(display=False) as count:
            net(x)
        assert count.get_total_flops() == 2 * wanted
