"""`foveal train --resume` of texts, pairs of them and histories: left anywhere, the same bits."""

import csv
import json
import os
import signal
from contextlib import contextmanager
from pathlib import Path

import pytest
from safetensors.torch import load_file

import foveal as package
from foveal.fitting.checkpointing import Keeper

WORDS = {"one": "eins", "two": "zwei", "three": "drei", "four": "vier"}


def texts():
    kinds = [("a good film", "pos"), ("good, and funny", "pos"), ("a bad film", "neg"), ("bad and long", "neg")]
    return [("text", "label", "split"), *((*kinds[n % 4], "test" if n % 5 == 4 else "train") for n in range(40))]


def pairs():
    made = [f"{a} {b}" for a in WORDS for b in WORDS] * 2
    return [("source", "target"), *((text, " ".join(map(WORDS.get, text.split()))) for text in made)]


def histories():
    return [("user", "item", "time"), *((f"u{u}", f"i{(u * u + t) % 12}", t) for u in range(30) for t in range(7))]


SORTS = {
    "texts": (texts, ["net=wide_kim(vector=4,maps=2,buckets=10)", "pieces=bpe"]),
    "pairs": (pairs, ["net=conv_s2s(layers=1,width=8)", "batch_tokens=60", "vocabulary_size=64"]),
    "histories": (histories, ["net=next_item(width=8,layers=2)", "loss=sampled_cross_entropy"]),
}


@contextmanager
def ended(monkeypatch, **where):
    """Let SIGTERM come once, after a step or with the report of an epoch."""
    sent = []

    def telling(method):
        def told(self, state):
            if not sent and all(getattr(state, name) == value for name, value in where.items()):
                sent.append(True)
                os.kill(os.getpid(), signal.SIGTERM)
            return method(self, state)

        return told

    with monkeypatch.context() as patch:
        patch.setattr(Keeper, "pause", telling(Keeper.pause))
        patch.setattr(Keeper, "rest", telling(Keeper.rest))
        yield
    assert sent


@pytest.mark.parametrize("sort", SORTS)
def test_a_run_that_was_ended_goes_on_to_the_same_bits(sort, foveal, monkeypatch):
    rows, settings = SORTS[sort]
    with Path("data.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows())
    settings = [part for setting in settings for part in ("--set", setting)]
    command = ("train", "data.csv", *settings, "--set", "batch_size=8", "--epochs", "3", "--seed", "5", "-q")
    assert foveal(*command, "--out", "whole").code == 0
    for place in ({"step": 2}, {"epoch": 1, "position": 0}, {"step": 5}):
        again = ("train", "--resume", "run", "-q") if Path("run").exists() else (*command, "--out", "run")
        with ended(monkeypatch, **place):
            result = foveal(*again)
        assert (result.code, "foveal train --resume run goes on" in result.err) == (143, True), result.err
    assert foveal("train", "--resume", "run", "-q").code == 0
    whole, run = (load_file(f"{folder}/model.safetensors") for folder in ("whole", "run"))
    assert whole.keys() == run.keys()
    assert all((run[name] == value).all() for name, value in whole.items())
    told = [json.loads(Path(folder, "results.json").read_text()) for folder in ("whole", "run")]
    for one in told:
        for scored in (one["comparison"].get("systems") or one["comparison"]["baselines"]).values():
            scored.pop("seconds")
    for name in ("train_loss", "valid_loss", "valid_score", "test_score", "test", "comparison", "epochs"):
        assert told[0][name] == told[1][name], name
    kept = [package.load(f"{folder}/model.safetensors").fitted_.baselines for folder in ("whole", "run")]
    assert kept[0] == kept[1] != {}
    assert not Path("run/checkpoints").exists()
