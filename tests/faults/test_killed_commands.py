"""`foveal train` ended by signals and by kill -9 at random times: `--resume` leaves the unbroken run's model."""

import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

import foveal

from .resumable import TIMED

SENT = (signal.SIGTERM, signal.SIGINT, signal.SIGKILL)
#: Exit codes; -2 and -15 where the signal came before there was anything to catch it.
CODES = {signal.SIGTERM: (143, -15), signal.SIGINT: (130, -2), signal.SIGKILL: (-9,)}
FOVEAL = [sys.executable, "-m", "foveal", "train"]
SETTINGS = ["digits", "--seed", "0", "--epochs", "8", "--set", "checkpoint_every=5", "--set", "batch_size=64", "--set",
            "augment=shift", "--set", "ema_decay=0.9", "--no-test", "--quiet"]  # fmt: skip
WATCHDOG, PROMPTLY = 60, 10


def made_of(folder: Path) -> tuple:
    """Read what a run left: its weights and its history without the times."""
    model = foveal.load(folder / "model.safetensors")
    weights = {name: value.numpy().tobytes() for name, value in model.net_.state_dict().items()}
    return weights, {name: values for name, values in model.history_.items() if name not in TIMED}


@cache
def unbroken() -> tuple[tuple, float]:
    """Train without a break; give what was left, and how long it took."""
    with TemporaryDirectory() as folder:
        began = time.monotonic()
        subprocess.run([*FOVEAL, *SETTINGS, "--out", folder + "/run"], check=True, timeout=300)
        return made_of(Path(folder, "run")), time.monotonic() - began


@pytest.mark.parametrize("count", [3, pytest.param(15, marks=pytest.mark.long)])
def test_a_command_that_is_ended_anywhere_goes_on(count, tmp_path):
    expected, seconds = unbroken()
    rng, codes = np.random.default_rng(count), []
    for number in range(count):
        folder, sent = tmp_path / str(number), SENT[number % 3]
        after = float(rng.uniform(0.2, 0.8)) * seconds
        with subprocess.Popen([*FOVEAL, *SETTINGS, "--out", str(folder)], stderr=subprocess.PIPE, text=True) as process:
            time.sleep(after)
            over = process.poll() is not None
            process.send_signal(sent)
            began = time.monotonic()
            told = process.communicate(timeout=WATCHDOG)[1]
            took = time.monotonic() - began
        codes.append(process.returncode)
        assert took < PROMPTLY
        late = process.returncode == 0 and (over or took < 1)
        assert process.returncode in CODES[sent] or late, (sent, after, took, process.returncode, told)
        assert process.returncode < 0 or "Traceback" not in told, told
        # A process may be ended after the last of its work, which removes the checkpoints.
        done = (folder / "report.html").exists() and not (folder / "checkpoints").exists()
        assert done or process.returncode != 0
        if not done:
            # Before its config is written no run has begun; else it is gone on with.
            begun = (folder / "config.toml").exists()
            again = ["--resume", str(folder)] if begun else [*SETTINGS, "--out", str(folder)]
            subprocess.run([*FOVEAL, *again, "--no-test", "--quiet"], check=True, timeout=300)
        assert (folder / "report.html").exists()
        weights, history = made_of(folder)
        assert weights == expected[0], (sent, after)
        np.testing.assert_equal(history, expected[1])
    print(f"\n{count} signals, no hang; exit codes {sorted(codes)}")
    assert sum(code != 0 for code in codes) >= count / 4  # the machine may be faster by now than it was
