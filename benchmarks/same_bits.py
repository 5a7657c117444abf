"""A hash of what each of twelve fits leaves, weights and history: two commits that print the same train the same bits.

python -m benchmarks.same_bits FOLDER      # FOLDER is for the memory map and the shards

Only what is public is called, so that the script runs on older commits too: copy it there. Compare runs on one machine
and with one number of threads (OMP_NUM_THREADS=1).
"""

import hashlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_diabetes, load_digits
from torch import nn

from foveal import CNNClassifier, CNNRegressor
from foveal.data.named import load_dataset
from foveal.data.packing import write_shards

#: The columns that every version has, without times.
COLUMNS = ("epoch", "train_loss", "train_score", "valid_loss", "valid_score", "learning_rate")

Fit = Callable[[], Any]


def cases(folder: Path) -> Iterator[tuple[str, Fit]]:
    """Yield names and fits."""
    rng = np.random.default_rng(0)
    digits, labels = load_digits(return_X_y=True)
    images = digits.reshape(-1, 8, 8)
    known = load_dataset("fashion-mnist")
    X, y = np.asarray(known.X_train[:2000]), np.asarray(known.y_train[:2000])
    signal, volume = rng.normal(size=(300, 2, 64)), rng.normal(size=(120, 2, 6, 8, 8))
    table, values = load_diabetes(return_X_y=True)
    several = (rng.random((len(images), 3)) < 0.4).astype(int)
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "X.npy", X)
    shards = write_shards(folder / "shards", X, y)
    short = {"n_epochs": 4, "random_state": 0}
    stopped = {"early_stopping": True, **short}

    def classes(X: Any, y: Any, **options: Any) -> Fit:
        return lambda: CNNClassifier(**{**short, **options}).fit(X, y)

    yield "digits", classes(images, labels, early_stopping=True)
    yield "fashion-mnist", classes(X, y, n_epochs=2, do_batch_norm=True)
    yield "signal", classes(signal, np.arange(300) % 3, layout="NCL")
    yield "volume", classes(volume, np.arange(120) % 2, layout="NCDHW")
    yield "regression", lambda: CNNRegressor(layout="NCL", **stopped).fit(table[:, None, :], values)
    yield "labels", classes(images, several, early_stopping=True)
    yield "memory-mapped", classes(np.load(folder / "X.npy", mmap_mode="r"), y, n_epochs=2)
    yield "shards", classes(shards, y, n_epochs=2)
    yield "ema", classes(images, labels, ema_decay=0.9, dropout_rate=0.2)
    yield "plateau", classes(images, labels, schedule="plateau", n_epochs=9, learning_rate=0.05)
    yield "augmentation", classes(X, y, n_epochs=2, augment=["flip", "shift"])
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(288, 10))
    yield "kernels off", classes(images, labels, net=net, kernels="off")


def digest(model: Any) -> str:
    """Hash the weights, each under its name, and the history."""
    found = hashlib.sha256()
    for name, tensor in sorted(model.net_.state_dict().items()):
        found.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        found.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    for name in COLUMNS:
        found.update(np.asarray(model.history_[name], dtype=np.float64).tobytes())
    return found.hexdigest()


if __name__ == "__main__":
    for name, fit in cases(Path(sys.argv[1])):
        print(f"{name:16} {digest(fit())}", flush=True)
