"""What every peer's process does: fit once (cold), again (warm), test, and print one JSON line a workload."""

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data import Data, read
from benchmarks.workloads import Workload, workloads


@dataclass
class Result:
    """What a fit leaves: seconds and trained rows of its epochs, its size, and how to ask the network."""

    epoch_seconds: list[float] = field(default_factory=list)
    epoch_rows: int = 0
    parameters: int = 0
    predict: Callable[[np.ndarray], np.ndarray] | None = None  # images (N, H, W, C) -> classes (N,) or outputs (N, K)
    accuracy: float | None = None  # of a cross-validation, which has no network left
    weights: list[np.ndarray] = field(default_factory=list)  # for the proof of the same work


Fit = Callable[[Workload, Data], Result]


def main(fit: Fit, infer: Fit | None = None) -> None:
    """Measure the workloads named on the command line; the peer's module is `__main__`."""
    parser = argparse.ArgumentParser(description=(sys.modules["__main__"].__doc__ or "").splitlines()[0])
    parser.add_argument("ids", nargs="+")
    parser.add_argument("--data", type=Path, required=True, help="folder of the arrays (benchmarks/run.py makes it)")
    parser.add_argument("--full", action="store_true", help="the full table's sizes")
    args = parser.parse_args()
    began = float(os.environ.get("BENCH_STARTED", time.time()))
    for id_ in args.ids:
        workload = workloads(args.full)[id_]
        data = read(workload, args.data)
        if workload.kind == "fit":
            figures = measure_fit(fit, workload, data, began)
        elif infer is None:
            figures = {"error": "this peer does not measure inference"}
        else:
            figures = measure_infer(infer(workload, data), workload, data)
        print(json.dumps({"workload": id_} | figures), flush=True)
        began = float("nan")  # a second workload of the process has no cold start


def measure_fit(fit: Fit, workload: Workload, data: Data, began: float) -> dict[str, Any]:
    """Fit `workload.repeats` times; cold counts from the start of the process, steady is the last fit's last epoch."""
    result = fit(workload, data)
    figures: dict[str, Any] = {"cold": _number(time.time() - began), "memory": peak_memory()}
    for _ in range(workload.repeats - 1):
        start = time.perf_counter()
        result = fit(workload, data)
        figures["warm"] = time.perf_counter() - start
    if result.epoch_seconds:
        figures["steady"] = result.epoch_rows / result.epoch_seconds[-1]
    if result.predict is not None and data.X_test is not None and data.y_test is not None:
        result.accuracy = float((result.predict(data.X_test) == data.y_test).mean())
    return figures | {"accuracy": result.accuracy, "parameters": result.parameters or None}


def measure_infer(result: Result, workload: Workload, data: Data, seconds: float = 1.0) -> dict[str, Any]:
    """Time answers: one image at a time for about a second (p50, p99), then batches for about two."""
    predict = result.predict
    assert predict is not None
    one = []
    for turn in range(20 + 4000):
        image = data.X[turn % len(data.X)][None]
        start = time.perf_counter()
        predict(image)
        if turn >= 20:
            one.append(time.perf_counter() - start)
        if sum(one) > seconds and len(one) >= 100:
            break
    many, block = [], data.X[: workload.batch]
    predict(block)
    while sum(many) < 2 * seconds:
        start = time.perf_counter()
        predict(block)
        many.append(time.perf_counter() - start)
    p50, p99 = np.percentile(one, [50, 99]) * 1e3
    steady = workload.batch / float(np.median(many))
    return {"p50": float(p50), "p99": float(p99), "steady": steady, "parameters": result.parameters}


def peak_memory() -> float:
    """Peak resident memory of this process so far, in MB of 10^6 bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def _number(value: float) -> float | None:
    return None if value != value else value
