"""Sizes that are inferred, and sizes that are refused with the number that works."""

import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from foveal.core.errors import ParameterError
from foveal.layers import ConvBlock
from foveal.models import PlainStack, plan_stack, summarize

axes = st.lists(st.integers(1, 9), min_size=1, max_size=3)


@given(
    axes,
    st.integers(1, 3),
    st.integers(1, 5),
    st.integers(1, 3),
    st.sampled_from(["same", "valid"]),
    st.booleans(),
    st.integers(1, 4),
    st.integers(1, 3),
    st.sampled_from([1, 2, (1, 2), (3, 1)]),
)
def test_planned_shapes_are_the_networks(size, channels, filters, stride, padding, pooling, window, step, dilation):
    options = {
        "filter_size": filters,
        "stride": stride,
        "dilation": dilation,
        "padding": padding,
        "do_pooling": pooling,
        "pool_filter_size": window,
        "pool_stride": step,
        "in_channels_list": (None, 2),
        "out_channels": 3,
        "in_features_list": (None, 4),
    }
    shape = (channels, *size)
    try:
        plan = plan_stack(shape, 2, **options)
    except ParameterError:
        assert padding == "valid"
        with pytest.raises(ParameterError, match="leaves no pixels in conv block"):
            PlainStack(shape, 2, **options)
        return
    net = PlainStack(shape, 2, **options).eval()
    seen = dict(net.named_children())
    x = torch.zeros(2, *shape)
    for i in (1, 2):
        x = seen[f"conv{i}"](x)
        assert tuple(x.shape[1:]) == (plan.channels[i], *plan.sizes[i])
    assert seen["flatten"](x).shape[1] == plan.features[0]
    convolutions = sum(m.weight.numel() for m in net.modules() if hasattr(m, "weight") and m.weight.ndim >= 2)
    assert convolutions == plan.n_weights


@pytest.mark.parametrize(
    ("options", "layer"),
    [
        ({"in_channels_list": (3, 32)}, "conv block 1"),
        ({"in_channels_list": 3}, "conv block 1"),
        ({"in_features_list": (100, 64)}, "dense layer 1"),
        ({"in_features_list": 7}, "dense layer 1"),
        ({"out_features": 11}, "the last dense layer"),
    ],
)
def test_a_wrong_size_names_the_layer_the_shapes_and_a_number_that_works(options, layer):
    with pytest.raises(ParameterError, match=f"does not fit {layer}: input \\(1, 28, 28\\)") as caught:
        plan_stack((1, 28, 28), 10, **options)
    right = int(re.search(r"it must be (\d+)", str(caught.value)).group(1))
    (name, value), *_ = options.items()
    mended = (right, *value[1:]) if isinstance(value, tuple) else right
    assert plan_stack((1, 28, 28), 10, **{name: mended}).features[-1] == 10


def test_the_defaults_are_those_of_the_specification():
    plan = plan_stack((3, 32, 32), 7)
    assert plan.channels == (3, 32, 64)
    assert plan.features == (8 * 8 * 64, 128, 7)


def test_a_lone_number_is_one_block():
    plan = plan_stack((3, 8, 8), 2, in_channels_list=3, in_features_list=1024)
    assert plan.channels == (3, 64)
    assert plan.features == (1024, 2)


def test_the_given_lists_are_not_changed():
    channels, features = [None, 8], [None, 16]
    plan_stack((1, 8, 8), 2, in_channels_list=channels, in_features_list=features)
    assert channels == [None, 8]
    assert features == [None, 16]


def test_a_summary_counts_by_hand():
    summary = summarize(PlainStack((1, 8, 8), 3, in_channels_list=(1, 2), out_channels=4), (1, 8, 8))
    by_name = {layer.name: layer for layer in summary.layers}
    assert by_name["conv2.conv"].parameters == 4 * 2 * 9
    assert by_name["conv2.conv"].multiply_adds == 4 * 4 * 4 * 2 * 9
    assert by_name["dense1.linear"].multiply_adds == 2 * 2 * 4 * 128
    assert summary.parameters == sum(layer.parameters for layer in summary.layers)
    assert summary.multiply_adds == sum(layer.multiply_adds for layer in summary.layers)


def test_a_summary_counts_layers_whose_weights_are_computed_from_others():
    conv = torch.nn.utils.parametrizations.weight_norm(torch.nn.Conv1d(2, 3, 5))
    told = summarize(torch.nn.Sequential(conv, torch.nn.ReLU()), (2, 9))
    assert [(layer.name, layer.parameters, layer.multiply_adds) for layer in told.layers] == [
        ("0", 2 * 3 * 5 + 3 + 3, 5 * 2 * 3 * 5),
        ("1", 0, 0),
    ]


def test_a_summary_stands_in_the_order_of_running_and_adds_up():
    class Odd(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.head = torch.nn.Linear(16, 2)
            self.conv = torch.nn.Conv1d(1, 1, 3, padding=1)
            self.gain = torch.nn.Parameter(torch.ones(5))

        def forward(self, x):
            return self.head(self.conv(self.conv(x)).flatten(1))

    summary = summarize(Odd(), (1, 16))
    assert [layer.name for layer in summary.layers] == ["conv", "conv", "head", "(itself)"]
    assert summary.multiply_adds == 2 * 16 * 3 + 16 * 2
    assert sum(layer.parameters for layer in summary.layers) == summary.parameters == 4 + 34 + 5


def test_the_receptive_field_ends_where_a_layer_is_not_known():
    net = torch.nn.Sequential(torch.nn.Conv2d(1, 1, 3), torch.nn.Upsample(scale_factor=2), torch.nn.Conv2d(1, 1, 3))
    assert [layer.receptive_field for layer in summarize(net, (1, 8, 8)).layers] == [(3, 3), None, None]


@pytest.mark.parametrize(("filters", "stride", "window"), [(3, 1, 2), (5, 2, 3), (2, 1, 2)])
def test_the_receptive_field_is_what_a_gradient_reaches(filters, stride, window):
    """The inputs that one output in the middle depends on span the field, along each axis."""
    options = {"filter_size": filters, "stride": stride, "pool_filter_size": window, "pool_mode": "avg"}
    net = PlainStack((1, 65, 65), 2, activation="linear", do_batch_norm=False, **options).eval()
    *_, after_conv2 = [la for la in summarize(net, (1, 65, 65)).layers if la.name.startswith("conv2")]
    x = torch.zeros(1, 1, 65, 65, requires_grad=True)
    maps = net.conv2(net.conv1(x))
    maps[0, :, maps.shape[2] // 2, maps.shape[3] // 2].sum().backward()
    rows = x.grad[0, 0].abs().sum(1).nonzero()
    assert after_conv2.receptive_field == (int(rows.max() - rows.min()) + 1,) * 2


def test_a_dilation_for_each_block():
    net = PlainStack((1, 40), 2, dilation=(1, 4), do_pooling=False)
    assert [net.conv1.conv.dilation, net.conv2.conv.dilation] == [(1,), (4,)]
    with pytest.raises(
        ParameterError, match=r"dilation must be one number or one for each of the 2 conv blocks, got \(1"
    ):
        PlainStack((1, 40), 2, dilation=(1, 2, 4))
    with pytest.raises(ParameterError, match=r"filter_size=3 of dilation 9 does not fit into \(16,\)"):
        PlainStack((1, 16), 2, dilation=9, padding="valid")


@pytest.mark.parametrize("filter_size", [1, 2, 3, 4, 5])
def test_a_dilation_beyond_the_input_is_cut_and_gives_the_same(filter_size):
    """Taps that see zeros only are the same however far they are."""
    torch.manual_seed(0)
    far = ConvBlock(1, 1, 2, filter_size=filter_size, dilation=1000, batch_norm=False, activation="linear")
    net = PlainStack((1, 6), 2, in_channels_list=1, out_channels=2, filter_size=filter_size, dilation=10**9,
                     do_batch_norm=False, do_pooling=False, activation="linear")  # fmt: skip
    assert net.conv1.conv.dilation == (12,)
    far.load_state_dict(net.conv1.state_dict())
    x = torch.randn(1, 1, 6)
    assert torch.equal(far(x), net.conv1(x))
