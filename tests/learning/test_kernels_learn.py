"""The losses of 200 steps on the compiled kernels beside PyTorch's in two memory layouts.

All three begin with the same weights and see the same batches and dropout masks; they differ in the order of their sums
alone. Rounding errors grow as training goes on, so that no run is the others' measure: kernels may be no further from
PyTorch than its layouts are from each other, times a small number.
"""

import copy

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from foveal.data.batches import Batches
from foveal.data.rows import Rows
from foveal.data.store import Resident
from foveal.kernels.library import load
from foveal.kernels.planner import plan
from foveal.models import PlainStack
from foveal.tasks.classification import classification
from foveal.train import Config, start, train
from foveal.train.losses import row_loss
from foveal.train.optim.table import make_optimizer

pytestmark = pytest.mark.skipif(load() is None, reason="there are no compiled kernels")

STEPS = 200
TIMES = 3  # measured: 0.7 to 1.0 of the largest difference, 1.0 to 1.4 of the mean


class InRows(nn.Module):
    """Lay maps out as (N, C, H, W), whatever they came as; convolutions then give such maps too."""

    def forward(self, x):
        return x.clone(memory_format=torch.contiguous_format)  # not contiguous(): one channel lies in either order


def losses_of(net: nn.Module, X: np.ndarray, y: np.ndarray, batch_size: int, *, kernels: bool) -> np.ndarray:
    """Train a copy of a network for so many steps; give the loss of each."""
    store = Resident(Rows(X), torch.float32, torch.device("cpu"))
    batches = Batches(store, (torch.from_numpy(y),), None, batch_size, seed=1, shuffle=True)
    net = copy.deepcopy(net)
    state = start(net, make_optimizer("adam", net.parameters(), 0.002), seed=2, threads=1)
    config = Config(-(-STEPS // len(batches)), 0.002, kernels=kernels)
    losses, seen = [], [0.0, 0.0]

    def note(now) -> bool:
        losses.append((float(now.sums[0]) - seen[0]) / (float(now.sums[1]) - seen[1]))
        seen[:] = (0.0, 0.0) if now.position == len(batches) else now.sums[:2].tolist()
        return False

    for _ in train(state, batches, None, classification(row_loss("cross_entropy")), config, note):
        pass
    return np.array(losses[:STEPS])


def check(net: PlainStack, X: np.ndarray, y: np.ndarray, batch_size: int) -> None:
    """Train on kernels, in channels-last memory and in rows, and compare the losses step by step."""
    net = net.to(memory_format=torch.channels_last)
    assert plan(net, (1, *X.shape[1:3])).whole
    in_rows = nn.Sequential(InRows(), copy.deepcopy(net).to(memory_format=torch.contiguous_format))
    ours = losses_of(net, X, y, batch_size, kernels=True)
    last = losses_of(net, X, y, batch_size, kernels=False)
    rows = losses_of(in_rows, X, y, batch_size, kernels=False)
    between, apart = np.abs(last - rows), [np.abs(ours - last), np.abs(ours - rows)]
    print(f"\nlosses from {ours[0]:.3f} to {ours[-10:].mean():.4f}, {last[-10:].mean():.4f}, {rows[-10:].mean():.4f}")
    print(f"layouts apart: mean {between.mean():.1e}, most {between.max():.1e}; kernels from channels-last and rows:")
    for mine in apart:
        print(f"mean {mine.mean():.1e}, most {mine.max():.1e}, in the first step {mine[0]:.1e}")
        assert mine[0] <= 1e-6 * ours[0]
        assert mine.mean() <= TIMES * between.mean()
        assert mine.max() <= TIMES * between.max()
    assert len(ours) == STEPS
    assert between.max() > 0
    assert ours[-10:].mean() < 0.2 * ours[0]


def seeded(*shape: int) -> PlainStack:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return PlainStack(shape, 10)


def test_the_losses_on_digits_are_pytorchs():
    X, y = load_digits(return_X_y=True)
    X = ((X - X.mean()) / X.std()).reshape(-1, 8, 8, 1).astype(np.float32)
    check(seeded(1, 8, 8), X, y, 100)


@pytest.mark.long
def test_the_losses_at_28_by_28_are_pytorchs():
    """Ten patterns, each row one of them, moved about and under noise."""
    rng = np.random.default_rng(0)
    patterns, y = rng.normal(size=(10, 28, 28)), rng.integers(10, size=4000)
    moves = rng.integers(-2, 3, size=(len(y), 2))
    X = np.stack([np.roll(patterns[k], move, (0, 1)) for k, move in zip(y, moves, strict=True)])
    X = (X + 2 * rng.normal(size=X.shape)).astype(np.float32)[..., None]
    check(seeded(1, 28, 28), X, y, 100)
