"""Thousands of mutated model files: a typed error or a model that is whole, no crash, little memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from foveal import CNNClassifier

from .guarded import CLASSIFIER, X, Y

SCRIPT = Path(__file__).with_name("mutations.py")
MEMORY = 500 * 2**20


@pytest.mark.parametrize("count", [2_000, pytest.param(20_000, marks=pytest.mark.long)])
def test_mutated_model_files(count: int, tmp_path):
    CNNClassifier(**CLASSIFIER).fit(X, Y).save(tmp_path / "model")
    command = [sys.executable, str(SCRIPT), str(tmp_path / "model"), str(count), str(count)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1500, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    outcomes = result["outcomes"]
    print(f"\n{count:,} mutations: {outcomes}, {result['grew'] / 2**20:.0f} MiB")
    assert sum(outcomes.values()) == count
    assert not [what for what in outcomes if what.startswith("WRONG")], outcomes
    assert set(outcomes) >= {"refused", "works"}  # else the forgeries are none
    assert result["grew"] < MEMORY
