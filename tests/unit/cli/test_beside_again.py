"""Baselines beside what `foveal evaluate` measures, of every kind of problem that has them."""

import csv
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from foveal.cli.beside_again import show_beside, told_beside

WORDS = ["a good film", "good, and funny", "a bad film", "bad and long"]
SMALL = ["--set", "net=kim(vector=4, maps=2)", "--set", "n_epochs=1", "--seed", "0", "-q"]


def table(name, header, rows):
    with Path(name).open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return name


@pytest.mark.parametrize(
    ("read", "answers", "names"),
    [
        ([], [1, 1, 0, 0], ["majority class", "logistic regression on words and pairs", "naive Bayes on characters"]),
        (["--read", "target=mood"], [0.5, 1.0, -1.0, 2.5], ["mean", "ridge regression on words and pairs"]),
    ],
)
def test_texts_of_classes_and_values(read, answers, names, foveal):
    rows = [(WORDS[n % 4], answers[n % 4], "test" if n % 5 == 4 else "train") for n in range(40)]
    source = table("texts.csv", ("text", "mood" if read else "label", "split"), rows)
    result = foveal("train", source, *read, *SMALL, *(["--task", "regression"] if read else []), "--out", "run")
    assert result.code == 0, result.err
    told = json.loads(foveal("evaluate", "run", source, *read, "--json").out)["comparison"]
    assert (list(told["baselines"]), told["on"], told["learnt_from"]) == (names, "test", 32)
    metrics = json.loads(Path("run/results.json").read_text())
    assert told["network"] == metrics["comparison"]["network"]
    assert 0 < metrics["comparison"]["learnt_from"] < 32  # the rows held out are left out there


def test_a_training_part_of_other_classes_teaches_nothing(foveal):
    rows = [(WORDS[n % 4], "bg"[n % 2]) for n in range(40)]
    assert foveal("train", table("texts.csv", ("text", "label"), rows), *SMALL, "--out", "run").code == 0
    other = [(text, "c", "train") for text, _ in rows] + [(*row, "test") for row in rows[:5]]
    source = table("other.csv", ("text", "label", "split"), other)
    told = json.loads(foveal("evaluate", "run", source, "--json").out)
    assert "comparison" not in told
    assert told["baselines"]["on"] == "validation"


def test_arrays_where_they_are_asked_for(foveal, files, trained, train):
    plain = json.loads(foveal("evaluate", trained, "digits", "--json").out)
    assert not {"comparison", "baselines"} & set(plain)
    np.savez("two.npz", **{name: np.load(files / "tested.npz")[name] for name in ("X", "y", "X_test", "y_test")})
    told = json.loads(foveal("evaluate", trained, "two.npz", "--baselines", "--json").out)["comparison"]
    assert (next(iter(told["baselines"])), told["rows"]) == ("majority class", 20)
    assert train("two.npz", "--baselines", "--out", "run", "-q").code == 0
    lines = foveal("evaluate", "run", "two.npz").out.splitlines()
    place = next(n for n, line in enumerate(lines) if line.startswith("at the training, on 20 test rows"))
    assert lines[place + 1].startswith("network")


def test_masks_have_what_was_measured_at_the_training(foveal, capsys):
    scores = {"network": 0.5, "most": None}
    kept = {"on": "test", "metric": "mean IoU", "rows": 3, "scores": scores, "verdict": ""}
    model = SimpleNamespace(baselines=kept)
    assert told_beside(model, {"rows": 3}, None) == {"comparison": {"rows": 3}}
    assert told_beside(model, None, False) == {}
    capsys.readouterr()
    show_beside(told_beside(model, None, None))
    lines = [line.split() for line in capsys.readouterr().out.strip().splitlines()]
    assert lines[1:] == [["network", "0.5000"], ["most", "-"]]
