"""What the stored logits do not tell of mobile networks: other widths, training's settings, stems, strided zeros."""

import pytest
import torch
from tests.oracle.landmarks.compare import golden
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from foveal.core.shapes import conv_size, strided_same_padding
from foveal.layers import BatchNorm, Dropout, StochasticDepth
from foveal.models import MODELS
from foveal.models.landmarks.efficientnet import efficientnet

#: Parameters, and millions of multiply-adds at 224 with as many digits as are known. Howard et al. 2017 has 4.2 M and
#: 569 M for v1; Sandler et al. 2018 has 6.9 M and 585 M for v2 of width 1.4, of which torchvision's rule makes this.
COUNTS = {
    "mobilenet_v1": (4_231_976, 568.74),
    "mobilenet_v2_050": (1_968_680, 97),
    "mobilenet_v2_140": (6_108_776, 582.20),
}


def _meta(name, shape=(3, 224, 224), stem="full"):
    with torch.device("meta"):
        return MODELS[name].make(shape, 1000, stem=stem).eval()


@pytest.mark.parametrize("name", COUNTS)
def test_widths_that_are_not_stored_have_the_published_counts(name):
    net = _meta(name)
    with FlopCounterMode(display=False) as count:
        net(torch.zeros(1, 3, 224, 224, device="meta"))
    parameters, millions = COUNTS[name]
    assert sum(p.numel() for p in net.parameters()) == parameters
    assert round(count.get_total_flops() / 2e6, 0 if isinstance(millions, int) else 2) == millions


@pytest.mark.parametrize("name", ["mobilenet_v2", "mobilenet_v3_small", "mnasnet1_0", "efficientnet_b0",
                                  "efficientnet_b5", "efficientnet_v2_s"])  # fmt: skip
def test_batch_norm_and_dropout_are_set_as_in_torchvision(name):
    net = _meta(name)
    set_ = {(m.eps, round(m.momentum, 9)) for m in net.modules() if isinstance(m, BatchNorm)}
    assert set_ == {(row["eps"], round(row["momentum"], 9)) for row in golden()[name]["batchnorm"]}
    (dropout,) = (m.rate for m in net.modules() if isinstance(m, Dropout))
    assert f"Dropout:p={dropout}" in golden()[name]["dropout"]


@pytest.mark.parametrize("name", ["efficientnet_b7", "efficientnet_v2_s", "convnext_tiny"])
def test_stochastic_depth_grows_evenly_to_the_stored_rate(name):
    stored = golden()[name]["dropout"]["StochasticDepth"]
    rates = [m.rate for m in _meta(name).modules() if isinstance(m, StochasticDepth)]
    assert rates[-1] == pytest.approx(stored["p_last"], rel=1e-12)
    step = stored["p_last"] / (stored["count"] - 1)
    assert all(abs(rate / step - round(rate / step)) < 1e-9 for rate in rates)
    assert rates == sorted(set(rates))


def test_the_paper_s_batch_norm_is_the_same_for_all_sizes():
    with torch.device("meta"):
        nets = [efficientnet((3, 32, 32), 10, size=size, paper=True) for size in ("b0", "b5")]
    norms = {(m.eps, round(m.momentum, 9)) for net in nets for m in net.modules() if isinstance(m, BatchNorm)}
    assert norms == {(1e-3, 0.01)}


@pytest.mark.parametrize("name", ["mobilenet_v1", "mobilenet_v2", "mobilenet_v3_small", "mnasnet1_0",
                                  "shufflenet_v2_x1_0", "efficientnet_b0", "efficientnet_lite0",
                                  "convnext_tiny"])  # fmt: skip
def test_a_small_stem_leaves_an_eighth_of_each_axis_and_a_full_one_a_thirty_second(name):
    last = {}
    for stem in ("small", "full"):
        net = _meta(name, (3, 64, 64), stem)
        (mean,) = (m for m in net.children() if isinstance(m, nn.AdaptiveAvgPool2d))
        mean.register_forward_hook(lambda _, given, __, stem=stem: last.update({stem: tuple(given[0].shape[2:])}))
        net(torch.zeros(1, 3, 64, 64, device="meta"))
    assert last == {"small": (8, 8), "full": (2, 2)}


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("filter_size", [1, 3, 5])
def test_tensorflow_s_zeros_leave_a_place_for_each_stride_and_begin_as_late_as_they_can(filter_size, stride):
    for size in range(1, 12):
        before, after = strided_same_padding(size, filter_size, stride)
        places = torch.arange(1.0, size + 1).view(1, 1, size)
        taps = nn.functional.pad(places, (before, after)).unfold(2, filter_size, stride)
        assert taps.shape[2] == conv_size(size, filter_size, stride) == -(-size // stride)
        assert after - before in (0, 1)
        if before + after:  # one zero fewer, and a place would be missing
            assert (size + before + after - 1 - filter_size) // stride + 1 == taps.shape[2] - 1
