import doctest
import json

import pytest
from benchmarks.open_division import interval as interval_module
from benchmarks.open_division import runs as runs_module
from benchmarks.open_division import table
from benchmarks.open_division.ablation import VARIANTS, WHOLE
from benchmarks.open_division.interval import interval
from benchmarks.open_division.runs import append, groups, read
from benchmarks.open_division.settings import SETTINGS

from foveal import CNNClassifier


def epoch(seed: str, accuracy: float, seconds: float) -> dict[str, str]:
    return {"seed": seed, "accuracy": str(accuracy), "core_seconds": str(seconds)}


def test_an_interval_is_students_t():
    value = interval([1.0, 2.0, 3.0, 4.0])
    assert value.middle == 2.5
    assert value.half == pytest.approx(3.182446 * 1.290994 / 2)  # t(0.975, 3) s / sqrt(n)
    assert f"{interval([-0.5]):+}" == "-0.50"  # one value has no interval


def test_a_mark_is_reached_in_the_first_epoch_above_it():
    runs = [epoch("0", 91, 10), epoch("0", 92.1, 20), epoch("0", 91.9, 30), epoch("1", 91.5, 12)]
    assert table.first_above(runs, 91.5) == [20.0, 12.0]
    assert table.first_above(runs, 92) == [20.0, None]


def test_rows_survive_the_file(tmp_path):
    for accuracy in (91.5, 92.0):
        append(tmp_path / "marks.csv", {"mark": "92", "accuracy": accuracy})
    assert [row["accuracy"] for row in read(tmp_path / "marks.csv")] == ["91.5", "92.0"]
    assert read(tmp_path / "nothing.csv") == []


def test_groups_keep_the_order():
    rows = [{"a": "y"}, {"a": "x"}, {"a": "y"}]
    assert [(key, len(found)) for key, found in groups(rows, "a")] == [(("y",), 2), (("x",), 1)]


def test_a_difference_is_taken_seed_by_seed():
    runs = [{"variant": WHOLE} | epoch("0", 93, 10), {"variant": WHOLE} | epoch("1", 94, 10)]
    runs += [{"variant": "no flip"} | epoch("0", 92, 5), {"variant": "no flip"} | epoch("1", 93, 5)]
    runs += [{"variant": "no flip"} | epoch("2", 0, 5)]  # the whole has no such seed
    assert table.ablation(runs)[-1] == "| no flip | 2 | 92.50 ± 6.35 | -1.00 ± 0.00 | 5.0 | 0.50 |"


def test_a_table_is_written_of_what_is_there(tmp_path):
    append(tmp_path / "marks.csv", {"mark": "92", "seconds": 9, "epochs": 2} | epoch("0", 92.5, 8))
    append(tmp_path / "tutorial.csv", epoch("0", 92.0, 80))
    told = {"processor": "P", "cores": 2, "memory_gb": 8, "system": "S", "python": "3", "note": "Shared."}
    versions = dict.fromkeys(("foveal", "torch", "numpy", "scikit-learn"), "1")
    (tmp_path / "environment.json").write_text(json.dumps(told | {"versions": versions}))
    text = table.write(tmp_path)
    assert "| 92 | 1 | 92.50 | 92.50 | 1 | 8.00 | 9.00 | 2 | 80 | 10.0 |" in text
    assert "Shared." in text
    assert (tmp_path / "table.md").read_text("utf-8") == text


@pytest.mark.parametrize("overrides", [*SETTINGS.values(), *VARIANTS.values()])
def test_settings_are_parameters_of_the_estimator(overrides):
    model = CNNClassifier.from_recipe("fast", **overrides)
    assert {name: model.get_params()[name] for name in overrides} == overrides


@pytest.mark.parametrize("module", [interval_module, runs_module, table])
def test_the_examples_are_true(module):
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
