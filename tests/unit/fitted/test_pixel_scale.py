import numpy as np
import pytest
from torch import nn

from foveal.fitted.pixel_scale import warn_of_scale
from foveal.layers import Standardize


def net(scale):
    return nn.ModuleDict({"input": Standardize([0.5], [0.2], scale)})


def test_values_up_to_1_for_a_network_of_bytes():
    with pytest.warns(UserWarning, match="fit saw uint8 pixels up to 255, but X holds values up to 1"):
        warn_of_scale(np.full((1, 2), 0.5), net(255))


def test_bytes_for_a_network_of_values_up_to_1():
    with pytest.warns(UserWarning, match=r"X is uint8 up to 200, but fit saw values of about 1\.1 at most"):
        warn_of_scale(np.full((1, 2), 200, np.uint8), net(1))


def test_the_same_scale_is_not_told():
    warn_of_scale(np.full((1, 2), 200, np.uint8), net(255))
    warn_of_scale(np.full((1, 2), 0.5), net(1))
