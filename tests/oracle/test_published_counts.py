"""Networks that are stored nowhere, by what their papers and tables say of them: parameters and multiply-adds."""

from functools import partial

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from foveal.models import MODELS
from foveal.models.catalogue import Network
from foveal.models.landmarks.dilated import dilated_resnet
from foveal.models.landmarks.small_resnet import small_resnet

CIFAR = (3, 32, 32)
#: Rows that the catalogue has not, made of the same functions.
OTHERS = {
    "resnet1202": Network(partial(small_resnet, depth=1202), "He et al. 2016", CIFAR, 10),
    "drn_c_42": Network(partial(dilated_resnet, depths=(1, 1, 3, 4, 6, 3, 1, 1)), "Yu et al. 2017"),
}
#: Name: parameters, and millions of multiply-adds as far as they are published.
COUNTS = {
    # He et al. 2016, table 6, counted layer by layer
    "resnet20": (269_722, 40.55),
    "resnet32": (464_154, 68.86),
    "resnet44": (658_586, 97.17),
    "resnet56": (853_018, 125.49),
    "resnet110": (1_727_962, 252.89),
    "resnet1202": (19_421_274, 2829),
    # Xie et al. 2017, table 7: 34.4 M and 68.1 M
    "resnext29_8x64d": (34_426_698, 5387),
    "resnext29_16x64d": (68_155_210, 10689),
    # He et al. 2016b: 1.7 M and 10.2 M
    "preact_resnet164": (1_703_258, 244.50),
    "preact_resnet1001": (10_327_706, 1488),
    # Zagoruyko and Komodakis 2016: 11.0 M, 36.5 M and 8.9 M
    "wide_resnet16_8": (10_961_370, None),
    "wide_resnet28_10": (36_479_194, 5243),
    "wide_resnet40_4": (8_949_210, None),
    # Yu et al. 2017: dilation adds no parameter; public tables of models for the others
    "drn_a_18": (11_689_512, None),
    "drn_a_50": (25_557_032, 19079),
    "drn_c_26": (21_126_584, None),
    "drn_c_42": (31_234_744, None),
    "drn_d_22": (16_393_752, None),
    # Huang et al. 2017, table 2: 1.0 M, 0.8 M, 25.6 M and 15.3 M
    "densenet40_k12": (1_019_722, 264.81),
    "densenet_bc100_k12": (769_162, 287.93),
    "densenet_bc190_k40": (25_624_430, 9302),
    "densenet_bc250_k24": (15_324_406, 5419),
}
#: One of each function in `make test`.
QUICK = ("resnet20", "resnext29_8x64d", "wide_resnet28_10", "drn_c_26", "drn_d_22", "densenet40_k12")


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.long) for name in COUNTS]
)
def test_parameters_and_multiply_adds_are_those_of_the_literature(name):
    parameters, millions = COUNTS[name]
    network = (MODELS | OTHERS)[name]
    with torch.device("meta"):
        net = network.make(network.shape, network.outputs, stem="full").eval()
        x = torch.zeros(1, *network.shape)
    assert sum(p.numel() for p in net.parameters()) == parameters
    if millions is not None:
        with FlopCounterMode(display=False) as count:
            net(x)
        assert count.get_total_flops() / 2e6 == pytest.approx(millions, abs=0.5 if millions > 1000 else 0.005)


def test_a_wide_network_of_a_hundred_classes_has_ninety_rows_more_in_its_head():
    with torch.device("meta"):
        net = MODELS["wide_resnet28_10"].make(CIFAR, 100, stem="full")
    assert sum(p.numel() for p in net.parameters()) == 36_536_884
