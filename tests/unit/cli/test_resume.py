"""`foveal train --resume DIR` goes on with a run as it was begun, to the same bits; what is no such run is refused."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from safetensors.torch import load_file

from foveal.core.checkpoints import open_folder

from .conftest import SMALL
from .test_train import FILES, REPORT, names, same_weights

ENDED = {signal.SIGTERM: 143, signal.SIGINT: 130}
LONG = (*SMALL, "--epochs", "60", "--seed", "3", "--set", "learning_rate=0.01")


def start(folder, *args):
    """Start `foveal train` in a process of its own."""
    command = [sys.executable, "-m", "foveal", "train", *args]
    return subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True, env=os.environ | {"COLUMNS": "200"})


def wait_for(seen, process, seconds=60):
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not seen():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    folder = tmp_path_factory.mktemp("unbroken")
    assert start(folder, "digits", "--out", "run", *LONG).wait(120) == 0
    return folder / "run"


@pytest.mark.parametrize("number", ENDED)
def test_a_run_that_was_told_to_end_goes_on_to_the_same_bits(number, unbroken, tmp_path, foveal):
    process = start(tmp_path, "digits", "--out", "run", *LONG)
    first = process.stderr.readline()  # after the first epoch
    assert first.startswith("epoch  1/60"), first + process.stderr.read()
    process.send_signal(number)
    began = time.monotonic()
    assert process.wait(60) == ENDED[number]
    assert time.monotonic() - began < 10
    said = process.stderr.read().splitlines()[-1]
    assert said.startswith("foveal: interrupted: saved the network of epoch ")
    assert said.endswith("; foveal train --resume run goes on")
    assert names("run") == FILES | {"checkpoints"}
    assert json.loads(Path("run/results.json").read_text())["interrupted"]

    result = foveal("train", "--resume", "run")
    assert result.code == 0
    assert result.err.startswith("going on after step ")
    assert names("run") == FILES | REPORT
    assert same_weights("run", unbroken)


def test_a_killed_run_goes_on_too(unbroken, tmp_path, foveal):
    process = start(tmp_path, "digits", "--out", "run", *LONG, "--set", "checkpoint_every=20")
    wait_for(lambda: len(list(Path("run/checkpoints").glob("*.safetensors"))) == 2, process)
    process.kill()
    assert process.wait(10) == -signal.SIGKILL
    assert "config.toml" in names("run")
    assert foveal("train", "--resume", "run", "--quiet").code == 0
    assert names("run") == FILES | REPORT
    assert same_weights("run", unbroken)


def test_a_command_that_torchrun_starts_again_goes_on(unbroken, tmp_path, foveal, monkeypatch):
    process = start(tmp_path, "digits", "--out", "run", *LONG, "--set", "checkpoint_every=20")
    wait_for(lambda: len(list(Path("run/checkpoints").glob("*.safetensors"))) == 2, process)
    process.kill()
    process.wait(10)
    assert "holds a run that is not finished" in foveal("train", "digits", "--out", "run", *LONG).one_line()
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "1")
    again = foveal("train", "digits", "--out", "run", *LONG, "--set", "checkpoint_every=20")
    assert again.err.startswith("going on after step ")
    assert same_weights("run", unbroken)


def test_what_is_no_run_to_go_on_with_is_refused(train, foveal):
    assert "holds no config.toml" in foveal("train", "--resume", "nothing").one_line()
    assert train("digits", "--out", "run").code == 0
    assert "is finished" in foveal("train", "--resume", "run").one_line()
    for extra in (["digits"], ["--epochs", 3], ["--out", "x"], ["--force"], ["--set", "batch_size=3"]):
        result = foveal("train", *extra, "--resume", "run")
        assert (result.code, "leave SOURCE and all settings out" in result.one_line()) == (2, True)
    assert foveal("train").one_line() == "Missing argument 'SOURCE'; see foveal train --help"


def test_a_second_trainer_leaves_the_first_ones_folder_alone(train, foveal):
    """It has no checkpoint yet, so that it looks as if nothing had been begun."""
    assert train("digits", "--out", "run", "--seed", 1).code == 0
    Path("run/model.safetensors").unlink()
    with open_folder("run/checkpoints"):
        for command in (("--resume", "run"), ("digits", "--out", "run", "--force")):
            assert "another training" in foveal("train", *command).one_line()
            assert {"config.toml", "checkpoints"} <= names("run")
            assert names("run/checkpoints") == {".lock"}
    assert foveal("train", "--resume", "run", "--quiet").code == 0


def test_an_unfinished_run_is_not_written_over(train, foveal):
    assert train("digits", "--out", "run", "--seed", 1).code == 0
    Path("run/model.safetensors").unlink()
    Path("run/checkpoints").mkdir()
    assert "--resume run goes on with it" in train("digits", "--out", "run").one_line()
    Path("run/checkpoints/checkpoint-000000000001.safetensors").write_bytes(b"x")
    assert "can be read" in foveal("train", "--resume", "run").err
    assert train("digits", "--out", "run", "--force", "--seed", 1).code == 0
    assert names("run") == FILES
    assert load_file("run/model.safetensors")
