"""The figures that are kept are those that are counted."""

import pytest

from foveal.core.networks import figures
from foveal.models import MODELS
from foveal.models.counting import count

QUICK = ("plain", "resnet18")


def test_every_network_has_figures():
    assert list(figures()) == list(MODELS), "run: python docs/make_networks.py"


@pytest.mark.parametrize("name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.long) for n in MODELS])
def test_they_are_counted(name):
    assert count(name) == figures()[name], "run: python docs/make_networks.py"
