"""The start: a side's imports are told apart from its work, and rounds are compared one by one."""

import sys
from pathlib import Path

import pytest

from benchmarks import start


def test_what_comes_after_the_imports_is_told_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    script = tmp_path / "side.py"
    script.write_text(
        "import time; time.sleep(0.3); from benchmarks.start import _imported; _imported(); time.sleep(0.1)"
    )
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}"\n')
    python.chmod(0o755)
    monkeypatch.setenv("PYTHONPATH", str(Path(start.__file__).parents[1]))
    monkeypatch.setattr(start.sys, "executable", str(python))
    row = start.turn("torch and scikit-learn", 1)
    assert 0.1 <= row["wall_beyond"] <= row["wall"] - 0.3
    assert row["cpu_beyond"] <= row["cpu"]


def test_a_ratio_is_that_of_each_round():
    seconds = [("slow", 2.0), ("fast", 1.0), ("slow", 6.0), ("fast", 2.0)]
    rows = [{"round": i // 2, "side": side, "wall": wall} for i, (side, wall) in enumerate(seconds)]
    assert str(start.compare(rows, "slow", "fast", "wall")) == "2.50 (2.00-3.00)"
