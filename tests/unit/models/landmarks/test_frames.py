"""A network for pictures over frames: their order makes no difference, their number may vary."""

import pytest
import torch

from foveal.models import network_named, summarize


@pytest.mark.parametrize("text", ["frames(body=resnet20)", "frames(body=resnet20, head=gated)"])
def test_frames_may_come_in_any_order_and_number(text):
    torch.manual_seed(0)
    net = network_named(text).make((2, 4, 12, 10), 3).double().eval()
    x = torch.randn(2, 2, 6, 12, 10, dtype=torch.float64)
    torch.testing.assert_close(net(x), net(x[:, :, [3, 1, 5, 0, 2, 4]]))
    assert net(x[:, :, :1]).shape == (2, 3)
    twice = torch.cat((x, x), 2)
    torch.testing.assert_close(net(twice), net(x))  # as often each: the same mean


def test_multiply_adds_are_those_of_all_frames():
    net = network_named("frames(body=resnet20)").make((2, 4, 12, 10), 3)
    one, four = (summarize(net, (2, frames, 12, 10)).multiply_adds for frames in (1, 4))
    head = 64 * 3
    assert four - head == 4 * (one - head)
