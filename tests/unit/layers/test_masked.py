"""Signals of unequal length: each is answered as if it stood alone, whatever stands behind it or beside it."""

import pytest
import torch
from torch import nn

from foveal.core.errors import DataError, ParameterError
from foveal.layers import BatchNorm, ConvBlock, Masked
from foveal.models import MODELS, PlainStack
from foveal.models.landmarks.causal import tcn, wavenet
from foveal.models.landmarks.signals import fcn, inception_time, resnet_signal

LENGTHS = (1, 2, 3, 5, 12, 19)
C = 3
NETS = {
    "plain": lambda: PlainStack((C, None), 4, in_channels_list=[C, 5], out_channels=6, in_features_list=[None, 7]),
    "plain, strides": lambda: PlainStack((C, None), 4, filter_size=4, stride=2, pool_filter_size=3, pool_mode="avg"),
    "plain, dilated": lambda: PlainStack((C, None), 4, dilation=3, do_batch_norm=False, activation="sigmoid"),
    "plain, no pooling": lambda: PlainStack((C, None), 4, do_pooling=False, pool_stride=1, activation="elu"),
    "fcn": lambda: fcn((C, 9), 4, widths=(5, 6, 4)),
    "resnet_signal": lambda: resnet_signal((C, 9), 4, widths=(4, 5, 5)),
    "inception_time": lambda: inception_time((C, 9), 4, width=3, bottleneck=3),
    "tcn": lambda: tcn((C, 9), 4, width=4, filter_size=3, dilations=(1, 2, 4)),
    "tcn, batch norm": lambda: tcn((C, 9), 4, width=4, filter_size=3, dilations=(1, 2), weight_normed=False),
    "wavenet": lambda: wavenet((C, 9), 4, width=4, skip_width=5, cycles=2, doublings=3),
    "resnet18": lambda: MODELS["resnet18"].make((C, 9), 4, stem="full"),  # strides, and a maximum with padding
    "seresnet18": lambda: MODELS["seresnet18"].make((C, 9), 4, stem="small"),  # gates that see the whole row
}


def rows(lengths=LENGTHS, dtype=torch.float64):
    rng = torch.Generator().manual_seed(0)
    return [torch.randn(C, n, generator=rng, dtype=dtype) for n in lengths]


def together(signals, length=None, behind=1e3):
    """Pad signals with what would be seen if anybody looked, and make their mask."""
    longest = length or max(signal.shape[1] for signal in signals)
    x = signals[0].new_full((len(signals), C, longest), behind)
    mask = torch.zeros(len(signals), longest, dtype=torch.bool)
    for row, signal in enumerate(signals):
        x[row, :, : signal.shape[1]] = signal
        mask[row, : signal.shape[1]] = True
    return x, mask


def made(name, dtype=torch.float64):
    """Make a network whose norms have seen rows, with biases that are not 0."""
    torch.manual_seed(0)
    net = Masked(None, NETS[name]()).to(dtype)
    for weight in net.parameters():
        if weight.ndim == 1:
            weight.data += torch.rand_like(weight)
    with torch.no_grad():
        net.train()(*together(rows(dtype=dtype)))
    return net.eval()


@pytest.mark.parametrize("name", NETS)
def test_padding_and_batch_mates_change_nothing(name):
    net, signals = made(name), rows()
    with torch.no_grad():
        batch = net(*together(signals))
        longer = net(*together(signals, 32))
        alone = torch.cat([net(*together([signal])) for signal in signals])
        turned = net(*together(signals[::-1])).flip(0)
    for other in (longer, alone, turned):
        torch.testing.assert_close(other, batch, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", [name for name in NETS if not name.startswith("plain, strides")])
def test_a_row_is_answered_as_the_network_without_a_mask_does(name):
    net, signals = made(name), rows()[3:]  # shorter ones are one clipped window, which torch's layers refuse
    with torch.no_grad():
        own = torch.cat([net.body(signal[None]) for signal in signals])
        torch.testing.assert_close(net(*together(signals)), own, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", [name for name in NETS if "resnet18" not in name])  # 4e-6 through 18 layers
def test_in_float32_the_difference_is_rounding(name):
    net, signals = made(name, torch.float32), rows(dtype=torch.float32)
    with torch.no_grad():
        batch = net(*together(signals, 32)).softmax(1)
        alone = torch.cat([net(*together([signal])) for signal in signals]).softmax(1)
    torch.testing.assert_close(batch, alone, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["plain, dilated", "tcn", "wavenet"])
def test_a_batch_has_the_gradients_of_its_rows_one_by_one(name):
    net, signals = made(name).train(), rows()
    for module in net.modules():
        if type(module).__name__ == "Dropout":
            module.rate = 0.0
    y = torch.arange(len(signals)) % 4
    nn.functional.cross_entropy(net(*together(signals)), y, reduction="sum").backward()
    found = [weight.grad.clone() for weight in net.parameters()]
    net.zero_grad()
    for signal, label in zip(signals, y, strict=True):
        nn.functional.cross_entropy(net(*together([signal])), label[None], reduction="sum").backward()
    for a, weight in zip(found, net.parameters(), strict=True):
        torch.testing.assert_close(a, weight.grad, rtol=1e-9, atol=1e-11)


def test_batch_norm_sees_the_places_that_are_there_and_no_others():
    torch.manual_seed(0)
    x, mask = together(rows(), behind=0.0)
    there, values = mask[:, None], x.movedim(1, -1)[mask]  # (places, C)
    masked, plain = (BatchNorm(C).double().train() for _ in range(2))
    slopes = torch.randn_like(values)
    x.requires_grad_()
    values = values.detach().requires_grad_()
    out, expected = masked(x, there), plain(values)
    torch.testing.assert_close(out.movedim(1, -1)[mask], expected)
    torch.testing.assert_close(masked.running_mean, plain.running_mean)
    torch.testing.assert_close(masked.running_var, plain.running_var)
    (out.movedim(1, -1)[mask] * slopes).sum().backward()
    (expected * slopes).sum().backward()
    torch.testing.assert_close(x.grad.movedim(1, -1)[mask], values.grad)
    torch.testing.assert_close(masked.weight.grad, plain.weight.grad)


def test_batch_norm_of_a_single_place_uses_the_running_statistics():
    norm, x = BatchNorm(C).double().train(), torch.ones(1, C, 2, dtype=torch.float64)
    x[..., 1] = 0
    out = norm(x, torch.tensor([[[True, False]]]))
    torch.testing.assert_close(out[..., 0], x[..., 0] / (1 + 1e-5) ** 0.5)
    assert int(norm.num_batches_tracked) == 0
    assert norm.running_mean.tolist() == [0] * C


def test_a_filter_without_padding_needs_rows_of_its_length():
    net = Masked(None, PlainStack((C, None), 2, padding="valid", filter_size=5, do_pooling=False))
    assert net.least == 9
    net.check_lengths(torch.tensor([9, 30]).numpy())
    with pytest.raises(DataError, match=r"row 1 of X has 8 steps, .* leave something of 9 or more; leave it out"):
        net.check_lengths(torch.tensor([9, 8]).numpy())


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (PlainStack((C, 16), 2), "Flatten"),
        (nn.Sequential(nn.Conv1d(C, 2, 3, padding="same"), nn.AdaptiveAvgPool1d(1)), "Conv1d"),
        (nn.Sequential(nn.AvgPool1d(2, ceil_mode=True), nn.AdaptiveAvgPool1d(1)), "AvgPool1d"),
        (nn.Sequential(nn.AdaptiveAvgPool1d(4), nn.Flatten()), "AdaptiveAvgPool1d"),
        (ConvBlock(1, C, 2), "ConvBlock, which gives an output for each place"),
    ],
)
def test_what_knows_no_mask_is_refused_by_name(body, named):
    with pytest.raises(ParameterError, match=f"net: {named}.* cannot run on rows of unequal length; use fcn, "):
        Masked(None, body)


def test_names_in_the_state_dict_are_those_without_a_mask():
    body = fcn((C, 9), 2, widths=(2, 2, 2))
    assert list(Masked(None, body).state_dict()) == [f"body.{name}" for name in body.state_dict()]


def test_hooks_on_layers_are_called():
    net, seen = made("fcn"), []
    for module in net.modules():
        if not list(module.children()):
            module.register_forward_hook(lambda module, x, y: seen.append(type(module).__name__))
    net(*together(rows()))
    assert {"Conv1d", "BatchNorm", "AdaptiveAvgPool1d", "Linear"} <= set(seen)
