"""A few layers with their loss on the compiled kernels against float64: batches of several sizes through one program.

Where a decision anywhere in the network is open, within 2e-5 in float64, other rows are drawn. Bounds are on rms / rms;
a draw may lose more, four times what float64 does with noise of one layer's error, for batch norm over two values turns
1e-6 into 1e-4.
"""

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from foveal.kernels.library import load
from foveal.layers import DenseBlock

from .kernel_errors import Errors, rms
from .kernel_nets import is_settled, stacks
from .kernel_runs import Masked, Step, by_kernels, by_torch, program_of, twin
from .test_kernels import some

pytestmark = pytest.mark.skipif(load() is None, reason="there are no compiled kernels")

BOUNDS = {"loss": 2e-6, "out": 5e-6, "filters": 1e-5, "rest": 5e-6}
MARGIN = 2e-5
TRIES = 40
NOISE = 1e-6  # what one layer of Winograd's filters loses


def with_labels(net, shape, rows, rng) -> Step:
    x = torch.randn(rows, *shape, generator=rng)
    outputs = net[-1].out_features
    step = Step(x, labels=torch.randint(outputs, (rows,), generator=rng))
    if rows % 2:
        step.weight = torch.rand(rows, generator=rng) + 0.1
        step.smoothing = 0.1
    return step


def settle(net, steps, rng) -> bool:
    """Draw rows anew until no decision is open; the masks are those that the steps have."""
    exact = twin(net, torch.float64)
    masked = [m for m in exact.modules() if isinstance(m, Masked)]
    for step in steps:
        for module, mask in zip(masked, step.masks, strict=True):
            module.mask = mask
        for _ in range(TRIES):
            if is_settled(exact, step.x.double(), MARGIN):
                break
            step.x = torch.randn(step.x.shape, generator=rng)
        else:
            return False
    return True


def fewest(net) -> int:
    """Of two values in a channel batch norm leaves only which is the greater: the gradient is what rounding leaves."""
    return 3 if any(type(block) is DenseBlock and hasattr(block, "norm") for block in net) else 1


def check(draws: int) -> Errors:
    errors = Errors("networks", BOUNDS)

    @some(draws)
    @given(stacks(), st.lists(st.integers(1, 7), min_size=1, max_size=3), st.integers(0, 2**16))
    def every(drawn, counts, seed):
        net, shape = drawn
        counts = [max(n, fewest(net)) for n in counts]
        program = program_of(net, shape, max(counts), 1)
        assume(all(program.takes(torch.empty(n, *shape)) for n in counts))
        rng = torch.Generator().manual_seed(seed)
        steps = [with_labels(net, shape, n, rng) for n in counts]
        by_kernels(net, steps, 1, seed=seed)  # draws the masks
        assume(settle(net, steps, rng))
        given = [by_kernels(net, steps, threads, seed=seed) for threads in (1, 2, 3)]
        torchs, exact = (by_torch(net, steps, dtype) for dtype in (torch.float32, torch.float64))
        noisy = by_torch(net, steps, torch.float64, noise=NOISE)
        for ours in given:
            for mine, theirs, true, moved in zip(ours, torchs, exact, noisy, strict=True):
                largest = max(rms(true[name]) for name, _ in net.named_parameters())
                few = 0.01 * largest
                least = {"filters": few, "weight": few, "bias": 10 * few, "running_var": 1e-6}
                errors.check(mine, theirs, true, least, moved)

    every()
    return errors


def test_networks():
    check(25)


@pytest.mark.long
def test_networks_at_length():
    print(f"\n{check(200)}")
