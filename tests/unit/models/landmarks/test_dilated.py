import pytest
import torch

from foveal.layers import Residual
from foveal.models import MODELS
from foveal.models.landmarks.dilated import dilated_resnet
from foveal.models.landmarks.resnet import resnet


def made(name, size=224, stem="full"):
    with torch.device("meta"):
        return MODELS[name].make((3, size, size), 10, stem=stem).eval()


def map_before_the_mean(net, size):
    x = torch.zeros(1, 3, size, size, device="meta")
    for name, module in net.named_children():
        if name == "avgpool":
            return tuple(x.shape[2:])
        x = module(x)
    return None


@pytest.mark.parametrize("name", ["drn_a_18", "drn_a_50", "drn_c_26", "drn_d_22", "drn_d_38"])
def test_maps_end_at_an_eighth_and_small_stems_leave_half(name):
    assert map_before_the_mean(made(name), 224) == (28, 28)
    assert map_before_the_mean(made(name, 32, "auto"), 32) == (16, 16)


def test_in_form_a_filters_widen_after_the_layer_that_would_have_halved_the_map():
    layers = [(c.dilation[0], c.stride[0]) for b in (*made("drn_a_18").layer3, *made("drn_a_18").layer4)
              for c in (b.conv1, b.conv2)]  # fmt: skip
    assert layers == [(1, 1), (2, 1), (2, 1), (2, 1), (2, 1), (4, 1), (4, 1), (4, 1)]


@pytest.mark.parametrize(("stride_first", "want"), [(False, [1, 2, 2, 4]), (True, [2, 2, 4, 4])])
def test_in_a_bottleneck_too(stride_first, want):
    with torch.device("meta"):
        net = resnet((3, 64, 64), 10, block="bottleneck", depths=(1, 1, 2, 2), dilated=2, stride_first=stride_first)
    assert [block.conv2.dilation[0] for block in (*net.layer3, *net.layer4)] == want


def test_the_last_levels_close_the_filters_again_and_have_no_shortcuts():
    for name in ("drn_c_26", "drn_d_22"):
        net = made(name)
        convs = [m for level in (net.layer5, net.layer6, net.layer7, net.layer8) for m in level.modules()
                 if getattr(m, "kernel_size", None) == (3, 3)]  # fmt: skip
        gaps = [2] * 4 + [4] * 4 + ([2, 2, 1, 1] if name == "drn_c_26" else [2, 1])
        assert [conv.dilation[0] for conv in convs] == gaps
        assert not [m for level in (net.layer7, net.layer8) for m in level.modules() if isinstance(m, Residual)]


def test_forms_c_and_d_begin_as_the_authors_name_them():
    names = [[name for name, _ in dilated_resnet((3, 32, 32), 10, form=form).named_children()][:4] for form in "CD"]
    assert names == [["conv1", "bn1", "relu", "layer1"], ["layer0", "layer1", "layer2", "layer3"]]
