"""Same seed and thread count, same bits on the compiled kernels, whatever else the machine is doing."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch

from foveal.data.batches import Batches
from foveal.data.rows import Rows
from foveal.data.store import Resident
from foveal.kernels.library import load
from foveal.models import PlainStack
from foveal.tasks.classification import classification
from foveal.train import Config, start, train
from foveal.train.losses import row_loss
from foveal.train.optim.table import make_optimizer

pytestmark = pytest.mark.skipif(load() is None, reason="there are no compiled kernels")

THREADS = (1, 2, 3)
ROWS = 131  # in batches of 32, the last of 3: a share of one row for each of three threads


def trained(threads: int, optimizer: str = "adam", n_epochs: int = 4) -> dict[str, torch.Tensor]:
    """Train a plain stack with dropout on so many threads; give its weights and buffers."""
    rng = torch.Generator().manual_seed(0)
    X = torch.randint(256, (ROWS, 9, 10, 2), generator=rng, dtype=torch.uint8).numpy()
    y = torch.randint(3, (ROWS,), generator=rng)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        net = PlainStack((2, 9, 10), 3, in_channels_list=(None, 16), out_channels=24)
    store = Resident(Rows(X), torch.float32, torch.device("cpu"))
    batches = Batches(store, (y,), None, 32, seed=2, shuffle=True)
    state = start(net, make_optimizer(optimizer, net.parameters(), 0.01), seed=3, threads=threads)
    task = classification(row_loss("cross_entropy"))
    for _ in train(state, batches, None, task, Config(n_epochs, 0.01, kernels=True)):
        pass
    return net.state_dict()


def digest(threads: int, optimizer: str = "adam") -> str:
    found = hashlib.sha256()
    for name, value in trained(threads, optimizer).items():
        found.update(name.encode() + value.contiguous().numpy().tobytes())
    return found.hexdigest()


@contextmanager
def busy(n: int) -> Iterator[None]:
    """Keep as many processes busy with nothing."""
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(n)]
    try:
        time.sleep(0.2)
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


@pytest.mark.parametrize("optimizer", ["adam", "nadam"])
@pytest.mark.parametrize("threads", THREADS)
def test_twice_in_a_process(threads, optimizer):
    assert digest(threads, optimizer) == digest(threads, optimizer)


@pytest.mark.parametrize("threads", THREADS)
def test_while_every_core_is_busy(threads):
    expected = digest(threads)
    with busy(2 * (os.cpu_count() or 1)):
        assert [digest(threads) for _ in range(3)] == [expected] * 3


def test_in_another_process():
    """Where other code has run before and memory lies elsewhere."""
    done = subprocess.run([sys.executable, __file__], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == [digest(threads) for threads in THREADS]


def test_other_thread_counts_give_the_same_to_rounding():
    """Sums of other shares: other bits, but no other training, as long as rounding has not grown."""
    one, two, three = (trained(threads, "sgd", n_epochs=1) for threads in THREADS)
    for name, value in one.items():
        torch.testing.assert_close(two[name], value, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(three[name], value, rtol=1e-4, atol=1e-5)
    assert not all(torch.equal(two[name], value) for name, value in one.items())


if __name__ == "__main__":
    print(*(digest(threads) for threads in THREADS))
