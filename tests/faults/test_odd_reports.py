"""Reports of data as they come: few rows, a class without rows, scores that are no numbers, many classes, many rows."""

import json
import resource
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest

from foveal.cli.main import run

SMALL = ["--set", "in_channels_list=none,4", "--set", "out_channels=4", "--set", "in_features_list=none,8"]


def report_of(folder: Path, *more: str, small: bool = True, **arrays: np.ndarray) -> tuple[str, dict]:
    np.savez(folder / "data.npz", **arrays)
    own = SMALL if small else []
    command = ["train", folder / "data.npz", *own, "--epochs", "1", "--seed", "0", "-q", "--out", folder / "run", *more]
    assert run([str(part) for part in command]) == 0
    results = json.loads((folder / "run/results.json").read_text())
    return (folder / "run/report.html").read_text(), results


def pictures(n: int, size: int = 8) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, size, size, 1), np.uint8)


def test_twenty_rows(tmp_path):
    page, results = report_of(tmp_path, X=pictures(20), y=np.arange(20) % 2)
    assert results["measured"]["rows"] == 2
    assert "the interval of its score is wide" in page


def test_a_class_that_the_test_part_lacks(tmp_path):
    y = np.array(["a", "b", "c"])[np.arange(60) % 3]
    y_test = np.array(["a", "b", "a", "b"])
    page, results = report_of(tmp_path, X=pictures(60), y=y, X_test=pictures(4), y_test=y_test)
    lines = {line["name"]: line for line in results["per_class"]}
    assert lines["c"]["recall"] is None
    assert '<span class="none">-</span>' in page


@pytest.mark.filterwarnings("default:y does not vary")
def test_scores_that_are_no_numbers(tmp_path, capsys):
    y = np.random.default_rng(0).normal(size=60)
    rows = {"X": pictures(60), "y": y, "X_test": pictures(1), "y_test": np.ones(1)}
    page, results = report_of(tmp_path, "--task", "regression", **rows)
    assert capsys.readouterr().err.count("R2 tells nothing") == 1
    assert "NaN" not in page
    assert results["test"]["rows"] == 1


def test_one_column_of_values_and_no_place_for_a_map(tmp_path):
    X = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    page, _ = report_of(tmp_path, X=X, y=np.arange(60) % 2)
    assert "How good is it?" in page


@pytest.mark.long
def test_a_thousand_classes_make_a_page_of_bounded_size(tmp_path):
    y = np.arange(6000) % 1000
    page, results = report_of(tmp_path, X=pictures(6000), y=y)
    assert len(results["per_class"]) == 1000
    assert results["confusion"]["matrix"] is None
    assert len(page) < 10 * 2**20


@pytest.mark.long
def test_many_rows_are_reported_in_bounded_time_and_what_was_drawn_is_said(tmp_path):
    X, y = pictures(220_000), np.arange(220_000) % 10
    began = perf_counter()
    page, results = report_of(tmp_path, X=X[:20_000], y=y[:20_000], X_test=X[20_000:], y_test=y[20_000:])
    took = perf_counter() - began
    assert results["measured"]["rows"] == 200_000
    assert results["measured"]["looked_at"] == 20_000
    assert "were looked at, drawn by chance" in page
    assert took - results["seconds"] < 120
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 3 * 2**20  # KiB
