import re

import pytest

from foveal.report.findings import findings
from foveal.report.results import value_at

HISTORY = {"epoch": [1, 2, 3], "train_score": [0.5, 0.7, 0.8], "valid_score": [0.5, 0.7, 0.78],
           "valid_loss": [1.0, 0.9, 0.899]}  # fmt: skip
PLAIN = {"metric": "accuracy", "kept_epoch": 3, "history": HISTORY, "comparison": {"verdict": "the network is better"}}


def about(results) -> set[str]:
    return {found["about"] for found in findings(results)}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, "gap"),
        ({"history": {**HISTORY, "train_score": [0.5, 0.7, 0.95]}}, "overfitting"),
        ({"history": {**HISTORY, "valid_score": [None] * 3}}, "no held-out rows"),
        ({"history": {**HISTORY, "valid_loss": [1.0, 0.9, 0.5]}}, "still learning"),
        ({"history": {**HISTORY, "valid_loss": [1.0, 0.5, 0.9]}}, "trained too long"),
        ({"comparison": None}, "no baseline"),
        ({"per_class": [{"name": "a", "recall": 0.2}, {"name": "b", "recall": 0.9}]}, "weakest class"),
        ({"measured": {"rows": 50}}, "few rows"),
        ({"measured": {"rows": 500, "probabilities": {"ece": 0.2}}}, "not honest"),
        ({"measured": {"rows": 500, "probabilities": {"ece": 0.01}}}, "honest"),
        ({"invariance": {"score": 0.9, "curves": [{"name": "shift", "area": 0.4}]}}, "not invariant"),
        ({"suspects": {"rows": 3}, "measured": {"rows": 500, "looked_at": 500}}, "labels"),
    ],
)
def test_what_is_noteworthy(change, found):
    results = PLAIN | change
    assert found in about(results)
    for one in findings(results):
        for path in re.findall(r"\{([\w.\-]+)%?\}", one["says"]):
            assert value_at(results, path) is not None, path
        assert one["do"].endswith((".", ")"))


def test_early_stopping_is_not_called_too_long():
    results = PLAIN | {"kept_epoch": 2, "history": {**HISTORY, "valid_loss": [1.0, 0.5, 0.9]}}
    assert "trained too long" not in about(results)


def test_those_of_a_run_name_figures_that_are_there(results):
    assert len(results["findings"]) >= 3
    for one in results["findings"]:
        for path in re.findall(r"\{([\w.\-]+)%?\}", one["says"]):
            assert value_at(results, path) is not None, path
