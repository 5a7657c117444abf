"""Signals at random times: the process ends within ten seconds, and the run goes on to the same bits."""

import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from .resumable import data, estimator, fingerprint

SCRIPT = Path(__file__).with_name("resumable.py")
SENT = (signal.SIGTERM, signal.SIGINT)
#: What a shell sees as 143 and 130: exit codes, or death by the signal before there is a handler (and, for an
#: uncaught KeyboardInterrupt, after it).
CODES = {signal.SIGTERM: (143, -signal.SIGTERM), signal.SIGINT: (130, -signal.SIGINT)}
WATCHDOG, PROMPTLY = 60, 10


@cache
def unbroken() -> str:
    return fingerprint(estimator("slow", None).fit(*data("slow")))


def command(case: str, folder: Path) -> list[str]:
    return [sys.executable, str(SCRIPT), case, str(folder), "1"]


@pytest.fixture(scope="module")
def seconds(tmp_path_factory) -> tuple[float, float]:
    """Measure when a run that nothing happens to begins, and when it ends."""
    began = time.monotonic()
    with subprocess.Popen(command("slow", tmp_path_factory.mktemp("whole") / "run"), stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        begins = time.monotonic() - began
        assert process.stdout.read().split()[0].decode() == unbroken()
    return begins, time.monotonic() - began


@pytest.mark.parametrize("count", [4, pytest.param(30, marks=pytest.mark.long)])
def test_signals_at_random_times(count, seconds, tmp_path):
    """A third while Python, torch and scikit-learn are imported, the rest while training, validating and writing."""
    rng, (begins, ends), codes = np.random.default_rng(count), seconds, []
    for number in range(count):
        folder, sent = tmp_path / str(number), SENT[number // 3 % 2]
        after = rng.uniform(0.02, begins) if number % 3 == 0 else rng.uniform(begins, ends)
        with subprocess.Popen(command("slow", folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            time.sleep(after)
            over = process.poll() is not None
            process.send_signal(sent)
            began = time.monotonic()
            process.communicate(timeout=WATCHDOG)
            took = time.monotonic() - began
        codes.append(process.returncode)
        late = process.returncode == 0 and (over or took < 1)  # the run was over, or Python was ending already
        assert took < PROMPTLY
        assert process.returncode in CODES[sent] or late, (sent, after, took, process.returncode)
        model = estimator("slow", folder, checkpoint_every=1).fit(*data("slow"))
        assert fingerprint(model) == unbroken(), f"{sent.name} after {after:.3f} s"
    print(f"\n{count} signals, no hang; exit codes {sorted(codes)}")
    assert sum(code != 0 for code in codes) >= count / 2  # else the signals came too late to prove anything


@pytest.mark.parametrize("sent", SENT, ids=lambda s: s.name)
def test_a_second_signal_ends_at_once(sent, tmp_path):
    with subprocess.Popen(command("stuck", tmp_path / "run"), stdout=subprocess.PIPE) as process:
        while process.stdout.readline() != b"stuck\n":
            assert process.poll() is None
        process.send_signal(sent)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)  # the step is to be finished first
        process.send_signal(sent)
        assert process.wait(5) == 128 + sent
