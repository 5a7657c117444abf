"""A network as one list of steps: every value lies where the next step reads it, whatever runs side by side."""

import pytest
import torch
from torch import nn

from foveal.layers import Appended, Branches, Dropout, Join, Residual, SqueezeExcite, StochasticDepth
from foveal.layers.flow import Node, count_places, flow, in_place, is_fresh, joined


def named(*names):
    return {name: nn.Conv1d(2, 2, 1) for name in names}


NETS = {
    "a row": lambda: nn.Sequential(nn.Tanh(), nn.Sequential(nn.Conv1d(2, 2, 1), nn.ReLU())),
    "a residual row": lambda: Residual(named("a", "b"), activation="relu"),
    "a projection": lambda: Residual(named("a", "b"), nn.Conv1d(2, 2, 1), after=1),
    "residual within residual": lambda: Residual({"inner": Residual(named("a")), **named("b")}),
    "a row that begins with rows": lambda: Branches(
        {"a": Branches(named("b", "c")), "d": Branches({"e": Appended(named("f")), "g": nn.Identity()})}
    ),
    "weighed within": lambda: Residual({**named("a"), "se": SqueezeExcite(1, 2, 1)}, nn.Conv1d(2, 2, 1)),
    "two that are the input": lambda: Branches({"a": nn.Identity(), "b": nn.Identity()}),
    "nothing but the input": lambda: Residual({"a": nn.Identity()}),
    "scaled": lambda: Residual(named("a"), layer_scale=torch.tensor([[2.0], [3.0]])),
}


@pytest.mark.parametrize("name", NETS)
def test_the_steps_compute_what_the_network_computes(name):
    torch.manual_seed(0)
    net, x = NETS[name](), torch.randn(3, 2, 5)
    nodes = flow(net)
    held = [x] * count_places(nodes)
    for what, reads, to in nodes:
        compute = joined(what) if isinstance(what, Join) else what
        held[to] = compute(*[held[place] for place in reads])
    torch.testing.assert_close(held[0], net(x))


def test_what_is_idle_is_said():
    net = nn.Sequential(nn.Identity(), Dropout(0.5), StochasticDepth(0.5), nn.ReLU())
    assert [type(node.what) for node in flow(net)] == [nn.ReLU]
    assert [type(node.what) for node in flow(net, idle=(nn.Identity,))] == [Dropout, StochasticDepth, nn.ReLU]


@pytest.mark.parametrize("where", ["", "0", "0.a"])
def test_a_module_with_a_hook_is_one_step(where):
    net = nn.Sequential(Residual(named("a", "b")))
    hooked = net.get_submodule(where)
    hooked.register_forward_hook(lambda *_: None)
    assert hooked in [node.what for node in flow(net)]
    assert len(flow(net)) == {"": 1, "0": 1, "0.a": 3}[where]


def test_rows_are_added_of_any_number_and_shape():
    rows = torch.ones(2, 3), torch.ones(2, 3), torch.ones(2, 1)
    for overwrite in (False, True):
        given = [row.clone() for row in rows]
        assert joined(Join("add", ()), overwrite=overwrite)(*given).tolist() == [[3.0] * 3] * 2
        assert torch.equal(given[0], rows[0]) is not overwrite
    assert joined(Join("scale", ()))(*[2 * row for row in rows]).tolist() == [[8.0] * 3] * 2


ACTS = [nn.ReLU(), nn.ReLU6(), nn.SiLU(), nn.Hardswish(), nn.Hardsigmoid(), nn.Sigmoid(), nn.Tanh()]


@pytest.mark.parametrize("act", ACTS, ids=lambda act: type(act).__name__)
def test_an_activation_in_place_has_the_same_bits(act):
    x = torch.linspace(-9, 9, 101)
    wanted, compute = act(x), in_place(act)
    out = compute(x)
    assert torch.equal(out, wanted)
    assert out.data_ptr() == x.data_ptr()


def test_what_may_not_be_overwritten():
    assert in_place(nn.GELU()) is None
    hooked = nn.ReLU()
    hooked.register_forward_hook(lambda *_: None)
    assert in_place(hooked) is None
    kinds = nn.Conv1d(1, 1, 1), nn.ReLU(), nn.Flatten()  # ReLU's gradient needs its result, the last is a view
    assert [is_fresh(Node(module, (0,), 0)) for module in kinds] == [True, False, False]
    assert [is_fresh(Node(Join("add", ()), reads, 0)) for reads in ((1, 0), (1,))] == [True, False]
