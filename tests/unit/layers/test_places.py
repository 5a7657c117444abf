"""Maps brought to one size: values by hand, and wirings that say what forward computes."""

import pytest
import torch
from torch import nn

from foveal.layers import Branches, LaidOut, LaidOutWithAux, TwoScales, wiring_of
from foveal.layers.flow import Node, count_places, flow, is_fresh, joined
from foveal.layers.frozen import Frozen
from foveal.layers.places import cut, laid_out, overlapped
from foveal.layers.wiring import Join


def test_a_map_is_cut_from_its_middle():
    x = torch.arange(30.0).view(1, 1, 5, 6)
    assert cut(x, (3, 3)).equal(x[:, :, 1:4, 1:4])
    assert cut(x, (5, 6)) is x
    a, b = torch.zeros(1, 2, 5, 4), torch.ones(1, 1, 4, 6)
    assert overlapped(a, b).shape == (1, 3, 4, 4)


def _by_hand(row, n):
    """Interpolate between the middles of places, as the formula has it."""
    out = []
    for i in range(n):
        place = min(max((i + 0.5) * len(row) / n - 0.5, 0.0), len(row) - 1.0)
        j = min(int(place), len(row) - 2) if len(row) > 1 else 0
        t = place - j
        out.append((1 - t) * row[j] + (t * row[j + 1] if t else 0.0))
    return out


@pytest.mark.parametrize(("n", "m"), [(2, 8), (5, 13), (1, 4), (7, 3), (4, 4)])
def test_a_map_is_laid_out_as_the_formula_says(n, m):
    row = torch.randn(n, generator=torch.Generator().manual_seed(n), dtype=torch.float64)
    over = torch.zeros(2, 5, m)
    found = laid_out(row.view(1, 1, n), over).flatten()
    torch.testing.assert_close(found, torch.tensor(_by_hand(row.tolist(), m), dtype=torch.float64))
    high = laid_out(row.view(1, 1, n, 1).expand(1, 1, n, 2), torch.zeros(1, 1, m, 3))
    torch.testing.assert_close(high[0, 0, :, 1], found)


def _light():
    backbone = nn.Sequential(nn.Conv1d(2, 3, 1, stride=2), nn.ReLU(), nn.Conv1d(3, 4, 1, stride=2))
    parts = {
        "cbr": nn.Conv1d(4, 6, 1),
        "scale": nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Conv1d(4, 6, 1), nn.Sigmoid()),
        "low_classifier": nn.Conv1d(3, 5, 1),
        "high_classifier": nn.Conv1d(6, 5, 1),
    }
    return TwoScales(backbone, 2, parts)


def _with_aux():
    backbone = nn.Sequential(nn.Conv1d(2, 3, 1), nn.Conv1d(3, 4, 1, stride=2))
    return LaidOutWithAux(backbone, nn.Conv1d(4, 5, 1), nn.Conv1d(3, 5, 1), "0")


NETS = {
    "laid out": lambda: LaidOut(nn.Conv1d(2, 3, 1, stride=3), nn.ReLU()),
    "over as many places": lambda: nn.Sequential(LaidOut(nn.Conv1d(2, 3, 1), nn.ReLU()), nn.ReLU()),
    "a pyramid": lambda: Branches({"a": nn.Conv1d(2, 3, 1), "b": LaidOut(nn.AdaptiveAvgPool1d(1), nn.Conv1d(2, 1, 1))}),
    "two scales": _light,
    "with a side head": _with_aux,
}


@pytest.mark.parametrize("name", NETS)
def test_the_wiring_says_what_forward_computes(name):
    torch.manual_seed(0)
    net, x = NETS[name]().eval(), torch.randn(2, 2, 11)
    nodes = flow(net)
    assert len(nodes) > 1
    held = [x] * count_places(nodes)
    for what, reads, to in nodes:
        held[to] = (joined(what) if isinstance(what, Join) else what)(*[held[place] for place in reads])
    torch.testing.assert_close(held[0], net(x))
    with torch.no_grad():
        torch.testing.assert_close(Frozen(net)(x), net(x))


def test_what_is_laid_out_is_not_taken_for_memory_of_its_own():
    assert not is_fresh(Node(Join("lay out", ()), (1, 0), 0))
    assert is_fresh(Node(Join("overlap", ()), (0, 1), 0))


def test_a_side_head_answers_in_training_alone():
    net, x = _with_aux(), torch.randn(2, 2, 8)
    main, side = net(x)
    torch.testing.assert_close(side, net.aux_classifier(net.backbone[0](x)))
    torch.testing.assert_close(main, net.eval()(x))
    assert wiring_of(net) is not None
    assert wiring_of(net.train()) is None
