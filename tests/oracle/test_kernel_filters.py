"""Filters that do not fit a core's cache, and so go through it in panels, against float64; maps smaller than a filter.

Nothing here decides (no kink, no maximum), so that every number can be compared. Bounds are those of `test_kernels`.
"""

import pytest
import torch
from torch import nn

from foveal.kernels.library import load
from foveal.layers import ConvBlock

from .kernel_errors import Errors
from .kernel_nets import seeded
from .kernel_runs import Step
from .test_kernels import DIRECT, WINOGRAD, compare

pytestmark = pytest.mark.skipif(load() is None, reason="there are no compiled kernels")

ROWS = 5


def step_of(net: nn.Module, shape: tuple[int, ...], seed: int) -> Step:
    rng = torch.Generator().manual_seed(seed)
    x = torch.randn(ROWS, *shape, generator=rng)
    with torch.no_grad():
        return Step(x, torch.randn(net(x).shape, generator=rng))


def check(net: nn.Module, shape: tuple[int, ...], bounds: dict[str, float]) -> None:
    compare(Errors("filters", bounds), net, [step_of(net, shape, 0), step_of(net, shape, 1)], inputs_too=True)


@pytest.mark.parametrize(
    ("channels", "outputs", "sizes", "options"),
    [
        (40, 40, (13, 13), {"filter_size": 5}),
        (40, 37, (13, 7), {"filter_size": (7, 5), "stride": 2}),
        (72, 72, (9, 10), {"dilation": 2}),
        (72, 65, (11, 5), {"dilation": (3, 1), "stride": (2, 1)}),
        (90, 80, (31,), {"filter_size": 7}),
        (8, 24, (3, 3), {"filter_size": 5, "dilation": 3}),  # columns of the filter that see nothing of the map
        (8, 24, (2, 9), {"filter_size": (7, 3), "dilation": (2, 1)}),
    ],
)
def test_panels_of_a_filter(channels, outputs, sizes, options):
    plain = {"batch_norm": False, "activation": "linear", **options}
    block = seeded(lambda: ConvBlock(len(sizes), channels, outputs, **plain), 0)
    check(nn.Sequential(block), (channels, *sizes), DIRECT)


@pytest.mark.parametrize("norm", [False, True])
def test_layers_before_a_large_filter_go_in_smaller_groups(norm):
    """Maps of 32x32 go two images at a time, those of 8x8 after them twelve at a time."""

    def made():
        blocks = [ConvBlock(2, a, b, batch_norm=norm, activation="linear") for a, b in [(3, 64), (64, 96), (96, 96)]]
        return nn.Sequential(blocks[0], nn.AvgPool2d(4), *blocks[1:])

    check(seeded(made, 0), (3, 32, 32), WINOGRAD)
