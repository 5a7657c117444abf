"""Processes that train together: started here, watched, and ended whatever happens."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Seconds without any progress after which a crew hangs.
WATCHDOG = 60


def environment(**settings: str) -> dict[str, str]:
    """One thread for each process: there are more processes than cores."""
    path = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    return {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", **settings}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def start(rank: int, world: int, port: int, arguments: Sequence[object]) -> subprocess.Popen[str]:
    """Start a process as SLURM's srun would, by the environment alone."""
    who = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": world, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    settings = environment(**{name: str(value) for name, value in who.items()})
    return _popen([sys.executable, *map(str, arguments)], settings)


@contextmanager
def crew(world: int, *arguments: object) -> Iterator[list[subprocess.Popen[str]]]:
    """Start `world` processes of a script."""
    port = free_port()
    processes = [start(rank, world, port, arguments) for rank in range(world)]
    try:
        yield processes
    finally:
        end(processes)


@contextmanager
def torchrun(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Start torchrun."""
    agent = _popen([sys.executable, "-m", "torch.distributed.run", *map(str, arguments)], environment())
    try:
        yield agent
    finally:
        end([agent])


def end(processes: Sequence[subprocess.Popen[str]]) -> None:
    """End what is still there; torchrun is asked to, so that it ends its workers."""
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()


def finish(processes: Sequence[subprocess.Popen[str]], folder: Path | None = None) -> list[tuple[int, str]]:
    """Wait for processes; give each one's exit code and what it said.

    Fails where one hangs: nothing has changed in the folder, where each writes every few steps, for as long as the
    watchdog waits. How long they take in all is up to the machine: many may share a core.
    """
    said = [_watched(process, folder) for process in processes]
    return [(process.returncode, text) for process, text in zip(processes, said, strict=True)]


def _watched(process: subprocess.Popen[str], folder: Path | None) -> str:
    last, since = _state_of(folder), time.monotonic()
    while time.monotonic() - since < WATCHDOG:
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=0.5)[0]
        if _state_of(folder) != last:
            last, since = _state_of(folder), time.monotonic()
    process.kill()
    raise AssertionError(f"hangs: no progress for {WATCHDOG} s\n{process.communicate()[0]}")


def _state_of(folder: Path | None) -> list[str]:
    """Name all files: checkpoints carry their steps."""
    return [] if folder is None else sorted(str(path) for path in folder.rglob("*"))


def _popen(command: Sequence[str], settings: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
    )
