"""What many processes would do on many images, from figures measured here, and whether 1, 2 and 4 of them really do.

    python -m benchmarks.scale [--name RUN]

Measured: a training step's time by itself, the reading of a row from a mapped file and from a tar of arrays, and
all-reduce over loopback. `step_seconds` makes of them the time of a step of any number of processes; `simulated` draws
the steps of each process from those measured, lets all wait for the slowest, and is held against real runs here. Where
there are more processes than cores they share them, and the model says so.
"""

import argparse
import io
import json
import os
import random
import socket
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from statistics import mean, median
from time import perf_counter, process_time
from typing import Any

import numpy as np

from benchmarks.machine import Others, describe

ROOT = Path(__file__).parents[1]
ROWS, SHAPE = 64, (28, 28)  # rows of a process in a step; Fashion-MNIST's images
WORLDS, SIZES = (1, 8, 64, 512), (1_200_000, 1_000_000_000)


@dataclass(frozen=True)
class Figures:
    """What a step is made of, in seconds: of an image, of a message, of a byte; bytes of gradients, sums in a step."""

    train: float
    mapped: float
    tar: float
    message: float
    byte: float
    gradients: int
    sums: int  # small all-reduces: three a batch norm, one for the epoch's sums


def all_reduce_seconds(world: int, size: float, message: float, byte: float) -> float:
    """Time of a ring: 2 (w - 1) messages one after the other, and 2 (w - 1) / w of the bytes over each link.

    >>> all_reduce_seconds(1, 100, 1.0, 1.0), all_reduce_seconds(2, 100, 1.0, 1.0)
    (0.0, 102.0)
    """
    return 2 * (world - 1) * message + 2 * (world - 1) / world * size * byte


def parts_of_step(f: Figures, world: int, rows: int = ROWS, cores: float = float("inf")) -> dict[str, float]:
    """Say where the time of a step goes; processes that share a core take turns.

    >>> f = Figures(1.0, 0.5, 0.5, 0.0, 0.0, 0, 0)
    >>> parts_of_step(f, 4, rows=2, cores=2)
    {'train': 4.0, 'read': 2.0, 'gradients': 0.0, 'sums': 0.0}
    """
    turns = max(1.0, world / cores)
    return {
        "train": rows * f.train * turns,
        "read": rows * f.mapped * turns,
        "gradients": all_reduce_seconds(world, f.gradients, f.message, f.byte),
        "sums": f.sums * all_reduce_seconds(world, 8, f.message, f.byte),
    }


def simulated(f: Figures, world: int, steps: Sequence[float], cores: float = float("inf"), count: int = 300) -> float:
    """Simulate steps whose lengths are drawn from those measured: all wait for the slowest, then for the messages.

    >>> simulated(Figures(0, 0, 0, 0.0, 0.0, 0, 0), 3, [2.0], cores=1, count=5)
    6.0
    """
    rng, parts = random.Random(0), parts_of_step(f, world)
    turns = max(1.0, world / cores)
    slowest = mean(max(rng.choices(steps, k=world)) for _ in range(count))
    return slowest * turns + parts["gradients"] + parts["sums"]


def worker() -> dict[str, Any]:
    """Train some steps among the processes of the environment; time them, and what they tell each other."""
    import torch

    from foveal import CNNClassifier
    from foveal.fitting.checkpointing import Keeper
    from foveal.layers import BatchNorm
    from foveal.train.processes.distributed import joined
    from foveal.train.processes.lend import lent_rows
    from foveal.train.step import train_step

    world = int(os.environ["WORLD_SIZE"])
    X = np.random.default_rng(0).integers(0, 256, (ROWS * world * 8, *SHAPE), dtype=np.uint8)
    model = CNNClassifier(batch_size=ROWS * world, valid_size=0, random_state=0)
    walls, used = [], []
    with joined() as processes:
        job = model._prepared(X, np.arange(len(X)) % 10, keeper=Keeper(processes=processes))
        job.state.net.train()
        with lent_rows(job.state.net, processes):
            for epoch in range(3):
                for batch in job.batches.epoch(epoch):
                    began, began_used = perf_counter(), process_time()
                    train_step(job.state, batch, job.task, job.config, [])
                    walls.append(perf_counter() - began)
                    used.append(process_time() - began_used)
        small, large = torch.zeros(8, dtype=torch.float64), torch.zeros(2**20)
        told = [_timed(lambda t=t: processes.add(t), 30) for t in (small, large)]
    weights = sum(w.numel() for w in job.state.net.parameters())
    norms = sum(isinstance(m, BatchNorm) for m in job.state.net.modules())
    return {
        "walls": walls[4:],
        "used": used[4:],
        "small": told[0],
        "large": told[1],
        "weights": weights,
        "norms": norms,
    }


def _timed(work: Any, count: int) -> float:
    """Give the tenth of a call's times that neighbours disturbed least."""
    times = []
    for _ in range(count):
        began = perf_counter()
        work()
        times.append(perf_counter() - began)
    return sorted(times)[count // 10]


def crew(world: int) -> dict[str, Any]:
    """Run `worker` in some processes; give what the first one found."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(listener.getsockname()[1])}
    settings = {**os.environ, **meeting, "OMP_NUM_THREADS": "1", "WORLD_SIZE": str(world)}
    command = [sys.executable, "-m", "benchmarks.scale", "--worker"]
    processes = [
        subprocess.Popen(command, env={**settings, "RANK": str(rank)}, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for rank in range(world)
    ]
    said = [process.communicate(timeout=600)[0] for process in processes]
    found: dict[str, Any] = json.loads(said[0])
    return found


def reading(rows: int = 20_000) -> tuple[float, float]:
    """Time a row's reading, in the processor's seconds: by chance from a mapped file, and in turn from a tar."""
    X = np.random.default_rng(0).integers(0, 256, (rows, *SHAPE), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/X.npy", X)
        mapped, order = np.load(f"{folder}/X.npy", mmap_mode="r"), np.random.default_rng(1).permutation(rows)
        began = process_time()
        for start in range(0, rows, ROWS):
            np.ascontiguousarray(mapped[np.sort(order[start : start + ROWS])])
        by_chance = (process_time() - began) / rows
        with tarfile.open(f"{folder}/X.tar", "w") as tar:
            for row in X[:2000]:
                content = io.BytesIO()
                np.save(content, row)
                entry = tarfile.TarInfo("x.npy")
                entry.size = len(content.getvalue())
                tar.addfile(entry, io.BytesIO(content.getvalue()))
        began = process_time()
        with tarfile.open(f"{folder}/X.tar") as tar:
            for entry in tar:
                np.load(io.BytesIO(tar.extractfile(entry).read()))
        return by_chance, (process_time() - began) / 2000


def figures(found: dict[int, dict[str, Any]]) -> Figures:
    """Make the model's figures from the runs of one and of two processes."""
    one, two = found[1], found[2]
    message = two["small"] / 2  # a ring of two sends two messages
    byte = max(0.0, two["large"] - two["small"]) / (4 * 2**20)
    return Figures(median(one["used"]) / ROWS, *reading(), message, byte, 4 * one["weights"], 3 * one["norms"] + 1)


def span(seconds: float) -> str:
    """Write a time for people.

    >>> span(30), span(7200), span(1e6)
    ('30.0 s', '2.0 h', '11.6 days')
    """
    units = ((86400.0 * 2, 86400.0, "days"), (5400.0, 3600.0, "h"), (90.0, 60.0, "min"), (0.0, 1.0, "s"))
    size, unit = next((size, unit) for least, size, unit in units if seconds >= least)
    return f"{seconds / size:.1f} {unit}"


def extrapolation(f: Figures, rows: int) -> list[str]:
    """Write what many processes do on many images, each with so many rows of a batch."""
    epochs = " | ".join(f"epoch of {n:,}" for n in SIZES)
    lines = [f"| processes | images/s | of linear | {epochs} | training | reading | gradients | sums |"]
    lines += ["| ---: " * (7 + len(SIZES)) + "|"]
    for world in WORLDS:
        parts = parts_of_step(f, world, rows)
        step = sum(parts.values())
        speed, linear = rows * world / step, sum(parts_of_step(f, 1, rows).values()) / step
        shares = " | ".join(f"{part / step:.0%}" for part in parts.values())
        times = " | ".join(span(n / speed) for n in SIZES)
        lines.append(f"| {world} | {speed:,.0f} | {linear:.0%} | {times} | {shares} |")
    return lines


def table(f: Figures, found: dict[int, dict[str, Any]], cores: int) -> list[str]:
    """Write figures, extrapolations and check as Markdown."""
    lines = ["| figure | measured |", "| --- | ---: |"]
    micro = {"training, an image": f.train, "mapped row": f.mapped, "row of a tar": f.tar, "message": f.message}
    lines += [f"| {name} | {seconds * 1e6:,.1f} us |" for name, seconds in micro.items()]
    lines += [f"| all-reduce, a MB | {f.byte * 1e9:,.2f} ms |", f"| gradients | {f.gradients / 1e6:.2f} MB |"]
    lines += [f"| small sums in a step | {f.sums} |"]
    ten_gigabit = replace(f, message=20e-6, byte=0.8e-9)
    variants = {
        f"Loopback as measured, {ROWS} rows a process": (f, ROWS),
        "Loopback as measured, 1,024 rows a process": (f, 1024),
        f"20 us a message and 10 Gbit/s (assumed), {ROWS} rows a process": (ten_gigabit, ROWS),
        "20 us a message and 10 Gbit/s (assumed), 1,024 rows a process": (ten_gigabit, 1024),
        "The same, rows from a tar": (replace(ten_gigabit, mapped=f.tar), 1024),
    }
    for name, (made_of, rows) in variants.items():
        lines += ["", f"**{name}**", "", *extrapolation(made_of, rows)]
    lines += ["", f"**Simulated and measured, {cores} core(s)**", ""]
    lines += ["| processes | step simulated | step measured | ratio |", "| ---: " * 4 + "|"]
    for world, run in found.items():
        guess, real = simulated(f, world, found[1]["walls"], cores), median(run["walls"])
        lines.append(f"| {world} | {guess * 1e3:.1f} ms | {real * 1e3:.1f} ms | {guess / real:.2f} |")
    return lines


def main() -> None:
    """Measure, compute, compare, and leave a folder of results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", default=f"{datetime.now():%Y-%m-%d}-scale")
    parser.add_argument("--worker", action="store_true")
    options = parser.parse_args()
    if options.worker:
        print(json.dumps(worker()))
        return
    others, folder = Others(), ROOT / "benchmarks/results" / options.name
    found = {world: crew(world) for world in (1, 2, 4)}
    f, cores = figures(found), len(os.sched_getaffinity(0))
    lines = table(f, found, cores)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table.md").write_text("\n".join([*lines, ""]), "utf-8")
    measured = {"figures": asdict(f), "runs": found, "cores": cores, "others": others.share()}
    (folder / "runs.json").write_text(json.dumps(measured, indent=1), "utf-8")
    (folder / "environment.json").write_text(json.dumps(describe(), indent=2), "utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
