"""How soon one can begin: importing the first estimator, and what a small fit costs beyond its imports.

    python -m benchmarks.start [--repeats 7] [--epochs 20] [--csv benchmarks/results/start.csv]

Fresh processes take turns. (a) `from foveal import CNNClassifier` over `import torch; import sklearn`. (b) skorch's
over foveal's seconds from the last import to the end of the process, for the same fit: digits' 1,437 training rows, the
plain stack, batch 100, 10 % validation. foveal's side is the whole command `foveal train digits`, parsing and results
on the disk included; skorch's reads the digits, standardises and fits. PyTorch's own optimizers load its compiler in
the fit; "skorch, compiler counted" has that among its imports. Both wall and processor seconds: on a shared machine the
wall says little.
"""

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.ratios import Ratio, Row, ratio

Imported = Callable[[], None]

#: Trained numbers of the plain stack on digits, which `foveal summary` tells.
PARAMETERS = 53_226


def bare(epochs: int, imported: Imported) -> None:
    """Import what every estimator on PyTorch needs."""
    import sklearn  # noqa: F401
    import torch  # noqa: F401

    imported()


def estimator(epochs: int, imported: Imported) -> None:
    """Import foveal's estimator."""
    from foveal import CNNClassifier  # noqa: F401

    imported()


def foveal(epochs: int, imported: Imported) -> None:
    """Run `foveal train digits` as the command line does."""
    import sklearn.datasets  # with the next, what the digits are read and split by
    import sklearn.model_selection  # noqa: F401

    import foveal.cli.training  # noqa: F401
    from foveal.cli.main import run

    imported()
    with tempfile.TemporaryDirectory() as folder:
        options = ["--epochs", str(epochs), "--seed", "0", "--out", folder, "--quiet", "--no-test"]
        sys.argv[1:] = ["train", "digits", *options]
        assert run() == 0


def skorch(epochs: int, imported: Imported) -> None:
    """Fit the same network with skorch."""
    import numpy as np
    import torch
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split
    from skorch import NeuralNetClassifier
    from skorch.dataset import ValidSplit
    from torch import nn

    from benchmarks.networks import count, torch_net
    from benchmarks.workloads import DEFAULTS

    imported()
    images, labels = load_digits(return_X_y=True)
    X, _, y, _ = train_test_split(images, labels, test_size=0.2, stratify=labels, random_state=0)
    X = ((X - X.mean()) / X.std()).astype(np.float32).reshape(-1, 1, 8, 8)
    torch.manual_seed(0)
    module = torch_net(replace(DEFAULTS, input_shape=(1, 8, 8)))
    assert count(module) == PARAMETERS
    NeuralNetClassifier(
        module, criterion=nn.CrossEntropyLoss, optimizer=torch.optim.Adam, lr=1e-3, batch_size=100, max_epochs=epochs,
        iterator_train__shuffle=True, train_split=ValidSplit(10, stratified=True), verbose=0,
    ).fit(X, y)  # fmt: skip


def skorch_counted(epochs: int, imported: Imported) -> None:
    """Do so with the compiler among the imports."""
    import torch._dynamo  # noqa: F401

    skorch(epochs, imported)


SIDES = {
    "torch and scikit-learn": bare,
    "CNNClassifier": estimator,
    "foveal train digits": foveal,
    "skorch": skorch,
    "skorch, compiler counted": skorch_counted,
}


def turn(side: str, epochs: int) -> Row:
    """Run a side in a process of its own; give its seconds, and those after its imports, by wall and processor."""
    used, began = _children(), perf_counter()
    command = [sys.executable, "-m", "benchmarks.start", "--side", side, "--epochs", str(epochs)]
    done = subprocess.run(command, env=os.environ | {"BEGAN": repr(began)}, stdout=subprocess.PIPE, check=True)
    wall, cpu = perf_counter() - began, _children() - used
    imports = json.loads(done.stdout)
    beyond = {"wall_beyond": wall - imports["wall"], "cpu_beyond": cpu - imports["cpu"]}
    return {"side": side, "wall": wall, "cpu": cpu, **beyond}


def compare(rows: list[Row], slow: str, fast: str, figure: str) -> Ratio | None:
    """Say how many times longer one side took than another, round by round."""
    first, second = ({r["round"]: r[figure] for r in rows if r["side"] == side} for side in (slow, fast))
    return ratio(second, first, "cold")


def main() -> None:
    """Run a side, or all of them in turn and print the ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--side", choices=SIDES)
    given = parser.parse_args()
    if given.side:
        SIDES[given.side](given.epochs, _imported)
        return
    rows: list[Row] = []
    for i in range(given.repeats):
        for side in SIDES:
            rows.append({"round": i, **turn(side, given.epochs)})
            print(json.dumps(rows[-1]), flush=True)
    for kind in ("wall", "cpu"):
        print(f"{kind} seconds, n = {given.repeats}: median ratio (extremes)")
        print("  (a) first estimator / bare imports:", compare(rows, "CNNClassifier", "torch and scikit-learn", kind))
        for peer in ("skorch", "skorch, compiler counted"):
            ours = compare(rows, peer, "foveal train digits", f"{kind}_beyond")
            print(f"  (b) {peer} / foveal, beyond imports:", ours)
    if given.csv:
        with given.csv.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def _imported() -> None:
    """Tell the seconds since the process was asked for, and those the processor worked."""
    print(json.dumps({"wall": perf_counter() - float(os.environ["BEGAN"]), "cpu": process_time()}))


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
