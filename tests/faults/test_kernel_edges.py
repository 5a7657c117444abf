"""At the edges of what the kernels know a fit is what it is without them; what is no number reaches the loss."""

import numpy as np
import pytest
import torch
from tests.unit.kernels import edges
from torch import nn

from foveal import CNNClassifier
from foveal.core import device
from foveal.core.errors import DivergedError
from foveal.fitting import prepare
from foveal.kernels.inference import open_answers
from foveal.kernels.library import load
from foveal.layers import BatchNorm

from .small import of_net, weights_of

pytestmark = [
    pytest.mark.skipif(load() is None, reason="there are no compiled kernels"),
    pytest.mark.filterwarnings("ignore:Full backward hook is firing"),  # of a module that nothing stands before
]

_rng = np.random.default_rng(0)
X, Y = _rng.normal(size=(40, *edges.SHAPE)), np.arange(40) % 2
OPTIONS = {"n_epochs": 3, "batch_size": 12, "layout": "NCHW", "valid_size": 0.2}
FITS = sorted({*edges.EDGES, *edges.HOOKS} - {"a norm in double precision"})  # fit makes one precision of a network


def fitted(net, **options) -> CNNClassifier:
    """Fit a network that a function makes, from a seed."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = net()
    edges.calls.clear()
    return of_net(made, **OPTIONS, **options).fit(X, Y)


def check_alike(net, *, exactly: bool = False, **options) -> list[str]:
    """Expect the weights of a fit without kernels, and as many calls of hooks; give those."""
    on = fitted(net, **options)
    called = list(edges.calls)
    off = fitted(net, **options, kernels="off")
    assert called == edges.calls
    for ours, theirs in zip(weights_of(on), weights_of(off), strict=True):
        if exactly:
            assert torch.equal(ours, theirs)
        else:
            torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)
    return called


@pytest.mark.parametrize("case", FITS)
def test_a_fit_is_the_same_as_without_kernels(case):
    assert bool(check_alike({**edges.EDGES, **edges.HOOKS}[case])) == (case in edges.HOOKS)


@pytest.mark.parametrize("precision", ["float64", "bfloat16"])
def test_other_precisions_are_pytorchs(precision, monkeypatch):
    """Also where bfloat16 is refused for being slow: the result is the same."""
    monkeypatch.setattr(device, "_cpu_has_bfloat16", lambda: True)
    check_alike(edges.net, exactly=True, precision=precision)


def test_the_network_without_an_edge_runs_on_kernels():
    """The other tests would say nothing if none of their fits did."""
    on, off = fitted(edges.net), fitted(edges.net, kernels="off")
    assert not all(map(torch.equal, weights_of(on), weights_of(off)))


def steep(out, y):
    """Penalise the gradient of the loss, which takes a second differentiation."""
    losses = nn.functional.cross_entropy(out, y, reduction="none")
    if not out.requires_grad:  # in validation
        return losses
    (gradient,) = torch.autograd.grad(losses.sum(), out, create_graph=True)
    return losses + gradient.square().sum(1)


@pytest.mark.parametrize("after", [[], [nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1), nn.GELU()]])
def test_a_loss_that_is_differentiated_twice(after):
    """All of the network on kernels, and its two convolutions in a row."""
    check_alike(lambda: edges.net(after=after), loss=steep, task="classification")


class Pieces(nn.Module):
    """Cut maps into four, which go on as four times the rows; in training now and then into no pieces at all."""

    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        if self.training and self.calls % 3 == 0:
            return x
        return torch.cat((x[..., :4, :4], x[..., :4, 4:], x[..., 4:, :4], x[..., 4:, 4:]))


class Together(nn.Module):
    """Take the mean over maps, and over the pieces of a row."""

    def __init__(self, pieces: Pieces):
        super().__init__()
        self.pieces = [pieces]

    def forward(self, x):
        x = x.mean((2, 3))
        return x if self.training and self.pieces[0].calls % 3 == 0 else x.unflatten(0, (4, -1)).mean(0)


def in_pieces():
    pieces = Pieces()
    convolutions = [nn.Conv2d(2, 4, 3, padding=1), BatchNorm(4), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1), nn.ReLU()]
    return nn.Sequential(pieces, *convolutions, Together(pieces), nn.Linear(4, edges.OUTPUTS))


def test_rows_and_sizes_that_a_module_changes_from_batch_to_batch():
    """Layers on kernels have room for what was planned: what is more or larger must not be written past it."""
    check_alike(in_pieces)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("where", ["a convolution", "its norm", "the last layer"])
@pytest.mark.parametrize("kernels", ["auto", "off"])
def test_weights_that_are_no_numbers_reach_the_loss(value, where, kernels, monkeypatch):
    """Of a maximum and an activation that compare, nothing would be left of them."""
    monkeypatch.setattr(prepare, "rehearse", lambda *_, **__: None)  # which refuses a network that begins so

    def net():
        made = edges.net(after=[BatchNorm(4)])
        layer = {"a convolution": made[0], "its norm": made[1], "the last layer": made[-1]}[where]
        with torch.no_grad():
            layer.weight.flatten()[0] = value
        return made

    with pytest.raises(DivergedError):
        fitted(net, kernels=kernels)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_row_that_is_no_number_changes_no_other(value):
    net = edges.net(conv=nn.Conv2d(2, 9, 3, padding=1), after=[BatchNorm(9)]).eval()
    x = torch.randn(9, *edges.SHAPE, generator=torch.Generator().manual_seed(0))
    odd = x.clone()
    odd[4, 1, 3, 3] = value
    for threads in (1, 2):
        compute = open_answers(net, edges.SHAPE, 9, threads)
        before, given, after = compute(x), compute(odd), compute(x)
        assert not given[4].isfinite().all()
        others = torch.arange(9) != 4
        assert torch.equal(given[others], before[others])
        assert torch.equal(after, before)


def test_rows_that_do_not_lie_side_by_side():
    net = edges.net(conv=nn.Conv2d(2, 9, 3, padding=1)).eval()
    compute = open_answers(net, edges.SHAPE, 6, 1)
    wide = torch.randn(12, 4, 16, 16, generator=torch.Generator().manual_seed(0))
    for x in (wide[::2, ::2, ::2, 1::2], wide[:6, :2, :8, :8].transpose(2, 3), wide[0, :1, :8, :8].expand(6, 2, 8, 8)):
        assert torch.equal(compute(x), compute(x.contiguous()))
