"""The data of the workloads: made once by the parent as .npy files, read by every peer in the same way."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.workloads import Named, Net, Workload

#: Rows of the test set that accuracy is measured on, and of the synthetic one.
N_TEST = 2000


@dataclass(frozen=True)
class Data:
    """Images (N, H, W, C), uint8 or float32, or signals (N, L, C), labels (N,), a test set or None, and statistics."""

    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray | None
    y_test: np.ndarray | None
    mean: np.ndarray  # (C,), in units of `scale`
    deviation: np.ndarray
    scale: float

    def standardised(self, X: np.ndarray) -> np.ndarray:
        """Give rows as float32, (N, C, H, W) of images, channels standardised: what each peer trains on."""
        values = (X.astype(np.float32) / np.float32(self.scale) - self.mean) / self.deviation
        return np.ascontiguousarray(np.moveaxis(values, -1, 1))


def prepare(workload: Workload, folder: Path) -> None:
    """Write the arrays of a workload's data set into `folder`, unless they are there."""
    target = folder / name(workload)
    if (target / "y.npy").exists():
        return
    target.mkdir(parents=True, exist_ok=True)
    arrays = _synthetic(workload.net) if workload.data == "synthetic" else _named(workload.data)
    for key, value in arrays.items():
        np.save(target / f"{key}.npy", value)


def name(workload: Workload) -> str:
    """Name the folder: synthetic images of each shape are a set of their own."""
    shape = "x".join(map(str, workload.net.input_shape))
    return f"{workload.data}-{shape}"


def read(workload: Workload, folder: Path) -> Data:
    """Read the rows that a workload trains on."""
    source = folder / name(workload)
    X, y = (np.load(source / f"{key}.npy", mmap_mode="r")[: workload.rows] for key in ("X", "y"))
    X, y = np.array(X), np.array(y)
    tested = workload.kind == "fit" and not workload.folds and (source / "X_test.npy").exists()
    X_test, y_test = (np.load(source / f"{k}_test.npy")[:N_TEST] if tested else None for k in ("X", "y"))
    scale = 255.0 if X.dtype == np.uint8 else 1.0
    but_channels = tuple(range(X.ndim - 1))
    mean, deviation = X.mean(axis=but_channels) / scale, X.std(axis=but_channels) / scale
    return Data(X, y, X_test, y_test, mean.astype(np.float32), deviation.astype(np.float32), scale)


def _named(source: str) -> dict[str, np.ndarray]:
    from foveal.data.named import load_dataset  # in the parent only: a peer must not pay for our imports

    data = load_dataset(source)
    if source == "digits":  # all rows, for cross-validation
        X = np.concatenate((data.X_train, data.X_test)).astype(np.float32)
        return {"X": X[..., None], "y": np.concatenate((data.y_train, data.y_test)).astype(np.int64)}
    arrays = {"X": data.X_train[..., None], "y": data.y_train.astype(np.int64)}
    return arrays | {"X_test": data.X_test[..., None], "y_test": data.y_test.astype(np.int64)}


def _synthetic(net: Net | Named) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    channels, *sizes = net.input_shape
    shape = (8192, *sizes, channels)
    X = rng.integers(0, 256, shape, dtype=np.uint8) if len(sizes) > 1 else rng.normal(size=shape).astype(np.float32)
    return {"X": X, "y": rng.integers(0, net.outputs, len(X))}
