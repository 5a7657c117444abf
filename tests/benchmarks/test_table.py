import json
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.contest import GROUPS, PEERS, Peer
from benchmarks.machine import Others, describe
from benchmarks.workloads import workloads

from benchmarks import run, table

CSV = """round,workload,peer,cold,warm,steady,p50,p99,memory,accuracy,parameters,others,error
0,peak,matrix product,,,100.0,,,,,,0.0,
0,C2,foveal,2.0,1.0,3000,,,400,0.8,421642,0.0,
0,C2,PyTorch tutorial,3.0,1.5,1000,,,500,0.8,421642,0.5,
1,C2,foveal,2.0,1.0,3000,,,400,0.8,421642,0.0,
1,C2,PyTorch tutorial,4.0,1.5,1500,,,500,0.8,421642,0.0,
0,C2,skorch,,,,,,,,,0.0,ModuleNotFoundError: No module named 'skorch'
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "runs.csv").write_text(CSV, "utf-8")
    told = describe() | {"full": False, "note": "A shared machine."}
    (tmp_path / "environment.json").write_text(json.dumps(told), "utf-8")
    return tmp_path


def test_the_table_gives_medians_ratios_and_their_spread(folder: Path):
    text = table.write_table(folder)
    assert "| foveal | 2 | 2.00 | 1.00 | 3,000 | 400 | 0.800 | 0% |" in text
    assert "| PyTorch tutorial | 2 | 3.50 | 1.50 | 1,250 |" in text
    assert "1.75 (1.50-2.00) | 2.50 (2.00-3.00) |" in text
    assert "A shared machine." in text


def test_a_target_says_reached_missed_or_without_figure(folder: Path):
    lines = table.write_table(folder).splitlines()
    assert "| C2 steady / PyTorch tutorial | 2.50 (2.00-3.00) | 2 | 3.50 | **missed** | 2.00 (2.00-2.00) | 1 |" in lines
    assert any(
        line.startswith("| C2 cold / PyTorch tutorial | 1.75 (1.50-2.00) | 2 | 1.40 | reached |") for line in lines
    )
    assert any(line.startswith("| C1 cold / skorch |  | 0 | 4.00 | no figure |") for line in lines)


def test_a_peer_that_failed_is_a_row_that_says_so(folder: Path):
    line = next(s for s in table.write_table(folder).splitlines() if s.startswith("| skorch"))
    assert "failed: ModuleNotFoundError: No module named 'skorch'" in line


def test_a_process_that_fails_leaves_its_error(monkeypatch: pytest.MonkeyPatch):
    done = subprocess.CompletedProcess([], 1, '{"workload": "C2", "cold": 1.0}\n', "Traceback\nValueError: no\n")
    monkeypatch.setattr(run.subprocess, "run", lambda *_, **__: done)
    rows = run.run_peer(Peer("p", "tuned"), ("C2", "C3"), [], 1.0)
    assert [(r["workload"], r.get("cold"), r.get("error")) for r in rows] == [
        ("C2", 1.0, None),
        ("C3", None, "ValueError: no"),
    ]


def test_a_process_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch):
    def hang(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("x", 1, output=b"")

    monkeypatch.setattr(run.subprocess, "run", hang)
    assert run.run_peer(Peer("p", "tuned"), ("C2",), [], 1.0)[0]["error"] == "stopped after 1 s"


def test_groups_and_peers_know_each_other():
    names = [p.name for p in PEERS]
    assert len(set(names)) == len(names)
    assert {name for peers in GROUPS.values() for name in peers} == set(names)
    assert [id_ for group in GROUPS for id_ in group] == list(workloads())
    root = Path(run.__file__).parent / "peers"
    assert all((root / f"{p.module}.py").is_file() for p in PEERS)


def test_the_description_names_no_machine():
    text = json.dumps(describe())
    assert sys.prefix not in text
    assert {"processor", "cores", "versions"} <= set(describe())


def test_others_share_is_a_share_or_unknown():
    share = Others().share()
    assert share is None or share >= 0
