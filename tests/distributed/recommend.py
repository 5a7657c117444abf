"""A recommender trained by several processes: `recommend.py FOLDER`; each leaves its weights in FOLDER/RANK.npy."""

import os
import sys
from pathlib import Path

import numpy as np

from foveal import Recommender

SETTINGS = {"n_epochs": 4, "batch_size": 7, "random_state": 3, "learning_rate": 0.01, "valid_size": 0.2}
NETS = (
    "caser(width=6, window=3, horizontal=2, vertical=2, neighbours=4, dropout=0)",
    "next_item(width=6, layers=2, dropout=0)",
)


def trained(folder: Path) -> list[np.ndarray]:
    """Train both networks on histories of different lengths; a last batch has fewer rows than processes."""
    rng = np.random.default_rng(0)
    users = np.sort(rng.integers(0, 36, 400))
    found = []
    for net in NETS:
        model = Recommender(net=net, **SETTINGS).fit((users, rng.integers(0, 15, 400)))
        weights = [weight.detach().numpy().ravel() for weight in model.net_.parameters()]
        (folder / f"{net} {os.environ.get('RANK')} done").touch()  # a sign of life
        found.append(np.concatenate([*weights, model.history_["valid_score"], model.history_["train_loss"]]))
    return found


if __name__ == "__main__":
    np.save(Path(sys.argv[1]) / f"{os.environ['RANK']}.npy", np.concatenate(trained(Path(sys.argv[1]))))
