"""Landmark networks on Fashion-MNIST under one protocol: accuracy beside parameters, multiply-adds and seconds.

python -m benchmarks.landmarks                     # hours; rows that are there already are not run again
python -m benchmarks.landmarks resnet20 --seeds 0  # one row
python -m benchmarks.landmarks alexnet --checkpoints DIR  # goes on with runs that were broken off
python -m benchmarks.landmarks --plot FILE         # the picture of what is there

Protocol: all 60,000 training rows, 10 epochs, batches of 128, Muon with a peak rate of 0.02 (warm-up, then linear to
zero), mirrored in every second epoch, the last epoch's weights; the same for every network. Optimizer and augmentation
were chosen with LeNet-5 of 1998 alone, on 5,000 training rows held out: Adam at 0.002 had 0.888 there, Muon 0.908, with
the mirror 0.912. An earlier protocol, Adam with mirror and shift, gave LeNet-5 0.861 of the test rows.

AlexNet alone is trained by the rule of its paper, momentum with a rate of 0.01: Muon would orthogonalise a matrix of
4,096 x 4,096 in each step, ten times the work of the network. The seconds of a run that was gone on with are those of
its epochs, and its CPU seconds are left out.
"""

import argparse
import csv
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import describe
from foveal import CNNClassifier
from foveal.data.named import load_dataset

FILE = Path(__file__).parent / "results" / "landmarks-fashion-mnist.csv"
NETS = ("plain", "lenet5", "lenet5_modern", "resnet20", "mobilenet_v2", "alexnet")
COLUMNS = ("net", "seed", "accuracy", "parameters", "multiply_adds", "cpu_seconds", "seconds", "processor")
PROTOCOL: dict[str, Any] = {
    "n_epochs": 10, "batch_size": 128, "optimizer": "muon", "learning_rate": 0.02, "valid_size": 0,
    "augment": ["flip"], "layout": "NHW",
}  # fmt: skip

OTHER_RULES: dict[str, dict[str, Any]] = {"alexnet": {"optimizer": "momentum", "learning_rate": 0.01}}


def run(net: str, seed: int, checkpoints: Path | None = None) -> dict[str, Any]:
    """Train one network, or go on with it, and measure it on the test rows."""
    data = load_dataset("fashion-mnist")
    protocol = PROTOCOL | OTHER_RULES.get(net, {}) | {"net": net, "random_state": seed, "checkpoint_every": "5min"}
    folder = None if checkpoints is None else checkpoints / f"{net}-{seed}"
    whole = folder is None or not folder.exists()
    began = time.process_time()
    model = CNNClassifier(**protocol, checkpoint=folder).fit(data.X_train, data.y_train)
    seconds, cpu = sum(model.history_["seconds"]), time.process_time() - began
    summary = model.summary()
    return {
        "net": net, "seed": seed, "accuracy": round(float(model.score(data.X_test, data.y_test)), 4),
        "parameters": summary.parameters, "multiply_adds": summary.multiply_adds,
        "cpu_seconds": round(cpu) if whole else "", "seconds": round(seconds), "processor": describe()["processor"],
    }  # fmt: skip


def rows() -> list[dict[str, str]]:
    """Read what is there."""
    if not FILE.exists():
        return []
    with FILE.open(newline="") as file:
        return list(csv.DictReader(file))


def add(row: dict[str, Any]) -> None:
    """Write one more row."""
    new = not FILE.exists()
    with FILE.open("a", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        if new:
            writer.writeheader()
        writer.writerow(row)


def table(found: Iterable[dict[str, str]]) -> str:
    """Give a line a network: mean accuracy and its standard deviation over the seeds, and what it cost."""
    lines = [
        "| net | accuracy | seeds | parameters | multiply-adds | CPU seconds |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    found = list(found)
    for net in dict.fromkeys(row["net"] for row in found):
        own = [row for row in found if row["net"] == net]
        scores = [float(row["accuracy"]) for row in own]
        spread = f" ± {np.std(scores, ddof=1):.4f}" if len(own) > 1 else ""
        known = [float(row["cpu_seconds"]) for row in own if row["cpu_seconds"]]
        cpu = f"{np.mean(known):,.0f}" if known else ""
        lines.append(
            f"| {net} | {np.mean(scores):.4f}{spread} | {len(own)} | {int(own[0]['parameters']):,} | "
            f"{int(own[0]['multiply_adds']):,} | {cpu} |"
        )
    return "\n".join(lines)


def plot(found: list[dict[str, str]], to: Path) -> None:
    """Draw accuracy against multiply-adds, a point for each network."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "foveal"  # the same file each time
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 4))
    by_work = sorted(found, key=lambda row: int(row["multiply_adds"]))
    for place, net in enumerate(dict.fromkeys(row["net"] for row in by_work)):
        own = [row for row in found if row["net"] == net]
        x, scores = int(own[0]["multiply_adds"]) / 1e6, [100 * float(row["accuracy"]) for row in own]
        axes.errorbar(x, np.mean(scores), yerr=np.ptp(scores) / 2, fmt="o", capsize=3)
        beside = (6, -14) if place % 2 else (6, 6)  # names of neighbours stand above and below
        axes.annotate(net, (x, np.mean(scores)), textcoords="offset points", xytext=beside)
    axes.set(xscale="log", xlabel="million multiply-adds for one picture", ylabel="test accuracy, %")
    axes.margins(0.18)
    axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(to, metadata={"Date": None})


def main() -> None:
    """Run what is missing, and print all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("nets", nargs="*", default=NETS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--checkpoints", type=Path, help="a folder where runs are saved every five minutes")
    parser.add_argument("--plot", type=Path)
    asked = parser.parse_args()
    if asked.plot is not None:
        plot(rows(), asked.plot)
        return
    for seed in asked.seeds:
        for net in asked.nets:
            if not any(row["net"] == net and int(row["seed"]) == seed for row in rows()):
                row = run(net, seed, asked.checkpoints)
                add(row)
                print(json.dumps(row), flush=True)
    print(table(rows()))


if __name__ == "__main__":
    main()
