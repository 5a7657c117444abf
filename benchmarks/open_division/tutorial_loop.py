"""What C4 is held against: a tutorial's loop, tested after every epoch, until 94 % or the last epoch.

    python -m benchmarks.open_division.tutorial_loop benchmarks/results/RUN [--seeds 3] [--epochs 30]

Conv 32 and 64, dense 128 with dropout 0.5, Adam 1e-3, batch 64 (PyTorch's "Quickstart"), constant rate. The seconds are
those of training alone. A mark counts as reached in the first epoch that is above it, though the test set chose it.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

from benchmarks.data import Data, prepare, read
from benchmarks.networks import torch_net
from benchmarks.open_division.runs import append
from benchmarks.peers.tutorial import Images, test, train
from benchmarks.workloads import PLAIN, Workload, workloads

NET = replace(PLAIN, dropout=0.5)
BATCH = 64


def data_of(workload: Workload) -> tuple[Data, Data]:
    """Give the training and the whole test set."""
    with TemporaryDirectory() as folder:
        prepare(workload, Path(folder))
        data = read(workload, Path(folder))
        X, y = (np.load(next(Path(folder).glob(f"*/{key}_test.npy"))) for key in ("X", "y"))
    return data, replace(data, X=X, y=y)


def main() -> None:
    """Train each seed and write a row after every epoch."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--epochs", type=int, default=30)
    args = parser.parse_args()
    data, held = data_of(replace(workloads(full=True)["C2"], net=NET))
    for seed in range(args.first, args.seeds):
        torch.manual_seed(seed)
        loader = DataLoader(Images(data), batch_size=BATCH, shuffle=True)
        model, loss = torch_net(NET), nn.CrossEntropyLoss()
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        wall = core = accuracy = 0.0
        for epoch in range(1, args.epochs + 1):
            began = perf_counter(), process_time()
            train(loader, model, loss, optimizer)
            wall, core = wall + perf_counter() - began[0], core + process_time() - began[1]
            accuracy = 100 * test(DataLoader(Images(held), batch_size=BATCH), model, loss)
            row = {"seed": seed, "epoch": epoch, "accuracy": round(accuracy, 3), "seconds": round(wall, 2)}
            append(
                args.folder / "tutorial.csv", row | {"core_seconds": round(core, 2), "threads": torch.get_num_threads()}
            )
            if accuracy >= 94:
                break


if __name__ == "__main__":
    main()
