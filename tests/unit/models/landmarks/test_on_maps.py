"""Heads on maps: any body and number of axes, answers of the input's size, and what cannot have a side head."""

import pytest
import torch

from foveal.core.choices import BODIES
from foveal.core.errors import ParameterError
from foveal.models import MODELS, network_named

QUICK = ("resnet18", "googlenet", "compact_resnet")


@pytest.mark.parametrize("body", [n if n in QUICK else pytest.param(n, marks=pytest.mark.long) for n in BODIES])
@pytest.mark.parametrize("name", ["fully_convolutional", "deeplabv3"])
def test_a_body_of_any_kind_and_an_odd_size(name, body):
    with torch.device("meta"):
        net = network_named(f"{name}(body={body})").make((2, 71, 50), 3).eval()
        assert net(torch.zeros(2, 2, 71, 50)).shape == (2, 3, 71, 50)


@pytest.mark.parametrize("text", ["deeplabv3(body=resnet18)", "lraspp(body=mobilenet_v3_small)"])
@pytest.mark.parametrize("size", [(40,), (9, 12, 10)])
def test_one_and_three_axes(text, size):
    with torch.device("meta"):
        net = network_named(text).make((2, *size), 3).eval()
        assert net(torch.zeros(2, 2, *size)).shape == (2, 3, *size)


def test_the_small_forms_fine_map_is_at_an_eighth():
    for name, channels in (("mobilenet_v3_large", 40), ("mobilenet_v3_small", 24)):
        net = network_named(f"lraspp(body={name})").make((3, 64, 64), 2, stem="full").eval()
        maps = net.backbone[: net.n_fine](torch.zeros(1, 3, 64, 64))
        assert maps.shape == (1, channels, 8, 8)


def test_a_side_head_needs_four_stages():
    with pytest.raises(ParameterError, match="aux=True is for bodies of four stages"):
        MODELS["deeplabv3"].make((3, 64, 64), 2, body="resnet20", aux=True)
