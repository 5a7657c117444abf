"""Measures in this process what a fit, or a prediction, adds to resident memory: `memory_of.py fit|predict SIDE`.

SIDE is "plain", a loop in PyTorch without foveal, or a value of `kernels`. All train the plain stack at its defaults,
in batches of `BATCH`. Prints bytes, and with a fit of foveal's its estimate.
"""

import ctypes
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

BATCH = 1000
FITTED, PREDICTED = 4000, 10_000


def resident(key: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))


def added(work: Callable[[], object]) -> int:
    """Give the bytes by which the work's peak stands above what was there before."""
    getattr(ctypes.CDLL(None), "malloc_trim", int)(0)  # what was freed does not hide what is taken
    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS")
    work()
    return resident("VmHWM") - before


def plain_fit(X: Tensor, y: Tensor) -> Callable[[], object]:
    parts: list[nn.Module] = []
    for before, after in ((1, 32), (32, 64)):
        parts += [nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU(), nn.MaxPool2d(2)]
    dense = [nn.Linear(64 * 7 * 7, 128, bias=False), nn.BatchNorm1d(128), nn.ReLU(), nn.Dropout(), nn.Linear(128, 10)]
    net = nn.Sequential(*parts, nn.Flatten(), *dense)
    optimizer = torch.optim.Adam(net.parameters())

    def fit(rows: int) -> None:
        for index in torch.arange(rows).split(BATCH):
            loss = F.cross_entropy(net(X[index, None].float() / 255), y[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    fit(20)
    return lambda: fit(FITTED)


def of_foveal(what: str, kernels: str, X: np.ndarray, y: np.ndarray) -> Callable[[], object]:
    from foveal import CNNClassifier

    model = CNNClassifier(n_epochs=1, batch_size=BATCH, valid_size=0, kernels=kernels, random_state=0)
    model.fit(X[:20], y[:20])  # what is loaded once is there
    if what == "predict":
        return lambda: model.predict_proba(X)
    print(model._prepared(X[:FITTED], y[:FITTED]).memory.total)
    return lambda: model.fit(X[:FITTED], y[:FITTED])


if __name__ == "__main__":
    what, side = sys.argv[1:]
    X = np.random.default_rng(0).integers(0, 256, (PREDICTED, 28, 28), dtype=np.uint8)
    y = np.arange(len(X)) % 10
    work = plain_fit(torch.from_numpy(X), torch.from_numpy(y)) if side == "plain" else of_foveal(what, side, X, y)
    print(added(work))
