"""The proof of the closed division: from equal weights, on equal batches, every peer computes the same thing.

    python -m benchmarks.same_work [C1 C2 C3 C5-128 C6-128 C8 C11]

foveal's initial weights are given to each PyTorch-like peer; all train 3 and 20 steps on the same rows in the same
order (no shuffling, no dropout, nothing held out). What each has learnt is put into one plain network, whose loss on
the first batches is then compared, batch norm by the batch's own statistics. Keras peers draw their own weights: for
them only the number of parameters is compared.
"""

import os
import sys
import tempfile
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np

from benchmarks.data import Data, prepare, read
from benchmarks.workloads import Named, Workload, parameters, workloads

#: Peers that can start from given weights.
PEERS = ("tutorial", "tuned", "skorch")
#: Steps -> largest relative difference of the losses, in float32.
TOLERANCE = {3: 1e-4, 20: 1e-4}
#: With batch norm, rounding grows from step to step (Adam turns it into whole steps for tiny gradients): PyTorch's
#: NCHW and channels-last runs differ by 0.2 % (C3) to 1.2 % (C5, random labels) after 20 steps, by 1e-15 in float64.
TOLERANCE_WITH_BATCH_NORM = {3: 1e-3, 20: 2e-2}


def cut_to(steps: int, workload: Workload, folder: Path) -> tuple[Workload, Data]:
    """Cut a workload down to some steps whose order is known."""
    batch = min(workload.batch, 64)
    net = replace(workload.net, dropout=0.0)  # networks of the catalogue with dropout are not compared
    cut = replace(workload, net=net, batch=batch, rows=steps * batch, epochs=1, valid=0.0, folds=0, shuffle=False)
    prepare(cut, folder)
    return cut, read(cut, folder)


def loss_of(weights: list[np.ndarray], workload: Workload, data: Data) -> float:
    """Give the loss of a plain network with these weights on the first rows."""
    import torch
    import torch.nn.functional as F

    from benchmarks.networks import load_weights, torch_net

    net = torch_net(workload.net, tuned=True).train()
    load_weights(net, weights, workload.net, pixels_first=True)
    with torch.no_grad():
        out = net(torch.from_numpy(data.standardised(data.X[:256])))
        return float(F.cross_entropy(out, torch.from_numpy(data.y[:256])))


def compare(id_: str, steps: int, folder: Path) -> bool:
    """Print a line for each peer; say whether all agree."""
    workload, data = cut_to(steps, workloads()[id_], folder)
    tolerance = (TOLERANCE_WITH_BATCH_NORM if workload.net.batch_norm else TOLERANCE)[steps]
    foveal = import_module("benchmarks.peers.foveal")
    start = foveal.initial_weights(workload, data)
    ours = foveal.fit(workload, data)
    before, after = loss_of(start, workload, data), loss_of(ours.weights, workload, data)
    agree = ours.parameters == parameters(workload.net)
    told = f"{id_:7} {{:9}} {{}} parameters, loss {before:.5f} -> {{:.5f}} after {steps} steps"
    print(told.format("foveal", ours.parameters, after), flush=True)
    for name in PEERS:
        theirs = import_module(f"benchmarks.peers.{name}").fit(workload, data, start)
        loss = loss_of(theirs.weights, workload, data)
        same = ours.parameters == theirs.parameters and abs(loss - after) <= tolerance * after
        agree = agree and same
        print(told.format(name, theirs.parameters, loss) + ("" if same else "  DIFFERS"), flush=True)
    return agree and _keras_agrees(id_, workload, ours.parameters)


def _keras_agrees(id_: str, workload: Workload, count: int) -> bool:
    if isinstance(workload.net, Named):
        return True
    os.environ.setdefault("KERAS_BACKEND", "torch")
    try:
        keras = import_module("benchmarks.peers.keras")
    except ImportError as error:
        print(f"{id_:7} Keras     {error}")
        return True
    theirs = sum(int(np.prod(w.shape)) for w in keras.network(workload.net).trainable_weights)
    print(f"{id_:7} Keras     {theirs} parameters{'' if theirs == count else '  DIFFERS'} (its loss is not compared)")
    return theirs == count


def main() -> int:
    """Compare the workloads named, or those of every kind of network; 1 if one differs."""
    ids = sys.argv[1:] or ["C1", "C2", "C3", "C5-128", "C6-128", "C8", "C11"]
    with tempfile.TemporaryDirectory() as folder:
        agree = [compare(id_, steps, Path(folder)) for id_ in ids for steps in TOLERANCE]
    return 0 if all(agree) else 1


if __name__ == "__main__":
    sys.exit(main())
