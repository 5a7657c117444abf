import pytest
import torch
from torch import nn

from foveal.core.errors import ParameterError
from foveal.explain.occlusion import _windows, occlusion

from .nets import Words, linear, rows, sentences


def test_windows_of_one_place_lose_what_the_place_gives():
    net, x = linear(), rows(channels=2, side=3)
    weight = net[1].weight.view(4, 2, 3, 3)
    assert torch.allclose(occlusion(net, x, 2, window=1), (x * weight[2]).sum(1), atol=1e-5)


def test_each_place_has_the_mean_of_the_windows_that_cover_it():
    net = nn.Sequential(nn.Flatten(), nn.Linear(4, 1, bias=False))
    nn.init.ones_(net[1].weight)
    x = torch.tensor([[[1.0, 2.0, 3.0, 4.0]]])
    found = occlusion(net, x, 0, window=2, stride=1)  # windows lose 3, 5 and 7
    assert torch.allclose(found, torch.tensor([[3.0, 4.0, 6.0, 7.0]]))


def test_a_baseline_covers():
    net, x = linear(), rows(channels=2, side=3)
    weight = net[1].weight.view(4, 2, 3, 3)
    assert torch.allclose(occlusion(net, x, 2, window=1, baseline=1.0), ((x - 1) * weight[2]).sum(1), atol=1e-5)


def test_of_tokens_each_is_left_out_by_itself():
    net = Words().eval()
    tokens, mask = sentences(n=2)
    without = tokens.clone()
    without[:, 3] = 0
    lost = net(tokens, mask)[:, 1] - net(without, mask)[:, 1]
    assert torch.allclose(occlusion(net, (tokens, mask), 1)[:, 3], lost, atol=1e-5)


@pytest.mark.parametrize(
    ("sizes", "tokens", "expected"),
    [
        ((28, 28), False, ((3, 3), (2, 2))),
        ((8, 8), False, ((2, 2), (1, 1))),
        ((224, 100), False, ((21, 11), (14, 7))),
        ((150,), False, ((5,), (3,))),
        ((32, 32, 32), False, ((9, 9, 9), (6, 6, 6))),
        ((40,), True, ((1,), (1,))),
        ((1, 8), False, ((1, 2), (1, 1))),
    ],
)
def test_windows_are_about_as_many_whatever_the_size(sizes, tokens, expected):
    assert _windows(sizes, None, None, tokens=tokens) == expected


def test_a_stride_beyond_the_window_would_leave_places_out():
    with pytest.raises(ParameterError, match="stride must be from 1 to the window, so that all is covered"):
        occlusion(linear(), rows(channels=2, side=3), window=1, stride=2)
