"""What each ingredient is worth: the setting of a mark with one thing changed, judged on held-out training rows.

    python -m benchmarks.open_division.ablation benchmarks/results/RUN [--mark 93] [--seeds 5] [--only NAME ...]

A seed means the same split and the same start in every variant, so differences are taken pair by pair.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.open_division.runs import append, measured
from benchmarks.open_division.settings import HELD_ROWS, SEARCH_SEED, SETTINGS
from foveal import CNNClassifier
from foveal.data.named import load_dataset

WHOLE = "the whole setting"


def by_chance(x: Tensor, rng: torch.Generator) -> Tensor:
    """Mirror each image with probability 1/2. Shape: (N, C, *S) -> the same."""
    return torch.where((torch.rand(len(x), generator=rng) < 0.5).view(-1, 1, 1, 1), x.flip(-1), x)


#: Variant -> what it changes.
VARIANTS: dict[str, dict[str, Any]] = {
    WHOLE: {},
    "no flip": {"augment": None},
    "flip in turn": {"augment": "flip"},
    "flip by chance": {"augment": by_chance},
    "Adam 1e-3, as the defaults": {"optimizer": "adam", "learning_rate": 0.001},
    "Adam 3e-3": {"optimizer": "adam", "learning_rate": 0.003},
    "constant rate": {"schedule": "constant"},
    "no label smoothing": {"label_smoothing": 0.0},
    "no batch norm": {"do_batch_norm": False},
    "channels 32-64, as the defaults": {"in_channels_list": (None, 32), "out_channels": 64},
    "channels 16-32, as the recipe": {"out_channels": 32},
    "dropout 0.5, as the defaults": {"do_dropout": True},
    "batch 100, as the defaults": {"batch_size": 100},
    "rate 0.07": {"learning_rate": 0.07},
    "strides for pooling": {"stride": 2, "do_pooling": False},
}


def main() -> None:
    """Run every variant with every seed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--mark", choices=list(SETTINGS), default="93")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--only", nargs="+", choices=list(VARIANTS), default=list(VARIANTS))
    args = parser.parse_args()
    data = load_dataset("fashion-mnist")
    order = np.random.RandomState(SEARCH_SEED).permutation(len(data.y_train))
    train, test = ((data.X_train[part], data.y_train[part]) for part in (order[HELD_ROWS:], order[:HELD_ROWS]))
    for seed in range(args.first, args.seeds):  # seeds outermost: what is broken off is still paired
        for name in args.only:
            given = SETTINGS[args.mark] | VARIANTS[name]
            model = CNNClassifier.from_recipe("fast", **given, random_state=seed)
            append(args.folder / "ablation.csv", {"variant": name, "seed": seed} | measured(model, train, test))


if __name__ == "__main__":
    main()
