import json
from pathlib import Path

import numpy as np
import pytest

from foveal.cli.main import run

SMALL = ["--set", "in_channels_list=none,8", "--set", "out_channels=8", "--set", "in_features_list=none,16"]


def left(source: object, folder: Path, *more: str) -> Path:
    """Train a small network for two epochs, and give the folder of the run."""
    command = ["train", source, *SMALL, "--epochs", "2", "--seed", "0", "--quiet", "--out", folder, *more]
    assert run([str(part) for part in command]) == 0
    return folder


@pytest.fixture(scope="session")
def digits_run(tmp_path_factory) -> Path:
    return left("digits", tmp_path_factory.mktemp("report") / "digits", "--baselines")


@pytest.fixture(scope="session")
def results(digits_run) -> dict:
    return json.loads((digits_run / "results.json").read_text())


@pytest.fixture(scope="session")
def values_run(tmp_path_factory) -> Path:
    rng = np.random.default_rng(0)
    X = rng.random((120, 8, 8, 1), np.float32)
    folder = tmp_path_factory.mktemp("values")
    np.savez(folder / "values.npz", X=X, y=X[:, 2:5, 2:5].mean((1, 2, 3)))
    return left(folder / "values.npz", folder / "run", "--task", "regression")


@pytest.fixture(scope="session")
def masks_run(tmp_path_factory) -> Path:
    rng = np.random.default_rng(0)
    X = rng.random((60, 8, 8, 1), np.float32)
    folder = tmp_path_factory.mktemp("masks")
    np.savez(folder / "masks.npz", X=X, y=(X[..., 0] > 0.5).astype(np.uint8))
    command = ["train", folder / "masks.npz", "--task", "segmentation", "--epochs", "1", "--seed", "0", "-q", "--out"]
    assert run([str(part) for part in (*command, folder / "run")]) == 0
    return folder / "run"


@pytest.fixture(scope="session")
def signals_run(tmp_path_factory) -> Path:
    rng = np.random.default_rng(0)
    X = rng.random((60, 40, 2), np.float32)
    X[::2, 10:20] += 1
    folder = tmp_path_factory.mktemp("signals")
    np.savez(folder / "signals.npz", X=X, y=np.arange(60) % 2)
    return left(folder / "signals.npz", folder / "run", "--set", "layout=NLC")
