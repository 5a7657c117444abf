"""Training steps of C8 to C11 in turn, in one process: foveal, the best tuned loop, the tutorial's; and answers.

    python -m benchmarks.steps [--rounds 5] [--only C8] [--threads 2] [--profile] [--name RUN]

With one thread what the processor spent counts, so that neighbours' work does not (their use of the caches does); with
more the time on the clock. All take a step in turn, A B C A B C, on batches of the same rows; foveal's is the
estimator's own, kernels and all. Above 1 foveal is faster. Answers are those of `predict_proba`'s computation, a call
each time, and of the tuned network with batch norm folded once, 64 rows at a time. `--profile` says where foveal's step
spends its time.
"""

import argparse
import csv
import os
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader

from benchmarks.ablation import stepping
from benchmarks.data import Data, prepare, read
from benchmarks.machine import describe
from benchmarks.networks import torch_net
from benchmarks.peers import tuned
from benchmarks.peers.foveal import make
from benchmarks.peers.tutorial import Images
from benchmarks.plain_landmarks import folded
from benchmarks.ratios import LANDMARKS
from benchmarks.workloads import Workload, workloads
from foveal.fitted.lending import frozen_for
from foveal.kernels.mixed_answers import Calls
from foveal.train import train

ROOT = Path(__file__).parents[1]
STEPS = 2
Run = Callable[[], float]


def clock() -> Run:
    """Give the clock to measure by: the processor's for one thread, that on the wall for several."""
    return process_time if torch.get_num_threads() == 1 else perf_counter


def of_foveal(workload: Workload, data: Data) -> Run:
    """Give a function that takes some steps and says how many rows a second they were."""
    job = make(workload).set_params(n_epochs=10**6, valid_size=0.0)._prepared(data.X, data.y)
    return stepping(job, train, clock())


def of_tuned(workload: Workload, data: Data) -> Run:
    """Give the loop of peers/tuned.py, a few steps at a time."""
    x = torch.from_numpy(data.standardised(data.X)).movedim(1, -1).contiguous()
    y = torch.from_numpy(data.y)
    model = tuned.channels_last(torch_net(workload.net, tuned=True), data).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    batches = cycle(torch.randperm(len(x)).split(workload.batch))

    def step() -> int:
        index = next(batches)
        loss = F.cross_entropy(model(x.index_select(0, index).movedim(-1, 1)), y[index])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return len(index)

    return _timed(step)


def of_tutorial(workload: Workload, data: Data) -> Run:
    """Give the loop of peers/tutorial.py, a few steps at a time."""
    model = torch_net(workload.net).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    batches = _endless(DataLoader(Images(data), batch_size=workload.batch, shuffle=True))
    loss_fn = nn.CrossEntropyLoss()

    def step() -> int:
        X, y = next(batches)
        loss_fn(model(X), y).backward()
        optimizer.step()
        optimizer.zero_grad()
        return len(y)

    return _timed(step)


def _endless(loader: Any) -> Iterator[Any]:
    while True:
        yield from loader


def _timed(step: Callable[[], int], times: int = STEPS) -> Run:
    now = clock()

    def run() -> float:
        began = now()
        rows = sum(step() for _ in range(times))
        return rows / (now() - began)

    return run


def answering(workload: Workload, data: Data, rows: int = 64) -> dict[str, Run]:
    """Give ways to answer `rows` rows: foveal's network as it predicts, and PyTorch's, folded."""
    x = torch.from_numpy(data.standardised(data.X[:rows])).movedim(1, -1).contiguous().movedim(-1, 1)
    job = make(workload)._prepared(data.X, data.y)
    net, calls = job.state.net.body.eval(), Calls(tuple(x.shape[1:]), torch.get_num_threads())
    theirs = tuned.channels_last(folded(torch_net(workload.net, tuned=True)), data)

    def ask(network: Callable[[], Any]) -> Run:
        def step() -> int:
            with torch.inference_mode():
                network()
            return rows

        return _timed(step, 1)

    def ours() -> Any:
        with frozen_for(net, fold=True, calls=calls) as frozen:
            return frozen(x)

    return {"foveal": ask(ours), "tuned": ask(lambda: theirs(x))}


def in_turn(running: dict[str, Run], rounds: int, id_: str) -> list[dict[str, Any]]:
    """Let each take its turn in every round; the first round warms up."""
    found = []
    for number in range(-1, rounds):
        for name, run in running.items():
            speed = run()
            if number >= 0:
                found.append({"round": number, "workload": id_, "peer": name, "rows_s": speed})
    return found


def ratio_of(rows: list[dict[str, Any]], id_: str, peer: str) -> str:
    """Write the median of the rounds' ratios, with the least and the greatest.

    >>> a, b = ({"round": 0, "workload": "C8", "peer": p, "rows_s": s} for p, s in (("foveal", 3.0), ("tuned", 2.0)))
    >>> ratio_of([a, b], "C8", "tuned")
    '1.50 (1.50-1.50)'
    """
    speeds = {(r["round"], r["peer"]): r["rows_s"] for r in rows if r["workload"] == id_}
    ratios = [speeds[n, "foveal"] / speed for (n, name), speed in speeds.items() if name == peer]
    return f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})" if ratios else ""


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Write a line a workload: rows a second of foveal, and its ratios."""
    lines = ["| | foveal, rows/s | over the tuned loop | over the tutorial's |", "| --- | ---: | ---: | ---: |"]
    for id_ in dict.fromkeys(r["workload"] for r in rows):
        own = median(r["rows_s"] for r in rows if (r["workload"], r["peer"]) == (id_, "foveal"))
        lines.append(f"| {id_} | {own:,.0f} | {ratio_of(rows, id_, 'tuned')} | {ratio_of(rows, id_, 'tutorial')} |")
    return lines


def profiled(workload: Workload, data: Data) -> str:
    """Say where foveal's step spends its time: PyTorch's operations, and programs on compiled kernels among them."""
    run = of_foveal(workload, data)
    run()
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as found:
        run()
    whole = sum(event.self_cpu_time_total for event in found.key_averages())
    most = sorted(found.key_averages(), key=lambda event: -event.self_cpu_time_total)[:10]
    return "\n".join(f"    {event.self_cpu_time_total / whole:5.1%}  {event.key}" for event in most)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", action="append", choices=LANDMARKS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--name", help="folder under benchmarks/results/ for runs.csv and table.md")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    rows: list[dict[str, Any]] = []
    told = [
        f"{describe()['processor']}, {args.threads} thread(s), torch {torch.__version__}, load {os.getloadavg()[0]:.1f}"
    ]
    with TemporaryDirectory() as folder:
        for id_ in args.only or LANDMARKS:
            workload = workloads()[id_]
            prepare(workload, Path(folder))
            data = read(workload, Path(folder))
            makers = {"foveal": of_foveal, "tuned": of_tuned, "tutorial": of_tutorial}
            rows += in_turn({name: maker(workload, data) for name, maker in makers.items()}, args.rounds, id_)
            rows += in_turn(answering(workload, data), args.rounds, f"{id_}-answers")
            told += [f"{id_}, foveal's step:", profiled(workload, data)] if args.profile else []
            print("\n".join(table(rows)), flush=True)
    told += ["", f"load at the end {os.getloadavg()[0]:.1f}; medians of {args.rounds} rounds (least-greatest)"]
    print("\n".join(told))
    if args.name:
        target = ROOT / "benchmarks" / "results" / args.name
        target.mkdir(parents=True, exist_ok=True)
        with (target / "runs.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ["round", "workload", "peer", "rows_s"])
            writer.writeheader()
            writer.writerows(rows)
        (target / "table.md").write_text("\n".join([*table(rows), "", *told]) + "\n", "utf-8")


if __name__ == "__main__":
    main()
