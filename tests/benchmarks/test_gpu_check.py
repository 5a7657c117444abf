"""`make gpu` where there is no GPU: it says so; its budget, its table and its parts run all the same."""

import doctest
import itertools
import json
import time

import pytest
import torch
from benchmarks.gpu_check import Done, Ended, Part, all_parts, read_rows, run_parts, starting_in, table
from benchmarks.workloads import Net

from benchmarks import by_hand, gpu, gpu_check, gpu_parts


@pytest.mark.parametrize("module", [gpu_check, gpu_parts])
def test_examples_hold(module):
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


def test_without_a_gpu_it_says_so_and_that_is_no_failure(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setenv("OUT", str(tmp_path / "out"))
    assert gpu_check.main() == 0
    assert capsys.readouterr().out == "no GPU: torch sees none here, so nothing was tested or measured\n"
    assert not (tmp_path / "out").exists()


def test_every_test_that_needs_a_gpu_is_run_before_anything_is_measured():
    names = [part.name for part in all_parts()]
    tests = [name for name in names if name.startswith("tests/")]
    assert {"tests/unit/train/test_gpu.py", "tests/unit/estimators/test_gpu.py", "tests/benchmarks/test_gpu.py"} <= {
        *tests
    }
    assert names == [*tests, "G5", "G3", "prediction", "G1"]


class Clock:
    """A clock that parts set forward by the seconds they are said to take."""

    def __init__(self, **seconds):
        self.now, self.seconds, self.given = 100.0, seconds, {}

    def __call__(self):
        return self.now

    def start(self, part, limit):
        self.given[part.name] = limit
        takes = self.seconds[part.name]
        self.now += min(takes, limit)
        return Ended(0 if takes <= limit else None, '{"what": "speed", "foveal": "3"}')


def parts(most=60.0, **seconds):
    return [Part(name, (), most) for name in seconds]


def run(budget, **seconds):
    clock = Clock(**seconds)
    return run_parts(parts(**seconds), clock.start, budget=budget, clock=clock), clock


def test_all_that_fits_the_budget_is_done():
    done, clock = run(200, a=50, b=40, c=10)
    assert [(d.well, d.said) for d in done] == [(True, "done, 50 s"), (True, "done, 40 s"), (True, "done, 10 s")]
    assert clock.given == {"a": 60, "b": 60, "c": 60}


def test_a_part_gets_no_more_than_what_is_left():
    done, clock = run(100, a=60, b=50)
    assert clock.given == {"a": 60, "b": 40}
    assert (done[1].well, done[1].said) == (False, "stopped, 40 s")
    assert done[1].rows == [{"what": "speed", "foveal": "3"}]  # what it had said is kept


def test_what_no_longer_fits_is_left_out_with_a_line():
    done, clock = run(100, a=60, b=25, c=1, d=1)
    assert [d.said for d in done[2:]] == ["left out: 15 s of 100 are left"] * 2
    assert not any(d.well for d in done[2:])
    assert "c" not in clock.given


def test_the_budget_holds_however_long_every_part_takes():
    seconds = {f"p{n}": 1000 for n in range(9)}
    done, clock = run(450, **seconds)
    assert clock.now - 100 <= 450
    assert len(done) == 9


def test_a_failing_part_does_not_stop_the_others():
    def start(part, limit):
        return Ended(7, "Traceback ...") if part.name == "b" else Ended(0, "")

    shown = []
    done = run_parts(parts(a=1, b=1, c=1), start, lambda done: shown.append(len(done)))
    assert [(d.well, d.said) for d in done] == [(True, "done, 0 s"), (False, "failed with exit code 7, 0 s"),
                                                (True, "done, 0 s")]  # fmt: skip
    assert shown == [1, 2, 3]


def test_what_pytest_says_becomes_rows():
    text = "FAILED tests/a.py::x - Assertion\nERROR tests/b.py\n==== 1 failed, 3 passed, 1 error in 2.31s ====\n"
    assert read_rows(text) == [
        {"what": "tests/a.py::x - Assertion", "foveal": "failed"},
        {"what": "tests/b.py", "foveal": "failed"},
        {"what": "tests", "foveal": "1 failed, 3 passed, 1 error"},
    ]


def test_the_table_keeps_its_columns_whatever_the_cells_hold():
    rows = [{"what": "a|b", "foveal": "1", "graph by hand": "2 (0.5)"}, {"what": "c"}]
    lines = table([Done(Part("x", (), 1), False, "stopped, 1 s", rows)], "about").splitlines()[4:]
    assert {line.replace("\\|", "").count("|") for line in lines} == {5}


def test_a_process_that_is_stopped_leaves_what_it_printed_and_no_children(tmp_path):
    code = "import subprocess, sys; print('before', flush=True); subprocess.run([sys.executable, '-c', 'input()'])"
    code = code.replace("'input()'", "'import time; time.sleep(60)'")
    began = time.monotonic()
    ended = starting_in(tmp_path)(Part("slow/part.py", ("-c", code), 2), 2.0)
    assert time.monotonic() - began < 30
    assert ended == Ended(None, "before\n")
    assert (tmp_path / "slow-part.txt").read_text() == "before\n"


def test_a_process_that_fails_leaves_its_traceback(tmp_path):
    ended = starting_in(tmp_path)(Part("G0", ("-c", "raise RuntimeError('device-side assert')"), 60), 60.0)
    assert ended.code == 1
    assert "RuntimeError: device-side assert" in (tmp_path / "G0.txt").read_text()


def test_with_a_gpu_the_exit_code_tells_and_out_has_the_table(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(gpu_check, "about", lambda: "A GPU.")
    monkeypatch.setenv("OUT", str(tmp_path / "out"))
    for code, words in ((0, "print(1)"), (1, "1 / 0")):
        monkeypatch.setattr(gpu_check, "all_parts", lambda words=words: [Part("G5", ("-c", words), 60)])
        assert gpu_check.main() == code
        assert "**G5**: " in (tmp_path / "out" / "table.md").read_text()
        assert "| what | foveal | eager | graph by hand |" in capsys.readouterr().out


TINY = Net((1, 8, 8), ((4,), (6,)), dense=(5,))


@pytest.fixture
def _tiny(monkeypatch):
    """Let the measuring parts take small networks and few rows, on the CPU."""
    synthetic = gpu.synthetic

    def graphed(*_):  # on a build for CPUs the real one leaves autograd in ruins
        raise RuntimeError("no GPU for a graph\nsecond line")

    monkeypatch.setattr(by_hand, "graphed", graphed)
    monkeypatch.setattr("benchmarks.workloads.PLAIN", TINY)
    monkeypatch.setattr("benchmarks.resnet.resnet18.__defaults__", (8,))
    monkeypatch.setattr(gpu, "synthetic", lambda shape, rows: synthetic((shape[0], 8, 8), min(rows, 600)))
    monkeypatch.setattr(gpu_parts, "REPEATS", 1)
    monkeypatch.setattr(gpu_parts, "ROWS", 600)
    monkeypatch.setattr(gpu_parts, "SINGLE", 3)


def rows_of(capsys):
    return {row["what"]: row for row in read_rows(capsys.readouterr().out)}


@pytest.mark.usefixtures("_tiny")
@pytest.mark.parametrize(("part", "title"), [("G5", "G5, C2's network, batch 32, steps/s"),
                                             ("G3", "G3, ResNet-18, batch 512, images/s")])  # fmt: skip
def test_training_is_measured_and_a_side_that_fails_is_told_in_its_cell(part, title, capsys):
    assert gpu_parts.PARTS[part]() == 1  # a graph needs a GPU
    row = rows_of(capsys)[title]
    assert float(row["foveal"].replace(",", "")) > 0
    assert row["eager"].endswith(")")
    assert row["graph by hand"] == "failed: RuntimeError: no GPU for a graph"


@pytest.mark.usefixtures("_tiny")
def test_prediction_is_measured_in_images_a_second_and_for_one_row(capsys):
    assert gpu_parts.prediction() == 0
    rows = rows_of(capsys)
    assert set(rows) == {"prediction, images/s", "prediction, peak MiB", "prediction, one row, microseconds (p50)",
                         "prediction, one row, microseconds (p99)"}  # fmt: skip
    assert all("foveal" in row and "eager" in row for row in rows.values() if "peak" not in row["what"])


def test_memory_is_each_sides_own_peak(monkeypatch, capsys):
    peaks = itertools.count(1)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: next(peaks) * 2**20)
    gpu_parts.Turns({"foveal": lambda: 4.0, "eager": lambda: 2.0}, "G9, images/s").take()
    assert rows_of(capsys)["G9, peak MiB"] == {"what": "G9, peak MiB", "foveal": "1", "eager": "2 (2.00)"}


def test_without_its_data_g1_is_left_out(monkeypatch, capsys):
    from foveal.core.errors import ResourceError

    def missing(name):
        raise ResourceError(f"{name} is not here")

    monkeypatch.setattr("foveal.data.named.load_dataset", missing)
    assert gpu_parts.g1() == 0
    told = rows_of(capsys)["G1, Fashion-MNIST, recipe fast"]["foveal"]
    assert told.startswith("not measured: the data set is not here")


def test_a_row_is_a_line_of_json(capsys):
    gpu_parts.emit("a", {"foveal": "1"})
    assert json.loads(capsys.readouterr().out) == {"what": "a", "foveal": "1"}
