"""Every body gives its maps, and their channels are known before anything runs."""

import pytest
import torch

from foveal.core.choices import BODIES
from foveal.core.errors import ParameterError
from foveal.models import MODELS
from foveal.models.bodies import channels_after, maps_of

QUICK = ("resnet18", "googlenet", "resnet20", "densenet40_k12", "mobilenet_v3_small", "convnext_tiny", "drn_c_26")


@pytest.mark.parametrize("name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.long) for n in BODIES])
def test_the_channels_of_its_maps_are_known_before_anything_runs(name):
    with torch.device("meta"):
        maps = maps_of(MODELS[name].make, (3, 64, 48), dilated=2).eval()
        assert channels_after(tuple(maps)) == maps(torch.zeros(1, 3, 64, 48)).shape[1]


@pytest.mark.parametrize(("name", "dilated", "left"), [
    ("resnet18", 0, 4), ("resnet18", 2, 16), ("resnet50", 2, 16), ("mobilenet_v3_large", 1, 8), ("drn_a_18", 2, 16),
    ("mobilenet_v3_large", 0, 4), ("densenet121", 2, 4),
])  # fmt: skip
def test_a_body_that_can_be_dilated_keeps_its_maps_large(name, dilated, left):
    with torch.device("meta"):
        maps = maps_of(MODELS[name].make, (3, 128, 128), stem="full", dilated=dilated).eval()
        assert maps(torch.zeros(1, 3, 128, 128)).shape[2:] == (left, left)


def test_a_network_without_a_mean_is_no_body():
    with pytest.raises(ParameterError, match="body must be a network whose maps end in a mean over them"):
        maps_of(MODELS["squeezenet1_0"].make, (3, 64, 64))
