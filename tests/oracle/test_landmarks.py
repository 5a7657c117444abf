"""Every landmark network of the stored numbers: one row each. The cheap rows run in `make test`, all in test-long."""

import pytest
import torch
from tests.oracle.landmarks.compare import TOLERANCE, differences, filled, golden
from torch.utils.flop_counter import FlopCounterMode

from foveal.models import MODELS

#: Stored name -> name in the catalogue, where it is another.
NAMES = {
    "timm_resnetv2_50": "preact_resnet50",
    "timm_legacy_seresnet50": "seresnet50_paper",
    "timm_seresnet50": "seresnet50",
    "timm_legacy_xception": "xception",
    "timm_mobilenetv1_100": "mobilenet_v1_relu6",
}
#: One row of each family in `make test`; the others are as quick to break, and take minutes together.
QUICK = (
    "resnet18",
    "googlenet_aux",
    "squeezenet1_1",
    "regnet_y_400mf",
    "shufflenet_v2_x1_0",
    "lraspp_mobilenet_v3_large",
)
ROWS = (
    "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_32x8d",
    "resnext101_64x4d", "wide_resnet50_2", "wide_resnet101_2",
    "alexnet", "vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn",
    "googlenet", "googlenet_aux", "inception_v3", "inception_v3_aux", "squeezenet1_0", "squeezenet1_1",
    "timm_resnetv2_50", "timm_legacy_seresnet50", "timm_seresnet50", "regnet_y_400mf", "timm_legacy_xception",
    "densenet121", "densenet161", "densenet169", "densenet201",
    "timm_mobilenetv1_100", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", "mnasnet1_0",
    "shufflenet_v2_x1_0", *(f"efficientnet_b{i}" for i in range(8)), "efficientnet_v2_s", "efficientnet_lite0",
    "r3d_18", "mc3_18", "r2plus1d_18", "s3d",
    "convnext_tiny", "convnext_small", "convnext_base", "convnext_large",
    "fcn_resnet50", "fcn_resnet50_aux", "deeplabv3_resnet50", "deeplabv3_resnet50_aux", "lraspp_mobilenet_v3_large",
)  # fmt: skip


def _rows():
    return [name if name in QUICK else pytest.param(name, marks=pytest.mark.long) for name in ROWS]


def _made(name, shape):
    if name.endswith("_aux"):  # their heads are an argument, and no row of the catalogue
        network = MODELS[name.removesuffix("_aux")]
        return network.make(shape, network.outputs, stem="full", aux=True)
    network = MODELS[NAMES.get(name, name)]
    return network.make(shape, network.outputs, stem="full")


@pytest.mark.parametrize("name", _rows())
def test_names_shapes_logits_and_gradients_are_the_stored_ones(name):
    shape = tuple(golden()[name]["cases"]["main"]["input_shape"][1:])
    found = differences(name, filled(name, _made(name, shape)))
    assert max(found.values()) < TOLERANCE, {what: d for what, d in found.items() if d >= TOLERANCE}


@pytest.mark.parametrize("name", _rows())
def test_parameters_and_multiply_adds_are_the_published_ones(name):
    for size, wanted in golden()[name]["macs"].items():
        shape = tuple(map(int, size.split("x")))
        with torch.device("meta"):
            net = _made(name, shape).eval()
            net.training = name.endswith("resnet50_aux")  # stored are those of a forward pass that runs the head too
            x = torch.zeros(1, *shape)
        assert sum(p.numel() for p in net.parameters()) == golden()[name]["num_params"]
        with FlopCounterMode(display=False) as count:
            net(x)
        assert count.get_total_flops() == 2 * wanted
