"""What training costs as the work grows: batch, image, width, depth, and a data set that need not fit in memory.

    python -m benchmarks.growth [--name RUN] [--gigabytes 4.3]

Each point is a process of its own with one thread: the plain stack without dense layers on 32x32x3 images of uint8 in a
mapped file (batch 64, two blocks of 32 channels), one of these changed; the compiled kernels and PyTorch's take turns
in it. Time is the median of repeated runs of a few
steps, in the processor's seconds, so that what neighbours take does not count; beside it stands the time of a
multiply-add against the panel's best, where a cliff shows.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import chain, count, islice
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np

from benchmarks.machine import Others, describe

ROOT = Path(__file__).parents[1]
SIZE, CHANNELS = 32, 3


@dataclass(frozen=True)
class Point:
    """One figure of a panel: what is trained, and for how long."""

    panel: str
    x: float  # what grows
    batch: int = 64
    size: int = SIZE
    width: int = 32
    depth: int = 2
    rows: int = 1024
    mapped: bool = True
    seconds: float = 1.0


BASE = Point("", 0)
PANELS = {
    "batch size": [replace(BASE, x=n, batch=n) for n in (1, 2, 8, 32, 64, 128, 256, 512)],
    "image size": [replace(BASE, x=n, size=n, rows=256) for n in (8, 16, 28, 32, 64, 128)],
    "width": [replace(BASE, x=n, width=n) for n in (8, 16, 24, 32, 64, 128)],
    "depth": [replace(BASE, x=n, depth=n) for n in range(1, 7)],
}


def points(gigabytes: float) -> list[Point]:
    """List the points, those of the data's size up to `gigabytes` last.

    >>> [p.x for p in points(1.0) if p.panel == "mapped GB"]
    [0.0625, 0.25, 1.0]
    """
    found = [replace(p, panel=panel) for panel, several in PANELS.items() for p in several]
    for part in (1 / 16, 1 / 4, 1):
        x = gigabytes * part
        found.append(replace(BASE, panel="mapped GB", x=x, rows=max(128, int(x * 1e9) // (SIZE * SIZE * CHANNELS))))
    return [*found, *(replace(p, panel="resident GB", mapped=False) for p in found[-3:-1])]


def measure(point: Point, folder: Path) -> dict[str, Any]:
    """Train at one point in this process."""
    import torch

    torch.set_num_threads(1)
    X, y = data(point, folder), np.arange(point.rows) % 10
    others = Others()
    with Anonymous() as memory:
        began = perf_counter()
        steps = [Steps(point, X, y, kernels) for kernels in ("auto", "off")]
        prepared = (perf_counter() - began) / len(steps)
        while len(steps[0].seconds) < 4 or sum(map(sum, (s.seconds for s in steps))) * steps[0].rows < point.seconds:
            for one in steps:  # in turn, so that what the machine does meanwhile befalls both
                one.run()
    each, by_torch = (median(one.seconds[1:]) for one in steps)
    figures = {"images_s": 1 / each, "pytorch_images_s": 1 / by_torch, "prepare_s": prepared}
    figures["ps_per_multiply_add"] = each / steps[0].multiply_adds * 1e12
    return {**asdict(point), **figures, "anonymous_mb": memory.peak / 1e6, "others": others.share()}


class Steps:
    """Training steps of a point, on compiled kernels ("auto") or on PyTorch's ("off")."""

    def __init__(self, point: Point, X: np.ndarray, y: np.ndarray, kernels: str) -> None:
        from foveal import CNNClassifier
        from foveal.models import summarize
        from foveal.train.steps.captured import choose_step

        model = CNNClassifier(
            in_channels_list=[None, *[point.width] * (point.depth - 1)], out_channels=point.width,
            in_features_list=[None], batch_size=point.batch, n_epochs=10**6, schedule="constant", valid_size=0.0,
            layout="NHWC", random_state=0, kernels=kernels,
        )  # fmt: skip
        self.job = model._prepared(X, y)
        self.at_once = max(1, min(len(self.job.batches), 256 // point.batch))
        self.batches = chain.from_iterable(map(self.job.batches.epoch, count()))
        next(self.batches)  # the order of the first epoch is made
        self.job.state.net.train()
        self.step = choose_step(self.job.state, self.job.batches, self.job.config)
        self.multiply_adds = 3 * summarize(self.job.state.net, (CHANNELS, point.size, point.size)).multiply_adds
        self.seconds: list[float] = []  # of a row
        self.rows = self.at_once * point.batch

    def run(self) -> None:
        """Run some steps and note the processor's time."""
        job, began, rows = self.job, process_time(), 0
        for batch in islice(self.batches, self.at_once):
            self.step(job.state, batch, job.task, job.config, [])
            rows += len(batch.x[0])
        self.seconds.append((process_time() - began) / rows)


def data(point: Point, folder: Path) -> np.ndarray:
    """Write the rows to a file, block by block, and map it; or read it back."""
    file, shape = folder / "X.npy", (point.rows, point.size, point.size, CHANNELS)
    X = np.lib.format.open_memmap(file, "w+", np.uint8, shape)
    block = np.random.default_rng(0).integers(0, 256, (min(4096, point.rows), *shape[1:]), dtype=np.uint8)
    for start in range(0, point.rows, len(block)):
        X[start : start + len(block)] = block[: point.rows - start]
    del X
    return np.load(file, mmap_mode="r" if point.mapped else None)


class Anonymous:
    """Samples the memory that is this process's own; a mapped file's pages, which the system may take back, are not."""

    def __init__(self, every: float = 0.02) -> None:
        self.peak, self.every, self.ended = 0, every, threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Anonymous":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()

    def _watch(self) -> None:
        while True:
            lines = Path("/proc/self/status").read_text("utf-8").splitlines()
            now = next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")) * 1024
            self.peak = max(self.peak, now)
            if self.ended.wait(self.every):
                return


def run(point: Point) -> dict[str, Any]:
    """Measure a point in a new process; its file goes with it."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.growth", "--point", json.dumps(asdict(point))]
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        done = subprocess.run([*command, "--folder", folder], cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        return asdict(point) | {"error": (done.stderr.strip().splitlines() or ["no word"])[-1][:200]}
    return json.loads(done.stdout)


def relative(rows: list[dict[str, Any]]) -> list[float]:
    """Give the time of a multiply-add against the panel's best.

    >>> relative([{"ps_per_multiply_add": 30.0}, {"ps_per_multiply_add": 20.0}])
    [1.5, 1.0]
    """
    times = [row["ps_per_multiply_add"] for row in rows]
    return [t / min(times) for t in times]


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Write the points as a Markdown table, a panel after the other."""
    lines = ["| what grows | to | images/s | times PyTorch's | time of a multiply-add | own memory MB | others |"]
    lines.append("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for panel in dict.fromkeys(row["panel"] for row in rows):
        good = [row for row in rows if row["panel"] == panel and not row.get("error")]
        for row, times in zip(good, relative(good) if good else [], strict=True):
            others = "" if row["others"] is None else f"{row['others']:.0%}"
            speeds = f"{row['images_s']:,.0f} | {row['images_s'] / row['pytorch_images_s']:.2f}"
            figures = f"{speeds} | {times:.2f} | {row['anonymous_mb']:.0f} | {others}"
            lines.append(f"| {panel} | {row['x']:g} | {figures} |")
        failed = [row for row in rows if row["panel"] == panel and row.get("error")]
        lines += [f"| {panel} | {row['x']:g} | failed: {row['error']} | | | | |" for row in failed]
    return lines


def main() -> None:
    """Measure every point, or the one that the command line holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", default=f"{datetime.now():%Y-%m-%d}-growth", help="folder under benchmarks/results/")
    parser.add_argument("--gigabytes", type=float, default=4.3, help="the largest mapped file")
    parser.add_argument("--only", nargs="+", metavar="PANEL", help="some of the panels: 'batch size', 'mapped GB' ...")
    parser.add_argument("--point", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.point:
        print(json.dumps(measure(Point(**json.loads(args.point)), args.folder)))
        return
    folder = ROOT / "benchmarks" / "results" / args.name
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for point in points(args.gigabytes):
        if args.only and point.panel not in args.only:
            continue
        rows.append(run(point))
        print(rows[-1], flush=True)
    write(rows, folder)


def write(rows: list[dict[str, Any]], folder: Path) -> None:
    """Write points.csv, table.md and, where matplotlib is installed, plot.png."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with (folder / "points.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    told = describe()
    head = [
        "# Cost as work grows", "",
        f"{told['processor']}, one thread; torch {told['versions']['torch']}.",  # type: ignore[index]
        "Times PyTorch's: the same step with kernels='off', in turn. The time of a multiply-add is against the panel's "
        "best; only these ratios mean anything. Own memory is the peak of what is not a mapped file's. Others: the "
        "share of the cores that others used meanwhile.", "",
    ]  # fmt: skip
    (folder / "table.md").write_text("\n".join([*head, *table(rows)]) + "\n", "utf-8")
    try:
        from benchmarks.growth_plot import draw
    except ImportError:
        print("no plot: matplotlib is not installed")
        return
    draw([row for row in rows if not row.get("error")], folder / "plot.png")


if __name__ == "__main__":
    main()
