"""U-Net's parameters by hand, its sizes, and what comes of any size of its input."""

import pytest
import torch

from foveal.models import MODELS, network_named
from foveal.models.landmarks.unet import unet


def _conv(before, after, taps):
    return before * after * taps + after


def by_hand(channels, outputs, width, depth):
    """Add up figure 1 of the paper: two 3x3 a level, 2x2 up-convolutions that halve the channels, a 1x1."""
    total, before = 0, channels
    for i in range(depth + 1):
        wide = width * 2**i
        total += _conv(before, wide, 9) + _conv(wide, wide, 9)
        before = wide
    for i in reversed(range(depth)):
        wide = width * 2**i
        total += _conv(2 * wide, wide, 4) + _conv(2 * wide, wide, 9) + _conv(wide, wide, 9)
    return total + _conv(width, outputs, 1)


def _counted(net):
    return sum(p.numel() for p in net.parameters())


def test_the_papers_form():
    assert by_hand(1, 2, 64, 4) == 31_030_658
    with torch.device("meta"):
        net = MODELS["unet_paper"].make((1, 572, 572), 2).eval()
        assert _counted(net) == 31_030_658
        assert net(torch.zeros(1, 1, 572, 572)).shape == (1, 2, 388, 388)
        assert net(torch.zeros(1, 1, 188, 204)).shape == (1, 2, 4, 20)


def test_the_papers_form_on_three_axes():
    with torch.device("meta"):
        net = unet((3, 132, 132, 116), 3, depth=3, paper=True).eval()
        assert _counted(net) == 19_069_955  # Cicek et al. 2016, section 2
        assert net(torch.zeros(1, 3, 132, 132, 116)).shape == (1, 3, 44, 44, 28)


@pytest.mark.parametrize(("depth", "width"), [(1, 3), (3, 16), (4, 64)])
def test_sizes_in_the_name_are_the_networks(depth, width):
    with torch.device("meta"):
        net = network_named(f"unet(depth={depth}, width={width})").make((2, 40, 24), 5)
    norms = sum(2 * m.num_features for m in net.modules() if hasattr(m, "num_features"))
    biases = sum(m.num_features for m in net.modules() if hasattr(m, "num_features"))
    assert _counted(net) == by_hand(2, 5, width, depth) + norms - biases


@pytest.mark.parametrize("size", [(1,), (5,), (16,), (7, 12), (9, 1), (3, 5, 8)])
def test_the_answer_has_the_inputs_size(size):
    torch.manual_seed(0)
    net = unet((2, *size), 3, depth=2, width=4)
    assert net(torch.randn(2, 2, *size)).shape == (2, 3, *size)


def test_on_sizes_that_halve_no_place_depends_on_the_size():
    """The same picture in a larger one of zeros around it: far from the edge the answers are the same."""
    torch.manual_seed(0)
    net = unet((1, 64), 2, depth=2, width=4).double().eval()
    x = torch.randn(1, 1, 128, dtype=torch.float64)
    whole, part = net(x), net(x[..., 32:96])
    torch.testing.assert_close(part[..., 28:36], whole[..., 60:68])  # 44 places are seen: 22 on either side


def test_it_begins_with_values_of_the_same_size_at_all_levels():
    torch.manual_seed(0)
    net = unet((1, 64, 64), 2, depth=3, width=16, paper=True)
    found = []
    for name in ("down1", "down3", "bottom", "merge3", "merge1"):
        net.get_submodule(name).conv2.register_forward_hook(lambda _, __, out: found.append(float(out.detach().std())))
    net(torch.randn(2, 1, 140, 140))
    assert len(found) == 5
    assert all(0.2 < deviation < 5 for deviation in found), found
