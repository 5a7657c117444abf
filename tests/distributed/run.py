"""A run with everything that a checkpoint must hold: `run.py FOLDER EPOCHS [MODE]`.

It leaves its process's id in FOLDER/begun, the digest of what it learnt in FOLDER/ended, and checkpoints in between.
"""

import os
import sys
from pathlib import Path

import numpy as np
from tests.distributed.cases import digest, weights

from foveal import CNNClassifier
from foveal.core.errors import FovealError

RANK = int(os.environ.get("RANK", 0))
SETTINGS = {
    "in_channels_list": [None, 4, 4], "in_features_list": [None, 8], "batch_size": 16, "valid_size": 0.2,
    "dropout_rate": 0.2, "augment": ["flip", "shift"], "ema_decay": 0.9, "early_stopping": True, "patience": 50,
    "checkpoint_every": 3, "random_state": 3,
}  # fmt: skip


def run(folder: Path, epochs: int, mode: str = "") -> None:
    settings = {**SETTINGS, "n_epochs": epochs, "checkpoint": folder / "checkpoints"}
    if mode == "drawn":
        settings |= {"random_state": None, "checkpoint": None, "augment": "flip"}
    if mode == "float64":
        settings["precision"] = "float64"
    rng = np.random.default_rng(RANK if mode == "other data" else 0)
    X = rng.integers(0, 256, (100, 8, 8), dtype=np.uint8)
    model = CNNClassifier(**settings).fit(X, (X.mean(axis=(1, 2)) > 127).astype(int))
    if mode == "drawn":
        model.partial_fit(X, np.arange(100) % 2)
    (folder / "ended" / f"{RANK}").write_text(digest(model))
    if mode == "float64":
        np.save(folder / "weights.npy", weights(model))


if __name__ == "__main__":
    place = Path(sys.argv[1])
    for name in ("begun", "ended"):
        (place / name).mkdir(exist_ok=True)
    begun = place / "begun" / f"{os.environ.get('TORCHELASTIC_RESTART_COUNT', 0)}-{RANK}"
    begun.with_suffix(".new").write_text(str(os.getpid()))
    begun.with_suffix(".new").rename(begun)
    try:
        run(place, int(sys.argv[2]), *sys.argv[3:])
    except FovealError as error:
        print(f"{type(error).__name__}: {error}", flush=True)
        sys.exit(error.exit_code)
