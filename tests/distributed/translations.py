"""Fit a translator, and leave its weights and losses: `translations.py FOLDER`."""

import os
import sys
from pathlib import Path

import numpy as np

from foveal import Translator

WORDS = {"one": "eins", "two": "zwei", "three": "drei", "four": "vier"}
SOURCES = [f"{a} {b}" for a in WORDS for b in WORDS] * 2 + list(WORDS)
TARGETS = [" ".join(map(WORDS.get, source.split())) for source in SOURCES]


def fitted() -> Translator:
    """Fit on pairs of unequal length, with dropout of values and of merges."""
    how = {"net": "conv_s2s(layers=1, width=16, dropout=0.2)", "vocabulary_size": 64, "batch_tokens": 40}
    return Translator(**how, n_epochs=3, learning_rate=0.01, random_state=0, precision="float64").fit(SOURCES, TARGETS)


def found(model: Translator) -> dict[str, np.ndarray]:
    """Give weights and losses."""
    weights = np.concatenate([tensor.numpy().ravel() for tensor in model.net_.state_dict().values()])
    losses = np.array([model.history_["train_loss"], model.history_["valid_loss"]])
    return {"weights": weights, "losses": losses}


if __name__ == "__main__":
    name = f"{os.environ.get('WORLD_SIZE', 1)}-{os.environ.get('RANK', 0)}.npz"
    np.savez(Path(sys.argv[1]) / name, **found(fitted()))
