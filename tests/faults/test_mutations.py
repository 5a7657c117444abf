"""Thousands of mutated model files: a typed error or a model that is whole, no crash, little memory."""

import json
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from foveal import CNNClassifier, Recommender, TextClassifier, TextRegressor, Translator

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


def of_values_of_texts(path):
    how = {"net": "text_resnet(vector=4, blocks=1)", "pieces": "characters", "n_epochs": 1, "random_state": 0}
    TextRegressor(**how).fit([f"{text} {n}" for n, text in enumerate(TEXTS)], np.arange(24.0)).save(path)
    return [json.dumps(TEXTS)]


def of_pairs(path):
    how = {"net": "conv_s2s(layers=1, width=8)", "vocabulary_size": 40, "batch_tokens": 60, "n_epochs": 1}
    texts = [text or "nothing" for text in TEXTS]
    Translator(**how, random_state=0, valid_size=0).fit(texts, texts[::-1]).save(path)
    return [json.dumps(["a good film", "", "12 x"])]


def of_histories(path, net):
    users, items = np.repeat(np.arange(12), 6), [f"i{n % 7}" for n in range(72)]
    model = Recommender(net=net, n_epochs=1, random_state=0, history_length=8, valid_size=0).fit((users, items))
    beside = {"on": "test", "metric": "hit rate@10", "rows": 9, "scores": {"network": 0.5, "popularity": None}}
    model.fitted_ = replace(model.fitted_, baselines=beside | {"verdict": "the network is better"})
    model.save(path, histories=True)
    return [json.dumps([["i1", "i2"], ["i3"], []])]


MADE = {
    "arrays": of_arrays,
    "texts of words": partial(of_texts, pieces="words"),
    "texts of byte pairs": partial(of_texts, pieces="bpe"),
    "values of texts": of_values_of_texts,
    "pairs": of_pairs,
    "histories": partial(of_histories, net="next_item(width=4, layers=2)"),
    "histories, neighbours": partial(
        of_histories, net="caser(width=4, window=3, horizontal=2, vertical=2, neighbours=3)"
    ),
}


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
@pytest.mark.parametrize("count", [2_000, pytest.param(20_000, marks=pytest.mark.long)])
def test_mutated_model_files(count: int, make, tmp_path):
    if make is not of_arrays and count == 2_000:
        count = 150 if make is of_pairs else 200
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
