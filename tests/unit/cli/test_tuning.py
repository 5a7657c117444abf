import os

import torch

from foveal.cli.tune_folder import HELPS
from foveal.cli.tuning import _helpers, line
from foveal.core.device import running_threads
from foveal.search.trials import Finished


def test_a_line_tells_of_a_trial():
    best = Finished(2, "complete", 0.97, 10, 1.0, {})
    told = line(Finished(11, "complete", 0.95, 1, 2.34, {"optimizer": "adam"}), 30, "accuracy", best)
    assert told == "trial 12 of 30  accuracy 0.9500  best 0.9700 (trial 3)  1 epoch  2.3 s  optimizer=adam"
    told = line(Finished(0, "pruned", None, 2, 0.5, {}, "diverged: the loss became nan"), 30, "accuracy", None)
    assert told.startswith("trial  1 of 30  no score, diverged  2 epochs")


def test_helpers_are_told_whom_they_help_and_end_with_it(tmp_path, monkeypatch):
    """A process that cannot go on ends those that help it."""
    started = []

    class Process:
        def __init__(self, command, env):
            started.append((command, env[HELPS], env["OMP_NUM_THREADS"]))
            self.ended = False

        def terminate(self):
            started.append("terminated")

        def wait(self):
            started.append("waited for")

    monkeypatch.setattr("foveal.cli.tuning.subprocess.Popen", Process)
    with running_threads(5):
        with _helpers(tmp_path, 1):
            assert torch.get_num_threads() == 2
        assert torch.get_num_threads() == 5
    (command, parent, threads), *ended = started
    assert threads == "2"
    assert command[1:] == ["-m", "foveal", "tune", "--out", str(tmp_path), "--resume", "--quiet"]
    assert (parent, ended) == (str(os.getpid()), ["waited for"])
    try:
        with _helpers(tmp_path, 1):
            raise ZeroDivisionError
    except ZeroDivisionError:
        assert started[-2:] == ["terminated", "waited for"]
    assert len(started) == 5
