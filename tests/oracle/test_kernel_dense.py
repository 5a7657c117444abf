"""Dense layers on the compiled kernels: wide ones, whose products go in pieces, and their update within the step."""

import math
from itertools import pairwise

import pytest
import torch
from torch import nn, optim

from foveal.kernels.interface import BACKWARD, FORWARD, LOSS, PACK, UPDATE
from foveal.kernels.library import load
from foveal.kernels.updates import Update

from .kernel_errors import Errors
from .kernel_nets import seeded
from .kernel_runs import Step, by_kernels, by_torch, program_of
from .test_kernels import DIRECT

pytestmark = pytest.mark.skipif(load() is None, reason="there are no compiled kernels")

#: Rows, and a network's widths: around the pieces of 256 inputs, 64 outputs (512 inputs of a gradient), and few rows.
WIDE = [
    (9, (257, 65, 3)),
    (33, (256, 64, 512)),
    (12, (1030, 130, 129, 1)),
    (8, (513, 70, 300)),  # weights are read as they lie
    (1, (77, 300, 5)),
    (100, (48, 32, 1000)),
    (300, (20, 600, 10)),
    (2, (3, 2049, 2)),
]
RULES = {
    "sgd": lambda weights: optim.SGD(weights, 0.1),
    "nesterov": lambda weights: optim.SGD(weights, 0.1, momentum=0.9, nesterov=True),
    "adam": lambda weights: optim.Adam(weights, 0.01),
    "adamw": lambda weights: optim.AdamW(weights, 0.01, weight_decay=0.1),
}


def net_of(widths, seed=0):
    """Make a network without activations, where no rounding decides on which side of a bend a value falls."""
    return seeded(lambda: nn.Sequential(*(nn.Linear(a, b) for a, b in pairwise(widths))), seed)


def labelled(rows, widths, seed=0) -> Step:
    rng = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, widths[0], generator=rng)
    return Step(x, labels=torch.randint(widths[-1], (rows,), generator=rng), smoothing=0.1 if rows % 2 else 0.0)


@pytest.mark.parametrize(("rows", "widths"), WIDE)
def test_wide_layers_against_float64(rows, widths):
    errors, net = Errors("wide", DIRECT), net_of(widths)
    steps = [labelled(rows, widths), labelled(max(1, rows - 1), widths, 1)]
    torchs, exact = (by_torch(net, steps, dtype, inputs_too=True) for dtype in (torch.float32, torch.float64))
    for threads in (1, 2, 3):
        for batch in zip(by_kernels(net, steps, threads, inputs_too=True), torchs, exact, strict=True):
            errors.check(*batch, {})


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("rows", "widths"), WIDE)
def test_a_step_in_one_call_leaves_the_bits_of_two(rows, widths, rule, threads):
    """In one call a dense weight is updated piece by piece, while its gradient is cached."""
    whole, parted = (after(rows, widths, rule, threads, calls) for calls in (1, 2))
    for ours, theirs in zip(whole, parted, strict=True):
        assert torch.equal(ours, theirs)


def after(rows, widths, rule, threads, calls) -> list[torch.Tensor]:
    """Give weights and the optimizer's memory after two steps, each in one call or two."""
    net = net_of(widths)
    optimizer = RULES[rule](list(net.parameters()))
    program = program_of(net, widths[:1], rows, threads)
    update = Update(optimizer, program.gradients, {net[0].weight})
    assert update.look()
    for seed in range(2):
        step = labelled(rows, widths, seed)
        program.bind()
        held = program.load(step.x, training=True)
        call = program.call
        call.labels, call.smoothing, call.total = step.labels.data_ptr(), step.smoothing, step.total
        update.describe(call, 0.01)
        if calls == 1:
            program.run(PACK | FORWARD | LOSS | BACKWARD | UPDATE)
        else:
            program.run(PACK | FORWARD | LOSS | BACKWARD)
            program.run(UPDATE)
        del held
    memory = [t for w in net.parameters() for t in optimizer.state[w].values() if isinstance(t, torch.Tensor)]
    return [*(w.detach() for w in net.parameters()), *memory]


def loss_of(logits, labels, **options):
    """Give loss, gradient and right rows as the kernels see outputs: through a layer that hands its inputs on."""
    classes = logits.shape[1]
    net = nn.Sequential(nn.Linear(classes, classes, bias=False))
    with torch.no_grad():
        net[0].weight.copy_(torch.eye(classes))
    program = program_of(net, (classes,), len(logits), 1, gives_gradient=True)
    program.bind()
    held = program.load(logits, training=True)
    back, call = torch.empty(len(logits), classes), program.call
    call.labels, call.smoothing, call.total = labels.data_ptr(), options.get("smoothing", 0.0), float(len(logits))
    call.in_gradient = back.data_ptr()
    program.run(PACK | FORWARD | LOSS | BACKWARD)
    del held
    return call.sums[0], back, call.sums[2]


@pytest.mark.parametrize("scale", [1e-3, 1.0, 30.0, 80.0, 1e4])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("classes", [2, 7, 8, 9, 16, 1001, 5000])
def test_cross_entropy_of_any_size(classes, smoothing, scale):
    rng = torch.Generator().manual_seed(classes)
    logits, labels = torch.randn(5, classes, generator=rng) * scale, torch.randint(classes, (5,), generator=rng)
    loss, gradient, right = loss_of(logits, labels, smoothing=smoothing)
    exact = logits.double().requires_grad_()
    expected = nn.functional.cross_entropy(exact, labels, label_smoothing=smoothing)
    expected.backward()
    assert loss == pytest.approx(expected.item(), rel=1e-6, abs=1e-9)
    torch.testing.assert_close(gradient.double(), exact.grad, rtol=2e-6, atol=1e-7)
    assert right == (logits.argmax(1) == labels).sum()


def test_outputs_far_below_the_greatest_have_no_share():
    logits = torch.tensor([[0.0, -88.0, -1e30, -math.inf, -80.0, 0.0, -1.0, -2.0, -math.inf, -3.0]])
    loss, gradient, _ = loss_of(logits.clamp(min=-3e38), torch.tensor([0]))
    expected = logits.double().softmax(1)
    assert loss == pytest.approx(-expected[0, 0].log().item(), rel=1e-6)
    torch.testing.assert_close(gradient[0, 1:], expected[0, 1:].float(), rtol=1e-6, atol=1e-37)


@pytest.mark.parametrize("odd", [math.nan, math.inf])
@pytest.mark.parametrize("at", [0, 3, 8])
def test_what_is_no_number_reaches_the_loss_and_counts_as_the_greatest(odd, at):
    logits = torch.zeros(9, 9)
    logits[:, at] = odd
    given = logits.clone()
    net = nn.Sequential(nn.Linear(1, 9))
    with torch.no_grad():
        net[0].weight.zero_()
        net[0].bias.copy_(given[0])
    program = program_of(net, (1,), 9, 1)
    program.bind()
    held, labels, call = program.load(torch.ones(9, 1), training=True), torch.arange(9), program.call
    call.labels, call.smoothing, call.total = labels.data_ptr(), 0.0, 9.0
    program.run(PACK | FORWARD | LOSS | BACKWARD)
    del held
    assert math.isnan(call.sums[0])
    assert call.sums[2] == 1
    assert program.gradients[net[0].bias].isnan().any()
