"""How far a network sees, and that windows which overlap by it are exact while a pixel less is not."""

import numpy as np
import pytest
import torch
from torch import nn

from foveal.fitted.in_windows import in_windows
from foveal.fitted.windows import Windows
from foveal.models import network_named
from foveal.models.receptive import sight

from .pixel_nets import image_of, kept, one_piece, plain, pooled
from .reach_by_nan import reach_of


@pytest.mark.parametrize(
    ("net", "reach"),
    [
        (nn.Conv2d(3, 2, 1), (0, 0)),
        (nn.Conv2d(3, 2, 3, padding=4, dilation=4), (4, 4)),
        (
            nn.Sequential(nn.Conv2d(3, 4, 7, padding=3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(3, 1, 1)).eval(),
            (4, 4),
        ),
        (nn.Conv2d(3, 2, (41, 3), padding=(20, 1)), (20, 1)),  # farther than the first image that is tried
        (nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.InstanceNorm2d(4)), None),
        (lambda x: torch.zeros_like(x), None),
    ],
)
def test_reach_by_hand(net, reach):
    assert reach_of(net, 2, 3) == reach


def test_where_a_network_pools_each_line_of_a_group_counts():
    """An output of the group 4 q ... 4 q + 3 sees from 4 q - 7 to 4 q + 10, as `pooled` has it: 10 from its ends."""
    assert reach_of(pooled(1), 1, 2, multiple=4) == (10,)


@pytest.mark.parametrize("ndim", [1, 2])
@pytest.mark.parametrize(("make", "multiple"), [(plain, 1), (pooled, 4)])
def test_windows_that_overlap_by_it_are_exact_and_by_a_multiple_less_are_not(ndim, make, multiple):
    net, image = make(ndim), image_of((*(120, 90)[:ndim], 2))
    (reach, *_) = reach_of(net, ndim, 2, multiple=multiple)
    enough = -(-2 * reach // multiple) * multiple
    apart = []
    for overlap, r in ((enough, reach), (2 * reach - multiple - 1, reach - (multiple + 1) // 2 - 1)):
        windows = Windows.of(ndim, window=48, overlap=overlap, reach=r, multiple=multiple)
        assert windows.exact
        found = in_windows(image, net, windows, batch=4, finish=kept)
        apart.append(np.abs(found - one_piece(net, image, windows)).max())
    assert apart[0] < 1e-5 < apart[1]


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("unet(depth=1, width=2)", (1, 32)),
        ("unet(depth=2, width=2)", (1, 32, 32)),
        ("unet(depth=1, width=2)", (1, 16, 16, 16)),
        ("fully_convolutional(body=resnet20)", (3, 32, 32)),
    ],
)
def test_what_is_followed_through_the_layers_is_what_a_network_sees(name, shape):
    net, ndim = network_named(name).make(shape, 2).eval(), len(shape) - 1
    seen = sight(net, ndim)
    assert seen is not None
    assert reach_of(net, ndim, shape[0], multiple=max(seen.multiple)) == seen.reach
