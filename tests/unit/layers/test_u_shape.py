"""Down and up again: what each level reads, at sizes that halve and at those that do not."""

import pytest
import torch
from torch import nn

from foveal.layers import UShape
from foveal.layers.flow import count_places, flow, joined
from foveal.layers.frozen import Frozen
from foveal.layers.wiring import Join


def made(padding):
    parts = {"d1": nn.Conv1d(1, 2, 3, padding=padding), "p1": nn.MaxPool1d(2, ceil_mode=padding > 0)}
    parts |= {"d2": nn.Conv1d(2, 3, 3, padding=padding), "p2": nn.MaxPool1d(2, ceil_mode=padding > 0)}
    parts |= {"b": nn.Conv1d(3, 4, 3, padding=padding), "u2": nn.ConvTranspose1d(4, 3, 2, stride=2)}
    parts |= {"m2": nn.Conv1d(6, 3, 3, padding=padding), "u1": nn.ConvTranspose1d(3, 2, 2, stride=2)}
    parts |= {"m1": nn.Conv1d(4, 2, 3, padding=padding), "h": nn.Conv1d(2, 5, 1)}
    return UShape(parts, [("d1", "p1", "u1", "m1"), ("d2", "p2", "u2", "m2")], "b", "h").double()


@pytest.mark.parametrize("places", [1, 2, 3, 7, 8, 12])
def test_an_answer_for_each_place_of_any_size(places):
    net, x = made(1), torch.randn(2, 1, places, dtype=torch.float64)
    d1 = net.d1(x)
    d2 = net.d2(net.p1(d1))
    up2 = net.u2(net.b(net.p2(d2)))[..., : d2.shape[-1]]
    up1 = net.u1(net.m2(torch.cat((d2, up2), 1)))[..., :places]
    wanted = net.h(net.m1(torch.cat((d1, up1), 1)))
    assert wanted.shape == (2, 5, places)
    torch.testing.assert_close(net(x), wanted)


def test_without_zeros_around_the_way_down_is_cut():
    net, x = made(0), torch.randn(2, 1, 34, dtype=torch.float64)  # 32, 16; 14, 7 (odd: a place is lost) ...
    d1 = net.d1(x)
    d2 = net.d2(net.p1(d1))
    up2 = net.u2(net.b(net.p2(d2)))
    m2 = net.m2(torch.cat((d2[..., 2 : 2 + up2.shape[-1]], up2), 1))
    up1 = net.u1(m2)
    n = up1.shape[-1]
    first = (d1.shape[-1] - n) // 2
    torch.testing.assert_close(net(x), net.h(net.m1(torch.cat((d1[..., first : first + n], up1), 1))))


@pytest.mark.parametrize(("padding", "places"), [(1, 13), (0, 36)])
def test_the_wiring_says_what_forward_computes(padding, places):
    net, x = made(padding).eval(), torch.randn(2, 1, places, dtype=torch.float64)
    nodes = flow(net)
    assert len(nodes) == len(list(net.children())) + 2
    held = [x] * count_places(nodes)
    for what, reads, to in nodes:
        held[to] = (joined(what) if isinstance(what, Join) else what)(*[held[place] for place in reads])
    torch.testing.assert_close(held[0], net(x))
    with torch.no_grad():
        torch.testing.assert_close(Frozen(net)(x), net(x))
