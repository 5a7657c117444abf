"""One layer on the compiled kernels against float64, over shapes, batches and threads that Hypothesis draws.

The gradient that a layer is given is zero where a decision is open: where float64 stands within 1e-4 of a kink, or of a
window's second greatest. A rounding error there gives the gradient to another pixel, which is no error of a kernel.

Bounds are on rms / rms. Those of Winograd's filters were measured on other shapes first: 0.9 to 1.4e-6 forward, 4 to
14e-6 for the gradient of the weights. Besides, a draw may lose four times what PyTorch loses on it in float32.
"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.modules.batchnorm import _BatchNorm

from foveal.kernels.epilogue import CURVES
from foveal.kernels.interface import METHODS
from foveal.kernels.library import load

from .kernel_errors import Errors, least_sizes
from .kernel_nets import CURVE_MODULES, is_open, layers
from .kernel_runs import Step, by_kernels, by_torch, program_of, twin

pytestmark = pytest.mark.skipif(load() is None, reason="there are no compiled kernels")

WINOGRAD = {"filters": 1e-5, "rest": 5e-6}
DIRECT = {"filters": 3e-6, "rest": 1e-6}


def some(n: int):
    """Settings of a test with so many draws, the same ones in every run."""
    return settings(max_examples=n, derandomize=True, deadline=None, database=None)


def a_step(net, shape, rows, seed) -> Step:
    """Draw rows, and a gradient of the outputs that is zero where a decision is open."""
    rng = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, *shape, generator=rng)
    block, *tail = twin(net, torch.float64)
    with torch.no_grad():
        z = block(x.double())
        norms = [m for m in block if isinstance(m, _BatchNorm)]
        tied = norms[0].weight == 0 if norms else None
        out = torch.nn.Sequential(*tail)(z)
    gradient = torch.randn(out.shape, generator=rng)
    return Step(x, gradient.masked_fill(is_open(tail, z, tied=tied), 0.0))


def compare(errors: Errors, net, steps, *, inputs_too: bool) -> None:
    """Hold what the kernels give on one, two and three threads against float64."""
    given = [by_kernels(net, steps, threads, inputs_too=inputs_too) for threads in (1, 2, 3)]
    torchs, exact = (by_torch(net, steps, dtype, inputs_too=inputs_too) for dtype in (torch.float32, torch.float64))
    least = [least_sizes(batch, step.gradient) for batch, step in zip(exact, steps, strict=True)]
    for ours in given:
        for batch in zip(ours, torchs, exact, least, strict=True):
            errors.check(*batch)


def check(kind: str, draws: int) -> Errors:
    bounds = WINOGRAD if kind == "winograd" else DIRECT
    errors, methods, curves = Errors(kind, bounds), set(), set()

    @some(draws)
    @given(layers(kind), st.integers(1, 9), st.integers(0, 2**16))
    def every(drawn, rows, seed):
        net, shape = drawn
        program = program_of(net, shape, rows, 1)
        methods.add(METHODS[program.calls.foveal_method(program.layers)])
        curves.update(type(m) for m in net)
        if all(program.takes(torch.empty(n, *shape)) for n in (rows, max(1, rows - 1))):
            steps = [a_step(net, shape, n, seed + n) for n in (rows, max(1, rows - 1))]
            compare(errors, net, steps, inputs_too=kind != "first")

    every()
    assert METHODS[1 if kind == "winograd" else 2] in methods
    assert draws < 200 or CURVES.keys() <= curves
    return errors


KINDS = ["winograd", "direct", "first"]


@pytest.mark.parametrize("kind", KINDS)
def test_convolutions(kind):
    check(kind, 25)


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_convolutions_at_length(kind):
    print(f"\n{check(kind, 200)}")


def test_every_curve_is_drawn():
    assert CURVES.keys() == {type(m) for m in CURVE_MODULES}
