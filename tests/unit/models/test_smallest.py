import pytest
import torch
from torch import nn

from foveal.core.errors import ParameterError
from foveal.models.smallest import check_large_enough, smallest_input


def made(shape):
    return nn.Sequential(nn.Conv2d(shape[0], 1, 5), nn.MaxPool2d(4))


def test_what_would_do_is_named_axis_by_axis():
    with torch.device("meta"):
        net = made((3, 30, 6))
    with pytest.raises(ParameterError) as caught:
        check_large_enough("it", made, net, (3, 30, 6))
    assert str(caught.value).startswith("net='it' needs at least 30 x 8 pixels on the spatial axes, got 30 x 6; use l")
    check_large_enough("it", made, net, (3, 30, 8))


def test_where_no_size_will_do_it_says_so():
    never = lambda shape: nn.Linear(7, 1)  # noqa: E731
    assert smallest_input(never, (1, 2, 2)) is None
    with pytest.raises(ParameterError, match="needs no size up to 1024"):
        check_large_enough("it", never, nn.Linear(7, 1, device="meta"), (1, 2, 2))
