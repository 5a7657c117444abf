"""The optimizers' updates on the compiled kernels against PyTorch's in float64: five steps of given gradients."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn, optim

from foveal.kernels.interface import UPDATE
from foveal.kernels.library import load
from foveal.kernels.updates import Update

from .kernel_errors import Errors
from .kernel_nets import seeded
from .kernel_runs import program_of
from .test_kernels import some

pytestmark = pytest.mark.skipif(load() is None, reason="there are no compiled kernels")

KINDS = {
    "sgd": lambda weights: optim.SGD(weights, 0.1),
    "momentum": lambda weights: optim.SGD(weights, 0.1, momentum=0.9),
    "nesterov": lambda weights: optim.SGD(weights, 0.1, momentum=0.9, nesterov=True),
    "adam": lambda weights: optim.Adam(weights, 0.01),
    "adam, other numbers": lambda weights: optim.Adam(weights, 0.01, betas=(0.5, 0.9), eps=1e-4),
    "adamw": lambda weights: optim.AdamW(weights, 0.01, weight_decay=0.1),
    "adam, decoupled": lambda weights: optim.Adam(weights, 0.01, weight_decay=0.1, decoupled_weight_decay=True),
}
STEPS = 5


def by_torch(make, weights, gradients, rates, l2, penalised) -> dict[str, torch.Tensor]:
    weights = [w.clone().requires_grad_() for w in weights]
    optimizer = make(weights)
    for rate, now in zip(rates, gradients, strict=True):
        optimizer.param_groups[0]["lr"] = rate
        for k, (weight, gradient) in enumerate(zip(weights, now, strict=True)):
            weight.grad = gradient.to(weight.dtype) + (2 * l2 * weight.detach() if k in penalised else 0)
        optimizer.step()
    return seen(optimizer, weights)


def seen(optimizer, weights) -> dict[str, torch.Tensor]:
    """Give the weights and the optimizer's memory of them."""
    found = {f"weight {k}": w.detach() for k, w in enumerate(weights)}
    for k, weight in enumerate(weights):
        for name, value in optimizer.state[weight].items():
            if value is not None:
                found[f"{name} {k}"] = torch.atleast_1d(value.detach())
    return found


def check(kind: str, draws: int) -> Errors:
    errors, make = Errors(kind, {"rest": 3e-7}), KINDS[kind]

    @some(draws)
    @given(st.lists(st.integers(1, 70), min_size=2, max_size=4), st.integers(1, 3), st.integers(0, 2**16))
    def every(sizes, threads, seed):
        net = seeded(lambda: nn.Sequential(*(nn.Linear(a, b) for a, b in pairwise(sizes))), seed)
        rng = torch.Generator().manual_seed(seed)
        weights = list(net.parameters())
        with torch.no_grad():
            for w in weights:
                w.copy_(torch.randn(w.shape, generator=rng))
        start, l2 = [w.detach().clone() for w in weights], 0.01 if seed % 2 else 0.0
        gradients = [[torch.randn(w.shape, generator=rng) * 10.0**-k for w in weights] for k in range(STEPS)]
        rates = [0.1 / (k + 1) for k in range(STEPS)]
        penalised = set(range(0, len(weights), 2))  # not the biases
        optimizer, program = make(weights), program_of(net, sizes[:1], 1, threads)
        update = Update(optimizer, program.gradients, {weights[k] for k in penalised})
        assert update.look()
        for rate, now in zip(rates, gradients, strict=True):
            optimizer.param_groups[0]["lr"] = rate
            for weight, gradient in zip(weights, now, strict=True):
                program.gradients[weight].copy_(gradient)
            update.describe(program.call, l2)
            program.run(UPDATE)
        given = make, start, gradients, rates, l2, penalised
        exact = by_torch(make, [w.double() for w in start], *given[2:])
        errors.check(seen(optimizer, weights), by_torch(*given), exact, {"weight": 0.3})

    every()
    return errors


@pytest.mark.parametrize("kind", KINDS)
def test_updates(kind):
    check(kind, 10)


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_updates_at_length(kind):
    print(f"\n{check(kind, 200)}")


@pytest.mark.parametrize(
    "make",
    [
        lambda weights: optim.SGD(weights, 0.1, weight_decay=0.1),
        lambda weights: optim.SGD(weights, 0.1, momentum=0.9, dampening=0.1),
        lambda weights: optim.SGD(weights, 0.1, maximize=True),
        lambda weights: optim.Adam(weights, 0.1, weight_decay=0.1),
        lambda weights: optim.Adam(weights, 0.1, amsgrad=True),
        lambda weights: optim.Adam(weights, torch.tensor(0.1)),
        lambda weights: optim.Adam([{"params": weights[:1]}, {"params": weights[1:], "lr": 0.2}]),
        lambda weights: optim.Adam(weights[:1]),
        lambda weights: optim.NAdam(weights),
        lambda weights: optim.RMSprop(weights),
        lambda weights: optim.Adagrad(weights),
        lambda weights: hooked(optim.Adam(weights)),
    ],
)
def test_rules_that_are_left_to_pytorch(make):
    net = nn.Sequential(nn.Linear(3, 4))
    update = Update(make(list(net.parameters())), program_of(net, (3,), 1, 1).gradients, set())
    assert update.why
    assert not update.look()


def hooked(optimizer):
    optimizer.register_step_post_hook(lambda *args: None)
    return optimizer
