"""Which rows of layers are faster on kernels follows from their shapes and the rows of a batch."""

import pytest
from torch import nn

from foveal.kernels.library import load
from foveal.kernels.recognise import read
from foveal.kernels.worth import is_worth_it

pytestmark = pytest.mark.skipif(load() is None, reason="there are no compiled kernels")


def body(channels, *filters):
    return [nn.Conv2d(channels, channels, n, padding=n // 2) for n in filters]


@pytest.mark.parametrize(
    ("modules", "size", "rows", "worth"),
    [
        (body(16, 3, 3), 32, 128, True),
        (body(64, 3), 32, 128, False),  # one alone: copies at both ends
        (body(64, 1, 1), 32, 128, False),  # matrix products
        (body(64, 1, 3, 1), 32, 128, True),
        (body(128, 3, 3), 8, 16, True),  # 1024 places for 147,456 values
        (body(128, 3, 3), 8, 15, False),
        (body(512, 3, 3), 8, 63, False),  # 4032 places
        (body(512, 3, 3), 8, 64, True),
        ([*body(8, 3, 3), nn.Conv2d(8, 2048, 1)], 4, 1, False),  # one of them loses: 16 places for 16,384 values
    ],
)
def test_places_pay_for_filters(modules, size, rows, worth):
    found = read(modules, (modules[0].in_channels, size, size))
    assert not found.rest
    assert is_worth_it(found.blocks, rows) is worth


def test_dense_layers_do_not_count():
    found = read([nn.Conv2d(1, 8, 3), nn.Flatten(), nn.Linear(8 * 36, 9)], (1, 8, 8))
    assert [block.plan.dense for block in found.blocks] == [0, 1]
    assert not is_worth_it(found.blocks, 100)
