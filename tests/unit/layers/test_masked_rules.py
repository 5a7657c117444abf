import pytest
import torch
from torch import nn

from foveal.layers import Masked
from foveal.layers.masked_rules import Signal, rule_of

C = 3


def together(signals):
    x = torch.full((len(signals), C, max(s.shape[1] for s in signals)), 1e3, dtype=torch.float64)
    for row, signal in enumerate(signals):
        x[row, :, : signal.shape[1]] = signal
    lengths = torch.tensor([signal.shape[1] for signal in signals])
    return x, torch.arange(x.shape[2]) < lengths[:, None]


@pytest.mark.parametrize(
    ("layer", "n", "left"),
    [
        (nn.Conv1d(C, 2, 3, stride=2, padding=1), 4, 2),
        (nn.Conv1d(C, 2, 3, stride=2, padding=1), 5, 3),
        (nn.MaxPool1d(2), 5, 2),
        (nn.MaxPool1d(3, stride=2, padding=1), 4, 2),
        (nn.AvgPool1d(2), 5, 2),
        (nn.MaxPool1d(4), 2, 1),  # clipped to the row
        (nn.AvgPool1d(4), 2, 1),
    ],
)
def test_each_layer_leaves_as_many_places_as_of_the_row_alone(layer, n, left):
    net = Masked(None, nn.Sequential(layer.double(), nn.AdaptiveAvgPool1d(1), nn.Flatten())).eval()
    signal, other = (torch.randn(C, m, dtype=torch.float64) for m in (n, 9))
    x, mask = together([signal, other])
    window = min(n, layer.kernel_size if isinstance(layer.kernel_size, int) else n)
    expected = layer(signal[None]) if n >= 3 else type(layer)(window)(signal[None])
    assert expected.shape[2] == left
    torch.testing.assert_close(net(x, mask)[0], expected.mean(2)[0])


def test_a_maximum_of_negative_values_is_not_the_padding():
    net = Masked(None, nn.Sequential(nn.MaxPool1d(3, stride=1, padding=1), nn.AdaptiveAvgPool1d(1), nn.Flatten()))
    x = torch.full((1, 1, 4), -5.0)
    x[..., 2:] = 0
    assert net(x, torch.tensor([[True, True, False, False]])).tolist() == [[-5.0]]


def test_filled_places_have_no_gradient():
    x = torch.ones(1, 1, 3, requires_grad=True)
    filled = Signal(x, torch.tensor([2])).filled(5.0)
    filled.sum().backward()
    assert filled.flatten().tolist() == [1.0, 1.0, 5.0]
    assert x.grad.flatten().tolist() == [1.0, 1.0, 0.0]


@pytest.mark.parametrize("layer", [nn.Linear(2, 2), nn.Flatten(), nn.MaxPool1d(2, ceil_mode=True), nn.Softmax(2)])
def test_what_mixes_places_in_its_own_way_has_no_rule(layer):
    assert rule_of(layer) is None
