"""What each piece of the fast path on the CPU is worth: foveal with it, over foveal without it.

    python -m benchmarks.ablation [--rounds 5] [--name RUN] [--threads]

One thread, C2, C3 and C5 at their quick sizes. All run on PyTorch's kernels (kernels="off"), whose ways these pieces
are: else a change would first move a fit from foveal's compiled kernels to PyTorch's, and that step would be measured.
What the compiled kernels are worth is a row of its own. For a piece that can be taken out of a running estimator, the
network, batches, optimizer or step of a prepared fit are replaced here, and all variants take a few steps in turn,
A B C A B C, in one process; what the processor spent counts, so that neighbours do not. What the environment sets is
measured in fresh processes, in turn as well. `--threads` adds C1 with one and with all threads, and OpenMP's two ways
of waiting with and without a busy neighbour; it needs all cores to itself, and takes the clock on the wall.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from benchmarks.data import prepare as write_data
from benchmarks.data import read
from benchmarks.machine import Others, describe
from benchmarks.workloads import workloads

ROOT = Path(__file__).parents[1]
WORKLOADS = ("C2", "C3", "C5-128")
STEPS = 4
#: Where the environment's settings are tried: C5-512's largest maps are of 32 MiB, which glibc maps anew each time.
SET = ("C2", "C5-512")

#: Row: what the environment sets beside the rest, which is compared with nothing set.
SETTINGS = {
    "without kept memory": {"FOVEAL_SETTINGS": "off", "OMP_WAIT_POLICY": "passive"},
    "with huge pages too (THP_MEM_ALLOC_ENABLE=1)": {"THP_MEM_ALLOC_ENABLE": "1"},
    "with glibc's huge pages for kept memory (glibc.malloc.hugetlb=1)": {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"},
}  # fmt: skip


def in_turn(id_: str, folder: Path, rounds: int) -> list[dict[str, Any]]:
    """Let every variant of a workload take some steps in each round; give a row a round and variant."""
    import torch

    from benchmarks.without import VARIANTS, fits
    from foveal.train import train

    torch.set_num_threads(1)
    workload = workloads()[id_]
    write_data(workload, folder)
    data = read(workload, folder)
    running: dict[str, Callable[[], float]] = {}
    for name, change in VARIANTS.items():
        job = without_kernels(workload).set_params(valid_size=0.0)._prepared(data.X, data.y)
        if fits(name, job):
            change(job)
            running[name] = stepping(job, train)
    found = []
    for number in range(-1, rounds):  # the first round warms up
        for name, run in running.items():
            speed = run()
            if number >= 0:
                found.append({"round": number, "workload": id_, "variant": name, "images_s": speed})
    return found


def without_kernels(workload: Any) -> Any:
    """Describe a workload that trains for as long as it is asked, on PyTorch's kernels."""
    from benchmarks.peers.foveal import make

    return make(workload).set_params(n_epochs=10**6, kernels="off")


def stepping(job: Any, train: Any, clock: Callable[[], float] = process_time) -> Callable[[], float]:
    """Give a function that takes the last full steps of an epoch and says how many images a second they were."""
    epochs = train(job.state, job.batches, None, job.task, job.config)

    def run() -> float:
        first = max(0, len(job.batches) - 1 - STEPS)
        job.state.position = first
        rows = sum(stop - start for start, stop in job.batches.bounds()[first:])
        began = clock()
        next(epochs)
        return rows / (clock() - began)

    return run


def alone(id_: str, folder: Path, seconds: float) -> float:
    """Train in this process for some seconds of the clock on the wall; give images a second of the processor's time."""
    from foveal.train import train

    workload = workloads()[id_]
    data = read(workload, folder)
    epochs = train(*_engine(without_kernels(workload)._prepared(data.X, data.y)))
    next(epochs)
    clock = perf_counter if os.environ.get("BENCH_WALL") == "1" else process_time
    speeds, until = [], perf_counter() + seconds
    while perf_counter() < until or len(speeds) < 2:
        began = clock()
        next(epochs)
        speeds.append(len(data.X) / (clock() - began))
    return median(speeds)


def _engine(job: Any) -> tuple[Any, ...]:
    return job.state, job.batches, None, job.task, job.config


def fresh(id_: str, folder: Path, environment: dict[str, str], seconds: float = 1.0) -> float:
    """Run `alone` in a new process."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.ablation", "--alone", id_, "--folder", str(folder)]
    command += ["--seconds", str(seconds)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def in_processes(id_: str, folder: Path, rounds: int, settings: dict[str, dict[str, str]]) -> list[dict[str, Any]]:
    """Run each setting in turn, after nothing set, in processes of their own."""
    found = []
    for number in range(rounds):
        for name, environment in {"": {}, **settings}.items():
            speed = fresh(id_, folder, {"OMP_NUM_THREADS": "1"} | environment)
            found.append({"round": number, "workload": id_, "variant": name, "images_s": speed})
    return found


def with_threads(folder: Path, rounds: int) -> list[dict[str, Any]]:
    """Compare thread counts on C1 and ways of waiting on C2, with and without a busy neighbour, by the wall's clock."""
    passive, active = (f"{policy} {os.cpu_count()}" for policy in ("passive", "active"))
    cases = {
        ("C1", False): {"": "passive 1", "all threads, waiting": passive, "all threads, spinning": active},
        ("C2", False): {"": passive, "all threads, spinning": active},
        ("C2", True): {"": passive, "all threads, spinning": active},
    }  # fmt: skip
    found = []
    for (id_, busy), variants in cases.items():
        write_data(workloads()[id_], folder)
        neighbour = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if busy else None
        try:
            for number in range(rounds):
                for name, setting in variants.items():
                    policy, threads = setting.split()
                    environment = {"OMP_WAIT_POLICY": policy, "OMP_NUM_THREADS": threads, "BENCH_WALL": "1"}
                    speed = fresh(id_, folder, environment)
                    label = f"{id_}, busy neighbour" if busy else f"{id_}, threads"
                    found.append({"round": number, "workload": label, "variant": name, "images_s": speed})
        finally:
            if neighbour is not None:
                neighbour.kill()
    return found


def worth(rows: list[dict[str, Any]], workload: str, variant: str, base: str = "") -> list[float]:
    """Give the ratios of a variant's speed to the base's, round by round.

    >>> a, b = ({"round": 0, "workload": "C2", "variant": v, "images_s": s} for v, s in (("", 10.0), ("x", 5.0)))
    >>> worth([a, b], "C2", "x")
    [0.5]
    """
    speeds = {(r["round"], r["variant"]): r["images_s"] for r in rows if r["workload"] == workload}
    numbers = sorted({number for number, name in speeds if name == variant})
    return [speeds[n, variant] / speeds[n, base] for n in numbers]


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Write the ratios: a line for each variant, a column for each workload."""
    ids = list(dict.fromkeys(r["workload"] for r in rows))
    names = [n for n in dict.fromkeys(r["variant"] for r in rows) if n]
    lines = ["| foveal | " + " | ".join(ids) + " |", "| --- |" + " ---: |" * len(ids)]
    for name in names:
        cells = []
        for id_ in ids:
            ratios = worth(rows, id_, name)
            spread = f" ({min(ratios):.2f}-{max(ratios):.2f})" if ratios else ""
            cells.append(f"{median(ratios):.2f}{spread}" if ratios else "")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def write(rows: list[dict[str, Any]], folder: Path, rounds: int, others: float | None) -> None:
    """Write runs.csv and table.md."""
    with (folder / "runs.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["round", "workload", "variant", "images_s"])
        writer.writeheader()
        writer.writerows(rows)
    told = describe()
    said = "unknown" if others is None else f"{others:.0%}"
    head = [
        "# What each piece of the fast path is worth on the CPU", "",
        f"{told['processor']}, one thread; torch {told['versions']['torch']}. "  # type: ignore[index]
        f"Training images/s over those of foveal with kernels='off': median of {rounds} rounds (least-greatest). Below "
        "1 the piece that is left out is worth something, above 1 what is put in would be. Others used "
        f"{said} of the cores; their time does not count, their use of the caches does.", "",
    ]  # fmt: skip
    (folder / "table.md").write_text("\n".join([*head, *table(rows)]) + "\n", "utf-8")


def main() -> None:
    """Measure and write, or train alone where the command line says so."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--name", default=f"{datetime.now():%Y-%m-%d}-ablation", help="folder under benchmarks/results/"
    )
    parser.add_argument("--threads", action="store_true", help="thread counts and ways of waiting too")
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=1.0, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.alone:
        print(alone(args.alone, args.folder, args.seconds))
        return
    others, rows = Others(), []
    folder = ROOT / "benchmarks" / "results" / args.name
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        for id_ in WORKLOADS:
            rows += in_turn(id_, Path(data), args.rounds)
            write(rows, folder, args.rounds, others.share())  # as far as it has come
        for id_ in SET:
            write_data(workloads()[id_], Path(data))
            rows += in_processes(id_, Path(data), args.rounds, SETTINGS)
        if args.threads:
            rows += with_threads(Path(data), args.rounds)
    write(rows, folder, args.rounds, others.share())
    print("\n".join(table(rows)))


if __name__ == "__main__":
    main()
