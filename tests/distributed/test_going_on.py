"""Several processes stop together, are told the same, and go on together."""

import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from foveal.core.checkpoints import checkpoints, open_folder
from foveal.train.checkpoint import read_saved

from .crew import ROOT, WATCHDOG, crew, finish

RUN = ROOT / "tests/distributed/run.py"


def ran(world: int, *arguments: object) -> list[tuple[int, str]]:
    with crew(world, RUN, *arguments) as processes:
        return finish(processes, Path(str(arguments[0])))


def digests(folder) -> set[str]:
    return {path.read_text() for path in (folder / "ended").iterdir()}


def wait_for(found, seconds: float = 3 * WATCHDOG):
    """Wait until something is there, and give it; on a busy machine a start alone takes half a minute."""
    until = time.monotonic() + seconds
    while not (what := found()):
        assert time.monotonic() < until, "it never came"
        time.sleep(0.01)
    return what


def saved(folder):
    place = folder / "checkpoints"
    return checkpoints(place) if place.is_dir() else []


def broken_off(folder, world: int, number: int, rank: int, *arguments: object) -> list[tuple[int, str]]:
    """Send a signal to one process once there is a new checkpoint."""
    before = saved(folder)
    with crew(world, RUN, folder, *arguments) as processes:
        wait_for(lambda: saved(folder) != before)
        os.kill(processes[rank].pid, number)
        return finish(processes, folder)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    folder = tmp_path_factory.mktemp("unbroken")
    for code, said in ran(2, folder, 8):
        assert code == 0, said
    (digest,) = digests(folder)
    return digest


def test_a_signal_to_one_process_stops_all_and_they_go_on_to_the_same_bits(tmp_path, unbroken):
    for code, said in broken_off(tmp_path, 2, signal.SIGTERM, 1, 8):
        assert code == 128 + signal.SIGTERM, said
    step = read_saved(saved(tmp_path)[0]).state["step"]
    assert 0 < step < 40
    assert not digests(tmp_path)
    for code, said in ran(2, tmp_path, 8):
        assert code == 0, said
    assert digests(tmp_path) == {unbroken}


@pytest.mark.parametrize("rank", [0, 1])
def test_who_is_left_alone_says_so_at_once(tmp_path, rank):
    began = time.monotonic()
    ends = broken_off(tmp_path, 2, signal.SIGKILL, rank, 2000)
    print(f"over after {time.monotonic() - began:.1f} s")
    code, said = ends[1 - rank]
    assert ends[rank][0] == -signal.SIGKILL
    assert code == 5, said
    assert "ResourceError: another process of this training is gone" in said
    assert "with checkpoint=DIR training goes on from the last checkpoint" in said


def test_a_run_goes_on_with_another_number_of_processes(tmp_path):
    """Two processes, then three, then one: what one process makes of it, in float64."""
    (tmp_path / "alone").mkdir()
    ((code, said),) = ran(1, tmp_path / "alone", 8, "float64")
    assert code == 0, said
    for world in (2, 3):
        for code, said in broken_off(tmp_path, world, signal.SIGTERM, 0, 8, "float64"):
            assert code == 143, said
        for path in saved(tmp_path)[1:]:
            path.unlink()
    ((code, said),) = ran(1, tmp_path, 8, "float64")
    assert code == 0, said
    apart = np.abs(np.load(tmp_path / "weights.npy") - np.load(tmp_path / "alone/weights.npy")).max()
    print(f"apart by {apart:.1e}")
    assert apart < 1e-9


def test_a_folder_in_use_is_said_to_all(tmp_path):
    with open_folder(tmp_path / "checkpoints"):
        ends = ran(2, tmp_path, 8)
    for code, said in ends:
        assert code == 5
        assert f"another training (process {os.getpid()}) is writing in" in said


def test_other_data_in_one_process_are_refused(tmp_path):
    for code, said in ran(2, tmp_path, 8, "other data"):
        assert code == 2
        assert "ParameterError: data and parameters are not the same in all 2 processes" in said


def test_a_drawn_seed_is_that_of_the_first_process(tmp_path):
    for code, said in ran(2, tmp_path, 1, "drawn"):
        assert code == 0, said
    assert len(digests(tmp_path)) == 1
    assert len(list((tmp_path / "ended").iterdir())) == 2
