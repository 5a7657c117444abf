"""A network of which some layers run on kernels: each part takes a batch or leaves it to PyTorch, by itself."""

import copy

import pytest
import torch
from torch import nn

from foveal.kernels import mixed
from foveal.kernels.library import load
from foveal.kernels.planner import plan
from foveal.kernels.program import Program
from foveal.layers import Appended, BatchNorm, Branches, Residual, SqueezeExcite, Standardize

pytestmark = pytest.mark.skipif(load() is None, reason="there are no compiled kernels")

SHAPE = (2, 8, 8)


def convolution(n_in, n_out, **options):
    return nn.Conv2d(n_in, n_out, 3, **{"padding": 1, **options})


def two_parts(norm=BatchNorm, first_norm=nn.Identity):
    """The second part ends in one value a channel, with batch norm."""
    return nn.Sequential(
        convolution(2, 8), first_norm(8) if first_norm is not nn.Identity else nn.Identity(), nn.ReLU(),
        convolution(8, 8), nn.GELU(),
        convolution(8, 8, stride=2), nn.ReLU(), nn.Conv2d(8, 6, 4), norm(6), nn.Flatten(), nn.Linear(6, 3),
    )  # fmt: skip


def three_parts():
    return nn.Sequential(
        convolution(2, 4), convolution(4, 4), nn.GELU(), convolution(4, 4, stride=2), convolution(4, 8), nn.ELU(),
        convolution(8, 8), nn.Conv2d(8, 5, 4), BatchNorm(5), nn.Tanh(), nn.Flatten(), nn.Linear(5, 2),
    )  # fmt: skip


def body(n_in, n_out, stride=1, **options):
    """Two convolutions with norms, as in a residual network."""
    rows = {"conv": convolution(n_in, n_out, stride=stride, bias=False), "norm": BatchNorm(n_out), "act": nn.ReLU6()}
    return rows | {"conv2": convolution(n_out, n_out, bias=False), "norm2": BatchNorm(n_out)} | options


def after_stem(*blocks, channels=8):
    return nn.Sequential(
        convolution(2, 8),
        BatchNorm(8),
        nn.ReLU(),
        *blocks,
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(channels, 3),
    )


def projected(n_in, n_out):
    return nn.Sequential(nn.Conv2d(n_in, n_out, 1, 2), BatchNorm(n_out))


def before_activation():
    """The shortcut reads what the first norm and its activation give; the norm's value is nobody else's."""
    first = {"norm0": BatchNorm(8), "act0": nn.ReLU()}
    return Residual(first | body(8, 6), nn.Conv2d(8, 6, 1), after=2)


def branches():
    return Branches({"a": nn.Sequential(*body(8, 3).values()), "b": nn.ReLU()})


#: Networks in which rows run side by side, and how many programs they have.
GRAPHS = {
    "residual": (
        lambda: after_stem(Residual(body(8, 8), activation="relu"), Residual(body(8, 8), activation="relu")),
        2,
    ),
    "projection": (lambda: after_stem(Residual(body(8, 6, 2), projected(8, 6), activation="relu"), channels=6), 1),
    "pre-activation": (lambda: after_stem(before_activation(), BatchNorm(6), nn.ReLU(), channels=6), 1),
    "layer scale": (lambda: after_stem(Residual(body(8, 8), layer_scale=torch.full((8, 1, 1), 0.1))), 1),
    "weighed": (lambda: after_stem(Residual(body(8, 8, se=SqueezeExcite(2, 8, 2)), activation="relu")), 1),
    "residual within residual": (lambda: after_stem(Residual({"a": Residual(body(8, 8)), "b": nn.Tanh()})), 1),
    "branches": (
        lambda: after_stem(Branches({"a": nn.Sequential(*body(8, 3).values()), "b": nn.ReLU()}), channels=11),
        1,
    ),
    "dense": (lambda: after_stem(Appended(body(8, 3)), BatchNorm(11), nn.ReLU6(), nn.Conv2d(11, 8, 1)), 1),
    "one convolution a block": (lambda: after_stem(Residual({"conv": convolution(8, 8)}, activation="relu")), 0),
    "a hook on a block": (lambda: after_stem(hooked(Residual(body(8, 8), activation="relu"))), 0),
}


def hooked(module):
    module.register_forward_hook(lambda *_: None)
    return module


NETS = {
    **{name: make for name, (make, _) in GRAPHS.items()},
    "the last part": two_parts,
    "the last part, PyTorch's norm of its own momentum": lambda: two_parts(lambda n: BatchNorm(n, momentum=0.3)),
    "the last of two with norms": lambda: two_parts(first_norm=BatchNorm),
    "the last of three": three_parts,
    "after standardisation": lambda: nn.Sequential(Standardize([1.0, 2.0], [2.0, 3.0]), *two_parts()),
}


def made(name):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return NETS[name]().train()


@pytest.fixture
def ran(monkeypatch):
    """The programs that took a batch."""
    ran, count = [], Program.count

    def noting(program):
        ran.append(program)
        count(program)

    monkeypatch.setattr(Program, "count", noting)
    return ran


def check(name, counts) -> mixed.Mixed:
    """Train on batches of so many rows by kernels and by PyTorch: outputs, gradients and buffers agree."""
    ours = made(name)
    theirs = copy.deepcopy(ours)
    compute = mixed.Mixed(plan(ours, SHAPE), 12, 1)
    rng = torch.Generator().manual_seed(0)
    for rows in counts:
        x = torch.randn(rows, *SHAPE, generator=rng)
        outputs = [call(x) for call in (compute, theirs)]
        torch.testing.assert_close(*outputs, rtol=1e-4, atol=1e-5)
        for out, net in zip(outputs, (ours, theirs), strict=True):
            net.zero_grad()
            out.square().mean().backward()
        for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(a.grad, b.grad, rtol=1e-3, atol=1e-4)
        for a, b in zip(ours.buffers(), theirs.buffers(), strict=True):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)
    return compute


@pytest.mark.parametrize("name", GRAPHS)
def test_rows_side_by_side(name, ran):
    compute = check(name, (12, 5))
    assert len([part for part in compute.parts if isinstance(part.what, Program)]) == GRAPHS[name][1]
    assert len(ran) == 2 * GRAPHS[name][1]


def test_maps_stay_channels_last():
    net, seen = made("projection"), []
    for module in (net[5], net[3].downsample[0]):
        module.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    mixed.Mixed(plan(net, SHAPE), 12, 1)(torch.zeros(12, 8, 8, 2).movedim(-1, 1))
    assert [x.is_contiguous(memory_format=torch.channels_last) for x in seen] == [True, True]


@pytest.mark.parametrize("name", [name for name in NETS if name not in GRAPHS])
@pytest.mark.parametrize("counts", [(12, 1, 12), (12, 12, 1), (1, 12, 12), (1, 1, 5)])
def test_a_part_that_cannot_take_a_batch_leaves_that_batch_and_no_other(name, counts, ran):
    compute = check(name, counts)
    programs = [part.what for part in compute.parts if isinstance(part.what, Program)]
    assert len(programs) == 2 + (name == "the last of three")
    assert ran.count(programs[0]) == len(counts)
    assert ran.count(programs[-1]) == sum(rows > 1 for rows in counts)


class Cut(nn.Module):
    """Let the first batch's gradient end here, and no other's."""

    calls = 0

    def forward(self, x):
        self.calls += 1
        return x.detach() if self.calls == 1 else x


def test_a_part_opened_without_a_gradient_of_its_inputs_is_not_asked_for_one(ran):
    ours = nn.Sequential(nn.Conv2d(2, 4, 1, groups=2), Cut(), convolution(4, 8), convolution(8, 8), nn.Flatten())
    theirs, x = copy.deepcopy(ours), torch.ones(3, *SHAPE)
    compute = mixed.Mixed(plan(ours, SHAPE), 12, 1)
    for call in (compute, theirs):
        call(x)
    assert len(ran) == 1
    for call in (compute, theirs):
        call(x).square().sum().backward()
    torch.testing.assert_close(ours[0].weight.grad, theirs[0].weight.grad)
