"""Thousands of mutated model files: a typed error or a model that is whole, no crash, little memory."""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from foveal import CNNClassifier, TextClassifier

from .guarded import CLASSIFIER, X, Y

SCRIPT = Path(__file__).with_name("mutations.py")
MEMORY = 500 * 2**20


TEXTS = ["a good film", "", "bad", "so \U0001f600 good"] * 6


def of_arrays(path):
    CNNClassifier(**CLASSIFIER).fit(X, Y).save(path)
    return []


def of_texts(path, pieces):
    how = {"net": "wide_kim(vector=3, maps=2, buckets=10)", "n_epochs": 1, "random_state": 0}
    TextClassifier(pieces=pieces, **how).fit(TEXTS, Y).save(path)
    return [json.dumps(TEXTS)]


@pytest.mark.parametrize("make", [of_arrays, partial(of_texts, pieces="words"), partial(of_texts, pieces="bpe")])
@pytest.mark.parametrize("count", [2_000, pytest.param(20_000, marks=pytest.mark.long)])
def test_mutated_model_files(count: int, make, tmp_path):
    if make is not of_arrays and count == 2_000:
        count = 600
    rows = make(tmp_path / "model")
    command = [sys.executable, str(SCRIPT), str(tmp_path / "model"), str(count), str(count), *rows]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1500, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    outcomes = result["outcomes"]
    print(f"\n{count:,} mutations: {outcomes}, {result['grew'] / 2**20:.0f} MiB")
    assert sum(outcomes.values()) == count
    assert not [what for what in outcomes if what.startswith("WRONG")], outcomes
    assert set(outcomes) >= {"refused", "works"}  # else the forgeries are none
    assert result["grew"] < MEMORY
