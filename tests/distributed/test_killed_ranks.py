"""Processes that are killed under torchrun: it starts all of them again, and the run ends with the same bits."""

import os
import random
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from .crew import finish, free_port, torchrun
from .test_going_on import RUN, digests, ran, saved, wait_for

EPOCHS = 12
AGENT = ("--rdzv-backend", "c10d", "--rdzv-conf", "last_call_timeout=1,join_timeout=60", "--monitor-interval", 0.1)


def pids(folder, restart: int) -> dict[int, int]:
    """Give the processes' ids by rank, as they were at a start."""
    return {int(p.name.split("-")[1]): int(p.read_text()) for p in folder.glob(f"begun/{restart}-?")}


def alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def run_with_a_kill(folder, rank: int, share: float, seconds: float) -> tuple[bool, float]:
    """Kill a process of two after a share of a run's time; tell whether it still was there, and how long all took."""
    began = time.monotonic()
    alone = ("--rdzv-endpoint", f"127.0.0.1:{free_port()}")  # else it meets whoever has torchrun's usual port
    with torchrun("--nproc-per-node", 2, "--max-restarts", 3, *alone, *AGENT, RUN, folder, EPOCHS) as agent:
        pid = wait_for(lambda: pids(folder, 0).get(rank))
        time.sleep(share * seconds)
        killed = alive(pid)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        ((code, said),) = finish([agent], folder)
    assert code == 0, said
    return killed and bool(pids(folder, 1)), time.monotonic() - began


def kill_and_compare(tmp_path, trials: int) -> None:
    reference = tmp_path / "unbroken"
    reference.mkdir()
    for code, said in ran(2, reference, EPOCHS):
        assert code == 0, said
    begun, ended = reference / "begun/0-0", reference / "ended/0"
    seconds = ended.stat().st_mtime - begun.stat().st_mtime
    (unbroken,) = digests(reference)
    rng, restarted, tried = random.Random(7), 0, 0
    while restarted < trials:
        assert tried < 2 * trials + 2, "most processes were over before they were killed"
        folder = tmp_path / f"trial {tried}"
        folder.mkdir()
        hit, took = run_with_a_kill(folder, tried % 2, rng.uniform(0.0, 0.9), seconds)
        assert digests(folder) == {unbroken}
        restarted, tried = restarted + hit, tried + 1
        print(f"trial {tried}: rank {(tried - 1) % 2} {'killed' if hit else 'was over'}, done after {took:.1f} s")
    print(f"{restarted} killed ranks, 0 hangs, {restarted} runs with the unbroken run's bits")


def test_killed_ranks(tmp_path):
    kill_and_compare(tmp_path, 2)


@pytest.mark.long
def test_sixteen_killed_ranks(tmp_path):
    kill_and_compare(tmp_path, 16)


@pytest.fixture
def port() -> int:
    """A free port; without loopback processes cannot meet."""
    try:
        return free_port()
    except OSError as error:
        pytest.skip(f"sockets on loopback are forbidden here: {error}")


def listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def machines(nodes: str, port: int) -> tuple[object, ...]:
    """What torchrun is told on each of some machines with a process each, all of them this one."""
    meeting = ("--rdzv-id", 5, "--rdzv-endpoint", f"127.0.0.1:{port}")
    return ("--nnodes", nodes, "--nproc-per-node", 1, "--max-restarts", 3, *meeting, *AGENT, RUN)


def test_two_torchruns_on_loopback(tmp_path, port):
    """Two machines with a process each end where one machine with two processes does."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    for code, said in ran(2, one, EPOCHS):
        assert code == 0, said
    told = machines("2", port)
    with torchrun(*told, two, EPOCHS) as a, torchrun(*told, two, EPOCHS) as b:
        for code, said in finish([a, b], two):
            assert code == 0, said
    assert digests(two) == digests(one)
    assert len(list((two / "ended").iterdir())) == 2


@pytest.mark.long
def test_a_machine_that_is_lost_for_good(tmp_path, port):
    """The other one goes on by itself, and ends where one process alone does, in float64."""
    alone, elastic = tmp_path / "alone", tmp_path / "elastic"
    alone.mkdir()
    elastic.mkdir()
    ((code, said),) = ran(1, alone, EPOCHS, "float64")
    assert code == 0, said
    told = machines("1:2", port)[:-1]  # the script stands last
    told = (*told, "--rdzv-conf", "last_call_timeout=20,join_timeout=60", RUN)  # else the first is done by itself
    told = (*told, elastic, EPOCHS, "float64")
    with torchrun(*told) as first:
        wait_for(lambda: listens(port))  # the first one serves the store where machines meet: it may not be lost
        with torchrun(*told) as second:
            lost = wait_for(lambda: [pid for pid in pids(elastic, 0).values() if parent(pid) == second.pid])
            before = saved(elastic)
            wait_for(lambda: saved(elastic) != before)
            second.kill()
            os.kill(lost[0], signal.SIGKILL)
        ((code, said),) = finish([first], elastic)  # the other agent is given up after 15 s of silence
    assert code == 0, said
    apart = np.abs(np.load(elastic / "weights.npy") - np.load(alone / "weights.npy")).max()
    print(f"apart by {apart:.1e}")
    assert apart < 1e-9


def parent(pid: int) -> int | None:
    stat = Path(f"/proc/{pid}/stat")
    return int(stat.read_text().rsplit(")", 1)[1].split()[1]) if stat.exists() else None
