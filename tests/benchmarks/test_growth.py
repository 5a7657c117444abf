import csv
import doctest
import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import growth

TINY = growth.Point("batch size", 4, batch=4, size=6, width=3, depth=2, rows=24, seconds=0.0)


def figures(panel: str, x: float, picoseconds: float, **others: object) -> dict:
    return {"panel": panel, "x": x, "images_s": 100 / x, "pytorch_images_s": 50 / x,
            "ps_per_multiply_add": picoseconds, "anonymous_mb": 50.0,
            "others": 0.25, **others}  # fmt: skip


def test_examples_hold():
    assert doctest.testmod(growth).failed == 0


@pytest.mark.parametrize("mapped", [True, False])
def test_a_point_is_trained_and_told(tmp_path: Path, mapped: bool):
    told = growth.measure(replace(TINY, mapped=mapped), tmp_path)
    assert told["panel"] == "batch size"
    assert told["images_s"] > 0
    assert told["pytorch_images_s"] > 0
    assert told["ps_per_multiply_add"] > 0
    assert told["anonymous_mb"] > 10
    json.dumps(told)


def test_the_file_holds_the_rows_that_were_asked_for(tmp_path: Path):
    X = growth.data(replace(TINY, rows=4100), tmp_path)
    assert X.shape == (4100, 6, 6, 3)
    assert X[-1].any()
    assert (X[4096:] == X[:4]).all()


def test_a_mapped_files_pages_are_not_own_memory(tmp_path: Path):
    X = growth.data(replace(TINY, rows=400_000), tmp_path)  # 43 MB
    with growth.Anonymous(every=0.001) as memory:
        before = memory.peak or 10**12
        total = int(X[::64].sum(dtype="int64"))
    assert total > 0
    assert memory.peak < before + 20_000_000


def test_each_panel_changes_one_thing_and_the_largest_file_is_mapped():
    found = growth.points(4.3)
    for panel, name in {"batch size": "batch", "image size": "size", "width": "width", "depth": "depth"}.items():
        several = [p for p in found if p.panel == panel]
        assert [getattr(p, name) for p in several] == [p.x for p in several]
        assert len({replace(p, x=0, rows=0, **{name: 0}) for p in several}) == 1
    largest = max(found, key=lambda p: p.rows)
    assert largest.mapped
    assert largest.rows * 32 * 32 * 3 == pytest.approx(4.3e9, rel=1e-3)


def test_a_point_that_fails_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PYTHONPATH", "")
    told = growth.run(replace(TINY, depth=0, width=-1))
    assert "error" in told
    assert "Error" in told["error"]


def test_table_csv_and_plot_are_written(tmp_path: Path):
    rows = [figures("width", 8, 40.0), figures("width", 16, 20.0), figures("mapped GB", 1, 10.0)]
    rows += [{"panel": "width", "x": 32, "error": "ResourceError: too wide"}]
    growth.write(rows, tmp_path)
    text = (tmp_path / "table.md").read_text("utf-8")
    assert "| width | 8 | 12 | 2.00 | 2.00 | 50 | 25% |" in text
    assert "| width | 32 | failed: ResourceError: too wide |" in text
    assert len(list(csv.DictReader((tmp_path / "points.csv").open()))) == 4
    plot = (tmp_path / "plot.png").exists()
    assert plot == bool(pytest.importorskip("importlib.util").find_spec("matplotlib"))
