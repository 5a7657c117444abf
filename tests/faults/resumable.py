"""Runs that are left and gone on with, in this process or in a child: `python resumable.py CASE FOLDER`.

The child prints the run's hash at the end. It is deterministic: same case, same hash, wherever the run was left.
"""

import json
import signal
import sys
import tempfile
import time
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from foveal import CNN, CNNClassifier, CNNRegressor, CNNSegmenter
from foveal.core.tensor_files import _digest
from foveal.data.images.pictures import Pictures
from foveal.data.images.reading.rule import make_rule
from foveal.data.middle import middle_of
from foveal.train.optim.state import as_json, state_of

SMALL = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8), "n_epochs": 4,
         "batch_size": 8, "valid_size": 0.2, "random_state": 3, "checkpoint_every": "1h"}  # fmt: skip
ROWS = 50
STEPS = 5  # of an epoch: 40 rows train
#: Cases whose y are masks.
MASKS = ("masks", "patches")
#: Columns of the history that are times, and no more the same in the next run than the weather.
TIMED = ("seconds", "images_per_second")


def noisy_net(input_shape: tuple[int, ...], n_outputs: int) -> nn.Module:
    """Build a user's network that draws from torch's own generator."""
    features = int(np.prod(input_shape))
    return nn.Sequential(nn.Flatten(), nn.Linear(features, 8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, n_outputs))


def stuck(batch: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Change nothing, and take half a minute for it, save at the first call, which only tries it."""
    if next(_calls):
        print("stuck", flush=True)
        time.sleep(30)
    return batch


_calls = count()


def data(case: str) -> tuple[Any, np.ndarray]:
    rng = np.random.default_rng(0)
    if case == "larger rows":
        X = rng.integers(0, 256, (ROWS, 8, 8, 1), dtype=np.uint8)
        rule, files = make_rule(6, colour="L", store_size=8), np.arange(ROWS).astype(str)
        return Pictures(middle_of(X, (6, 6)), rule, files, in_memory=True, larger=X), (np.arange(ROWS) * 7 % 10) % 3
    X = rng.normal(size=(ROWS, 6, 6)).astype(np.float32)
    if case == "points":
        y = rng.uniform(0, 5, (ROWS, 3, 2))
        y[::7, 2] = np.nan
        return X, y
    return X, (X > 0).astype(np.uint8) if case in MASKS else (np.arange(ROWS) * 7 % 10) % 3


#: Name -> what differs from SMALL.
CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "dropout": {"dropout_rate": 0.7},
    "augmentation": {"augment": ["flip", "shift"]},
    "strengths": {"augment": ["rotate(30)", "scale", "warp", "brightness", "noise", "erase"]},
    "mixed rows": {"augment": ["flip", "blur", "mixup"], "class_weight": "balanced", "accumulate": 2, "batch_size": 4},
    "cut and mixed rows": {"augment": ["crop", "trivial_augment", "cutmix"], "label_smoothing": 0.1},
    "larger rows": {"augment": ["resized_crop", "flip"]},
    "masks": {"augment": ["flip", "rotate", "brightness"], "class_weight": "balanced", "ema_decay": 0.9},
    "patches": {"patch": 4, "augment": ["crop", "vertical_flip"], "sampler": "balanced", "loss": "focal+dice"},
    "points": {"task": "points", "net": "unet(depth=1, width=2)", "in_channels_list": None, "out_channels": None,
               "in_features_list": None, "augment": ["flip(pairs=1)", "rotate", "crop"], "monitor": "distance"},
    "average": {"ema_decay": 0.9, "augment": "cutout"},
    "early stopping": {"early_stopping": True, "patience": 2, "n_epochs": 6, "learning_rate": 0.02},
    "plateau": {"schedule": "plateau", "learning_rate": 0.05, "n_epochs": 9},
    "muon": {"optimizer": "muon", "learning_rate": 0.01},
    "nadam": {"optimizer": "nadam"},
    "nadam in double precision": {"optimizer": "nadam", "precision": "float64"},
    "momentum": {"optimizer": "momentum", "learning_rate": 0.01, "lambda_": 1e-3},
    "adagrad": {"optimizer": "adagrad", "learning_rate": 0.01},
    "rmsprop": {"optimizer": "rmsprop", "schedule": "one_cycle"},
    "adamax": {"optimizer": "adamax", "schedule": "cosine"},
    "class weights": {"class_weight": "balanced", "label_smoothing": 0.1},
    "accumulated and clipped": {"accumulate": 2, "batch_size": 4, "clip_norm": 0.5, "optimizer": "adamw"},
    "a user's network": {"net": noisy_net, "in_channels_list": None, "out_channels": None, "in_features_list": None},
    "a frozen body": {"weights": "first.pth", "freeze": True, "dropout_rate": 0.6, "ema_decay": 0.7},
    "a body frozen at first": {"weights": "first.pth", "freeze": 2, "layer_decay": 0.5, "augment": "flip"},
    "balanced": {"sampler": "balanced", "monitor": "average_precision", "early_stopping": True, "patience": 6,
                 "ema_decay": 0.8, "n_epochs": 6},
    "memory-mapped": {"ema_decay": 0.5, "augment": ["shift", "rotate", "mixup"]},
    "memory-mapped, two workers": {"ema_decay": 0.5, "augment": ["shift", "rotate", "mixup"], "workers": 2},
    "all at once": {"augment": ["flip", "shift"], "ema_decay": 0.8, "early_stopping": True, "patience": 3,
                    "optimizer": "nadam", "class_weight": "balanced", "clip_norm": 1.0, "accumulate": 2,
                    "batch_size": 4},
    "slow": {"n_epochs": 40, "augment": "flip", "ema_decay": 0.9, "early_stopping": True, "patience": 40},
    "stuck": {"augment": stuck},
}  # fmt: skip
WITHOUT = ", without kernels"
CASES |= {name + WITHOUT: {**CASES[name], "kernels": "off"} for name in ("plain", "dropout", "nadam", "all at once")}


def estimator(case: str, folder: Path | None, **parameters: Any) -> Any:
    values = {**SMALL, **CASES[case], "checkpoint": folder, **parameters}
    if case in MASKS:
        sizes = ("in_channels_list", "out_channels", "in_features_list")
        return CNNSegmenter(**{k: v for k, v in values.items() if k not in sizes}, net="unet(depth=1, width=2)")
    if "weights" in values:
        values["weights"] = first_weights()
    return (CNNRegressor if values.get("task") == "points" else CNNClassifier)(**values)


@cache
def first_weights() -> Path:
    """Write a file of weights for the small network, with the input scaling that they belong to."""
    path = Path(tempfile.mkdtemp(), "first.pth")
    net = CNNClassifier(**{**SMALL, "n_epochs": 1, "random_state": 9}).fit(*data("plain")).net_
    torch.save(net.state_dict(), path)
    return path


def inputs(case: str, folder: Path) -> tuple[Any, np.ndarray]:
    """Give X and y, X from a file where the case is about that."""
    X, y = data(case)
    if case.startswith("memory-mapped"):
        path = folder.with_suffix(".npy")
        if not path.exists():
            np.save(path, X)
        X = np.load(path, mmap_mode="r")
    return X, y


def _without_rate(state: dict[str, Any]) -> dict[str, Any]:
    groups = [{name: value for name, value in group.items() if name != "lr"} for group in state["param_groups"]]
    return {**state, "param_groups": groups}


def fingerprint(model: CNN) -> str:
    """Hash weights, optimizer and history, without the times in it, nor the rate, which is set before each step."""
    tensors = {f"net.{name}": value for name, value in model.net_.state_dict().items()}
    tensors |= {f"trained.{name}": value for name, value in model._state.net.state_dict().items()}
    tree = as_json(_without_rate(state_of(model._state.optimizer)), "optimizer", tensors)
    history = {name: values for name, values in model.history_.items() if name not in TIMED}
    return _digest(json.dumps({"optimizer": tree, "history": history}), tensors)


if __name__ == "__main__":
    case, folder = sys.argv[1], Path(sys.argv[2])
    options = {"checkpoint_every": int(sys.argv[3])} if len(sys.argv) > 3 else {}
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    model = estimator(case, folder, **options)
    print("begins", flush=True)
    model.fit(*inputs(case, folder))
    print(fingerprint(model), torch.__version__, flush=True)
