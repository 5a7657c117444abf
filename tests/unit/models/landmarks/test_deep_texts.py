"""Zhang's network by the counts of its tables, and the residual one; neither sees padding."""

import pytest
import torch

from foveal.core.forms import Part
from foveal.models import network_named
from foveal.models.landmarks.deep_texts import TextResNet, Zhang, places_left

#: The paper's 70 characters, and padding, unknown and end, which it has as vectors of zeros.
FORM = (Part("tokens", (None,), "int64", values=73), Part("mask", (None,), "bool"))


def by_tables(maps, features, outputs):
    """Count the weights of Zhang et al. 2015, tables 1 and 2: 34 places are left of 1,014."""
    convolutions = 70 * 7 * maps + maps + (maps * 7 * maps + maps) + 4 * (maps * 3 * maps + maps)
    return convolutions + 34 * maps * features + features + features**2 + features + features * outputs + outputs


@pytest.mark.parametrize(
    ("name", "maps", "features"), [("zhang", 256, 1024), ("zhang(maps=1024, features=2048)", 1024, 2048)]
)
def test_counts_are_those_of_the_paper(name, maps, features):
    with torch.device("meta"):
        net = network_named(name).make(FORM, 14)
    ours = sum(weight.numel() for weight in net.parameters())
    assert ours - 3 * 7 * maps == by_tables(maps, features, 14)
    assert places_left(1014) == (1014 - 96) // 27 == 34


def test_the_first_convolution_is_one_of_ones_and_zeros():
    torch.manual_seed(0)
    net = Zhang(6, 2, maps=4, features=8).double().eval()
    tokens = torch.tensor([[3, 1, 4, 5]])
    shares = net.characters(torch.nn.functional.pad(tokens, (0, 1010))) * 1.0
    there = torch.nn.functional.pad(tokens > 1, (0, 1010))
    ones = torch.nn.functional.one_hot(torch.nn.functional.pad(tokens, (0, 1010)), 6).double() * there[..., None]
    kernel = net.characters.weight.view(6, 7, 4).permute(2, 0, 1)
    wanted = torch.nn.functional.conv1d(ones.mT, kernel, net.bias)
    torch.testing.assert_close(net._first(shares * there[..., None]), wanted)


@pytest.mark.parametrize("net", [Zhang(9, 2, maps=4, features=8), TextResNet(9, 2, vector=8, blocks=6)])
def test_what_a_mask_hides_is_not_seen(net):
    net.eval()
    tokens, mask = torch.randint(3, 9, (3, 12)), torch.arange(12) < torch.tensor([[5], [12], [0]])
    alone = [net(tokens[i : i + 1, : max(n, 1)], mask[i : i + 1, : max(n, 1)]) for i, n in enumerate((5, 12, 0))]
    torch.testing.assert_close(net(tokens, mask), torch.cat(alone), rtol=0, atol=1e-6)


def test_dilations_grow_and_begin_again():
    assert [block.conv1.dilation for block in TextResNet(9, 2, vector=4, blocks=6).blocks] == [
        (1,), (2,), (4,), (8,), (16,), (1,),
    ]  # fmt: skip


def test_texts_longer_than_zhangs_are_cut():
    net = Zhang(9, 2, maps=2, features=4).eval()
    tokens = torch.randint(3, 9, (1, 1500))
    mask = torch.ones(1, 1500, dtype=torch.bool)
    assert torch.equal(net(tokens, mask), net(tokens[:, :1014], mask[:, :1014]))
