"""What one and several processes must agree on: settings, and data with a short last batch."""

import hashlib
from typing import Any

import numpy as np
import torch
from torch import nn

from foveal import CNN, CNNSegmenter, TextClassifier
from foveal.core.parameters import names_of
from foveal.data.images.pictures import Pictures
from foveal.data.images.reading.rule import make_rule
from foveal.data.middle import middle_of


def mean_distance(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """A loss that gives a mean over the rows, of which a process may have none."""
    return (outputs - targets).square().mean()


def pixels(input_shape: tuple[int, ...], n_outputs: int) -> nn.Module:
    """Answer each pixel by a row of convolutions."""
    first, last = nn.Conv2d(input_shape[0], 6, 3, padding=1), nn.Conv2d(6, n_outputs, 3, padding=1)
    return nn.Sequential(first, nn.ReLU(), last)


STEPS = 20  # four epochs of five batches
#: Rows: the last batch has two, fewer than there are processes; six where batch norm in float32 would make of two rows
#: whatever their rounding says: of a difference d it makes d / |d|.
SHORT, LONGER = 66, 70
BASE: dict[str, Any] = {
    "in_channels_list": [None, 6, 8],
    "in_features_list": [None, 12],
    "batch_size": 16,
    "n_epochs": 4,
    "valid_size": 0,
    "random_state": 3,
    "optimizer": "momentum",
    "learning_rate": 0.005,
    "do_batch_norm": False,
    "do_dropout": False,
    "kernels": "off",  # several processes train on PyTorch's, so one is held against them on the same
}
ALL = {
    "do_batch_norm": True, "do_dropout": True, "dropout_rate": 0.3, "augment": ["flip", "shift", "cutout"],
    "ema_decay": 0.9, "clip_norm": 0.5, "lambda_": 1e-3, "accumulate": 2, "batch_size": 8,
}  # fmt: skip
CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "adam": {"optimizer": "adam", "learning_rate": 0.001},
    "batch norm": {"do_batch_norm": True},
    "dropout": {"do_dropout": True, "dropout_rate": 0.4},
    "flip": {"augment": "flip"},
    "shift": {"augment": "shift"},
    "larger rows": {"augment": ["flip", "crop", "cutout"]},
    "mixup": {"augment": ["rotate", "noise", "mixup(1)"]},
    "cutmix": {"augment": ["trivial_augment", "cutmix"], "accumulate": 2, "batch_size": 8},
    "weighted mixup": {"augment": "mixup(1)", "class_weight": "balanced"},
    "ema": {"ema_decay": 0.9},
    "weights": {"class_weight": "balanced"},
    "accumulate": {"accumulate": 3, "batch_size": 5},
    "clip": {"clip_norm": 0.1},
    "l2": {"lambda_": 1e-2},
    "validation": {"valid_size": 0.2, "early_stopping": True, "patience": 6, "n_epochs": 6},
    "balanced": {"sampler": "balanced", "monitor": "average_precision", "valid_size": 0.2, "n_epochs": 7},
    "counted": {"monitor": "macro_f1", "valid_size": 0.2, "n_epochs": 6, "class_weight": "balanced"},
    "regression": {"loss": "huber"},
    "several labels": {"loss": "binary_cross_entropy"},
    "own loss": {"loss": mean_distance, "task": "regression"},
    "masks": {
        "augment": ["flip", "rotate", "brightness"],
        "class_weight": "balanced",
        "valid_size": 0.2,
        "n_epochs": 5,
    },
    "texts": {"valid_size": 0.2, "n_epochs": 6, "net": "wide_kim(vector=6, maps=4, buckets=10)"},
    "texts by pieces": {
        "valid_size": 0.2, "n_epochs": 6, "net": "text_resnet(vector=4, blocks=1)", "batch_tokens": 12, "accumulate": 2,
        "precision": "float64",
    },
    "everything": ALL,
}  # fmt: skip
#: In float64: batch norm of two rows, and Adam, which divides a gradient that is but rounding by its own size, make a
#: million times more of a rounding error within 20 steps.
EXACT: dict[str, dict[str, Any]] = {
    f"{name}, float64": {**settings, "precision": "float64"}
    for name, settings in {
        "batch norm": CASES["batch norm"],
        "accumulate": {**CASES["accumulate"], "do_batch_norm": True},
        "everything": ALL,
        "everything by adam": {**ALL, "optimizer": "adamw", "learning_rate": 0.002},
    }.items()
}
CASES |= EXACT
#: Those that together use everything; the others tell which part is to blame.
ORDINARY = (
    "adam", "shift", "larger rows", "masks", "texts", "texts by pieces", "weighted mixup", "cutmix", "validation",
    "balanced", "regression", "everything", "everything by adam, float64",
)  # fmt: skip


def larger(X: np.ndarray, cut: int = 2) -> Pictures:
    """Give the middle of rows, which are kept as they are to cut crops out of."""
    height, width = X.shape[1] - cut, X.shape[2] - cut
    rule = make_rule((height, width), colour="L", store_size=X.shape[1:3])
    files = np.arange(len(X)).astype(str)
    return Pictures(middle_of(X, (height, width)), rule, files, in_memory=True, larger=X)


def data(case: str) -> tuple[Any, np.ndarray, np.ndarray]:
    """Images, targets and weights."""
    rng = np.random.default_rng(1)
    rows = LONGER if case in ("batch norm", "everything") else SHORT
    X = rng.integers(0, 256, (rows, 10, 9), dtype=np.uint8)
    y = X.mean(axis=(1, 2)).round() % 3
    if case in ("regression", "own loss"):
        y = X[:, :2, 0] / 255
    elif case == "several labels":
        y = (X[:, :3, 0] > 100).astype(int)
    elif case == "larger rows":
        return larger(X[..., None]), y, rng.uniform(0.5, 2.0, rows)
    elif case.startswith("texts"):
        numbers = X[:, 0, :4] // 32
        texts = [" ".join(f"w{number}" for number in row[: 1 + i % 4]) for i, row in enumerate(numbers)]
        return texts, numbers[:, 0] > 3, rng.uniform(0.5, 2.0, rows)
    elif case == "masks":
        y = (X > 128).astype(np.uint8)
    return X, y, rng.uniform(0.5, 2.0, rows)


def fitted(case: str, **settings: Any) -> CNN:
    X, y, weight = data(case)
    values = {**BASE, **CASES[case], **settings}
    if case == "masks":  # without batch norm, which the others are without too
        del values["in_channels_list"], values["in_features_list"], values["do_batch_norm"], values["do_dropout"]
        return CNNSegmenter(**values, net=pixels).fit(X, y)
    if case.startswith("texts"):
        return TextClassifier(**{k: v for k, v in values.items() if k in names_of("TextClassifier")}).fit(X, y)
    model = CNN(**values)
    return model.fit(X, y, weight if case.startswith(("weight", "everything")) else None)


def weights(model: CNN) -> np.ndarray:
    """All weights and statistics in a row."""
    return np.concatenate([value.double().numpy().ravel() for value in model.net_.state_dict().values()])


def digest(model: CNN) -> str:
    held = b"".join(value.contiguous().numpy().tobytes() for value in model.net_.state_dict().values())
    return hashlib.sha256(held).hexdigest()
