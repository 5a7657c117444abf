import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from foveal.cli.main import run
from foveal.data.named import load_dataset

#: A network that trains in a tenth of a second.
SMALL = ["--set", "in_channels_list=none,4", "--set", "out_channels=4", "--set", "in_features_list=none,8"]


class Result(NamedTuple):
    code: int
    out: str
    err: str

    def one_line(self) -> str:
        """Return what stands after `foveal: error: `, which must be all of stderr."""
        assert self.err.count("\n") == 1, self.err
        assert self.err.startswith("foveal: error: "), self.err
        return self.err.removeprefix("foveal: error: ").rstrip("\n")


Foveal = Callable[..., Result]


@pytest.fixture
def foveal(tmp_path, monkeypatch, capsys) -> Foveal:
    """Run the command line in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def call(*args: object) -> Result:
        capsys.readouterr()
        code = run([str(arg) for arg in args])
        return Result(code, *capsys.readouterr())

    return call


@pytest.fixture
def train(foveal) -> Foveal:
    """Run `foveal train` with a small network for one epoch, and make no report unless it is asked for."""

    def call(source: object, *args: object) -> Result:
        epochs = () if "--epochs" in args or "--recipe" in args else ("--epochs", 1)
        report = () if "--report" in args else ("--no-report",)
        return foveal("train", source, *(SMALL if "--recipe" not in args else ()), *epochs, *report, *args)

    return call


@pytest.fixture(scope="session")
def trained(tmp_path_factory) -> Path:
    """Train on digits, once for all tests that need a model; return the run's folder."""
    folder = tmp_path_factory.mktemp("digits") / "run"
    small = ["--set", "in_channels_list=none,8", "--set", "out_channels=16"]
    assert run(["train", "digits", *small, "--epochs", "4", "--seed", "0", "--quiet", "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="session")
def files(tmp_path_factory) -> Path:
    """Make a folder of small .npz files, one for each kind of y, and new.npy to predict."""
    folder = tmp_path_factory.mktemp("files")
    digits = load_dataset("digits")
    X, y = digits.X_train[:120], digits.y_train[:120]
    values = X.mean(axis=1)[:, 2:4]
    np.save(folder / "new.npy", digits.X_test[:7])
    np.savez(folder / "names.npz", X=X, y=np.array(["even", "odd, not even"])[y % 2])
    np.savez(folder / "values.npz", X=X, y=values[:, 0])
    np.savez(folder / "two_values.npz", X=X, y=values)
    np.savez(folder / "labels.npz", X=X, y=np.stack((y % 2, y > 4, y % 3 == 0), axis=1).astype(int))
    np.savez(folder / "dates.npz", X=X, y=np.array(["2020-01-01", "2020-01-02"], "datetime64[D]")[y % 2])
    np.savez(folder / "tested.npz", X=X, y=y, X_test=X[:20], y_test=y[:20])
    np.savez(folder / "other_shape.npz", X=X, y=y, X_test=X[:20, :4], y_test=y[:20])
    np.savez(folder / "other_classes.npz", X=X, y=y, X_test=X[:20], y_test=y[:20] + 10)
    np.savez(folder / "nan.npz", X=X, y=y, X_test=np.full_like(X[:3], np.nan), y_test=y[:3])
    return folder


@pytest.fixture
def process(tmp_path) -> Callable[..., subprocess.Popen]:
    """Start `python -m foveal` in an empty folder."""
    started = []

    def start(*args: object, **options: object) -> subprocess.Popen:
        environment = os.environ | {"OMP_NUM_THREADS": "1", "COLUMNS": "100", "TERM": "xterm"}
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": tmp_path} | options
        command = [sys.executable, "-m", "foveal", *map(str, args)]
        started.append(subprocess.Popen(command, env=environment, **options))
        return started[-1]

    yield start
    for one in started:
        if one.poll() is None:
            one.kill()
        one.wait()
