"""A run that is left anywhere and gone on with ends with the same bits: weights, optimizer and history, by SHA-256.

The history's two columns of times are left out. 54 cases: epochs' ends, steps, three stops in one epoch, and processes
that are killed.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from foveal.core.checkpoints import checkpoints
from foveal.fitting.checkpointing import Keeper
from foveal.kernels.library import load

from .resumable import CASES, STEPS, WITHOUT, data, estimator, fingerprint, inputs

SCRIPT = Path(__file__).with_name("resumable.py")
NAMES = [name for name in CASES if name not in ("slow", "stuck") and not name.endswith(WITHOUT)]
_rng = np.random.default_rng(4)

AT_EPOCHS = [
    (case, epoch)
    for case, n in (("augmentation", 3), ("average", 4), ("early stopping", 4), ("balanced", 5))
    for epoch in range(1, n + 1)
]
AT_STEPS = [(NAMES[i % len(NAMES)], int(_rng.integers(1, 4 * STEPS))) for i in range(len(NAMES))]
THRICE = [
    (case, sorted(_rng.choice(np.arange(1, STEPS), 3, replace=False) + STEPS))
    for case in ("plain", "dropout", "augmentation", "early stopping", "balanced", "nadam", "a user's network",
                 "memory-mapped, two workers", "all at once", "strengths", "mixed rows", "cut and mixed rows",
                 "masks", "patches", "larger rows", "points")
]  # fmt: skip
KILLED = [(sent, wait) for sent in ("SIGKILL", "SIGTERM", "SIGINT") for wait in (0.05, 0.3)]
KILLED += [("SIGKILL", wait) for wait in (0, 0.1, 0.2)]


@cache
def unbroken(case: str) -> str:
    """Give the hash of a run that nothing happens to; a memory-mapped X has the same values as one in memory."""
    return fingerprint(estimator(case, None).fit(*data(case)))


@contextmanager
def stopped(monkeypatch, *, step: int = -1, epoch: int = -1) -> Iterator[None]:
    """Expect a fit to be ended by SIGTERM, sent after a step or after the report of an epoch."""
    pause, rest, sent = Keeper.pause, Keeper.rest, []

    def end() -> None:
        sent.append(True)
        os.kill(os.getpid(), signal.SIGTERM)

    def pausing(self, state):
        if state.step == step and not sent:
            end()
        return pause(self, state)

    def resting(self, state):
        if state.epoch == epoch and state.position == 0 and not sent:
            end()
        return rest(self, state)

    with monkeypatch.context() as patch:
        patch.setattr(Keeper, "pause", pausing)
        patch.setattr(Keeper, "rest", resting)
        with pytest.raises(SystemExit) as ended:
            yield
    assert sent == [True]
    assert ended.value.code == 143


def stop_and_go_on(case: str, folder: Path, monkeypatch, *, steps: Iterable[int] = (), epochs: Iterable[int] = ()):
    """Leave a run at some places, one after the other, and expect what is gone on with to end like the unbroken one."""
    X, y = inputs(case, folder)
    for place in [{"step": int(step)} for step in steps] + [{"epoch": epoch} for epoch in epochs]:
        with stopped(monkeypatch, **place):
            estimator(case, folder).fit(X, y)
    model = estimator(case, folder).fit(X, y)
    assert fingerprint(model) == unbroken(case)


@pytest.mark.parametrize(("case", "epoch"), AT_EPOCHS)
def test_stopped_at_the_end_of_an_epoch(case, epoch, tmp_path, monkeypatch):
    stop_and_go_on(case, tmp_path / "run", monkeypatch, epochs=[epoch])


@pytest.mark.parametrize(("case", "step"), AT_STEPS)
def test_stopped_after_a_step(case, step, tmp_path, monkeypatch):
    stop_and_go_on(case, tmp_path / "run", monkeypatch, steps=[step])


@pytest.mark.parametrize(("case", "steps"), THRICE)
def test_stopped_three_times_in_one_epoch(case, steps, tmp_path, monkeypatch):
    stop_and_go_on(case, tmp_path / "run", monkeypatch, steps=steps)


@pytest.mark.parametrize("case", [name for name in CASES if name.endswith(WITHOUT)])
def test_stopped_without_kernels(case, tmp_path, monkeypatch):
    """The other cases run on compiled kernels where there are any, which give other bits."""
    stop_and_go_on(case, tmp_path / "run", monkeypatch, steps=[2, 8], epochs=[2])
    if load() is not None and "all at once" not in case:  # accumulation is PyTorch's
        assert unbroken(case) != unbroken(case.removesuffix(WITHOUT))


@pytest.mark.parametrize("case", NAMES)
@pytest.mark.long
def test_stopped_after_every_step(case, tmp_path, monkeypatch):
    stop_and_go_on(case, tmp_path / "run", monkeypatch, steps=range(1, 3 * STEPS))


@pytest.mark.parametrize(("sent", "wait"), KILLED)
def test_a_process_that_is_killed(sent, wait, tmp_path):
    folder = tmp_path / "run"
    command = [sys.executable, str(SCRIPT), "slow", str(folder), "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 60
        while not (folder.is_dir() and checkpoints(folder)):
            assert time.monotonic() < until, "no checkpoint in a minute"
            time.sleep(0.01)
        time.sleep(wait)
        assert process.poll() is None, "it was over before it was killed"
        process.send_signal(getattr(signal, sent))
        began = time.monotonic()
        code = process.wait(60)
        assert time.monotonic() - began < 10
    assert code == {"SIGKILL": -9, "SIGTERM": 143, "SIGINT": code}[sent]
    assert code in (-9, 143, 130, -signal.SIGINT)
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stderr == ""
    assert done.stdout.split()[1] == unbroken("slow")


def test_the_cases_are_counted():
    counts = [len(part) for part in (AT_EPOCHS, AT_STEPS, THRICE, KILLED)]
    ways = "at an epoch's end", "after a step", "of three stops", "killed"
    print(f"\n{sum(counts)} cases:", *(f"{n} {way}" for n, way in zip(counts, ways, strict=True)))
    assert sum(counts) == 70
    assert {case for case, _ in (*AT_EPOCHS, *AT_STEPS, *THRICE)} == set(NAMES)
