"""A network's sizes in its name: read, held against rules, and refused in one line."""

import pytest

from foveal.core.errors import ParameterError
from foveal.core.net_names import SIZES, names_a_net, read_net
from foveal.models import MODELS
from foveal.models.of_tokens import TOKEN_MODELS


def test_sizes_that_are_not_said_are_as_usual():
    assert read_net("unet(width=16, depth=3)") == read_net(" unet( depth=3,width=16 )")
    assert read_net("unet") == ("unet", {"depth": 4, "width": 64})
    assert read_net("deeplabv3(body=resnet18)") == ("deeplabv3", {"body": "resnet18"})
    assert read_net("frames(head=gated)") == ("frames", {"body": "resnet18", "head": "gated"})


def test_the_catalogue_has_the_same_sizes():
    assert {name: network.sizes for name, network in (MODELS | TOKEN_MODELS).items() if network.sizes} == SIZES


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("unet(deph=3)", "net='unet(deph=3)' says deph, but unet takes depth and width; did you mean 'depth'?"),
        ("unet(depth=0)", "depth of net='unet' must be an integer from 1 to 8, got 0"),
        ("unet(depth=2.5)", "depth of net='unet' must be an integer from 1 to 8, got 2.5"),
        ("unet(depth=three)", "depth of net='unet' must be an integer from 1 to 8, got 'three'"),
        ("unet(width=1e400)", "width of net='unet' must be an integer from 1 to 1024, got inf"),
        ("unet(width=1000000)", "width of net='unet' must be an integer from 1 to 1024, got 1000000"),
        ("unet(3)", "net='unet(3)' has a number without a name; name it, as in unet(depth=4, width=64)"),
        ("resnet18(depth=3)", "net='resnet18(depth=3)' says depth, but resnet18 takes no sizes"),
        ("resnet18(3)", "net='resnet18(3)' has a number without a name; resnet18 takes no sizes"),
        ("unett", "net knows no 'unett'; foveal nets lists them; did you mean 'unet'?"),
        ("unet(unet(depth=3))", "net knows no 'unet(unet(depth=3))'; foveal nets lists them"),
    ],
)
def test_what_is_refused(text, words):
    with pytest.raises(ParameterError) as error:
        read_net(text)
    assert str(error.value).startswith(words)
    assert "\n" not in str(error.value)


def test_a_body_is_one_of_the_catalogue():
    with pytest.raises(ParameterError, match=r"body of net='deeplabv3' must be a network of .*did you mean 'resnet18'"):
        read_net("deeplabv3(body=resnet_18)")
    with pytest.raises(ParameterError, match="body of net='deeplabv3' must be a network of the catalogue"):
        read_net("deeplabv3(body=unet)")


@pytest.mark.parametrize("text", ["os.system", "system(depth=1)", "unet(depth=open('x'))", "unet()()", ""])
def test_what_names_none(text):
    assert not names_a_net(text)
