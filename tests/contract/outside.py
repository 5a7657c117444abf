"""A kind of problem, a source and a network that foveal knows nothing of: ordered classes of curves of any length.

`python -m tests.contract.outside FILE` trains on them, as one of several processes if it is told to be.
"""

import hashlib
import struct
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from foveal import CNN
from foveal.core.forms import Part
from foveal.data.source import Statistics
from foveal.tasks.classification import CLASSIFICATION
from foveal.train import Task
from foveal.train.metrics import hits, share


class Curves:
    """Curves of two channels in a file: their number, their lengths, then their values as float32, curve by curve."""

    form = Part("x", (2, None), "float32", 40), Part("mask", (None,), "bool", 40)
    in_memory = False

    def __init__(self, path, rows=None):
        self.path, raw = path, Path(path).read_bytes()
        (n,) = struct.unpack("<I", raw[:4])
        lengths = np.frombuffer(raw, "<u2", n, 4).astype(np.int64)
        self.starts = 4 + 2 * n + 8 * (np.cumsum(lengths) - lengths)
        self.rows = np.arange(n) if rows is None else rows
        self.every, self.lengths = lengths, lengths[self.rows]

    def __len__(self):
        return len(self.rows)

    def read(self, rows):
        numbers = self.rows[rows]
        longest = self.every[numbers].max()
        x, mask = np.zeros((len(numbers), longest, 2), np.float32), np.zeros((len(numbers), longest), bool)
        with Path(self.path).open("rb") as file:
            for place, number in enumerate(numbers):
                file.seek(self.starts[number])
                size = self.every[number]
                x[place, :size] = np.frombuffer(file.read(8 * size), "<f4").reshape(size, 2)
                mask[place, :size] = True
        return x, mask

    def chosen(self, rows):
        return Curves(self.path, self.rows[rows])

    def statistics(self, rows, dtype):
        values = np.concatenate([self.read(np.array([row]))[0][0] for row in rows])
        return Statistics(values.mean(axis=0).tolist(), values.std(axis=0).tolist())

    def digest(self):
        return hashlib.sha256(Path(self.path).read_bytes() + self.rows.tobytes()).digest()


def write_curves(path, n=90, seed=0):
    """Write curves whose frequency, of three, is their class; give the classes."""
    rng = np.random.default_rng(seed)
    y, lengths = np.arange(n) % 3, rng.integers(12, 60, size=n)
    phases = rng.random(n) * 6
    curves = [np.sin(np.outer(np.arange(m), [1 + k, 1]) / 3 + p) for k, m, p in zip(y, lengths, phases, strict=True)]
    values = b"".join((c + rng.normal(scale=0.1, size=c.shape)).astype("<f4").tobytes() for c in curves)
    Path(path).write_bytes(struct.pack("<I", n) + lengths.astype("<u2").tobytes() + values)
    return np.array(["low", "mid", "top"])[y]


class Net(nn.Module):
    """A convolution over the curve and a mean over the places that are there: padding changes nothing."""

    def __init__(self, channels, outputs):
        super().__init__()
        self.first, self.second = nn.Conv1d(channels, 16, 7, padding=3), nn.Conv1d(16, 16, 7, padding=3)
        self.head = nn.Linear(16, outputs)

    def forward(self, x, mask):
        there = mask[:, None].to(x.dtype)
        x = F.relu(self.first(x * there)) * there
        x = F.relu(self.second(x)) * there
        return self.head(x.sum(2) / there.sum(2))


def make_net(form, outputs):
    return Net(form[0].shape[0], outputs)


def _learn(parameters, y, classes):
    problem, y = CLASSIFICATION.learn(parameters, y, classes)
    return replace(problem, kind=ORDINAL, n_outputs=problem.n_outputs - 1, has_probabilities=False), y


def _task(problem, loss, smoothing, dtype):
    """One output a step between classes: is the class above it? (Frank and Hall 2001.)"""
    steps = torch.arange(problem.n_outputs)

    def above(y):
        return (y[:, None] > steps).to(dtype)

    return Task(
        encode=lambda y: torch.from_numpy(np.asarray(y, np.int64)),
        loss=lambda out, y: F.binary_cross_entropy_with_logits(out, above(y), reduction="none").mean(1),
        decode=lambda out: (out > 0).sum(1).numpy(),
        probabilities=None,
        tally=lambda out, y, weight: hits((out > 0).sum(1) == y, weight),
        scores=lambda sums: {"accuracy": share(sums)},
    )


def _sound(problem, loss):
    return problem.one_class and len(problem.classes) == problem.n_outputs + 1 and not problem.has_probabilities


def _never(loss):
    return False


OWN = {"learn": _learn, "task": _task, "sound": _sound, "has_probabilities": _never}
ORDINAL = replace(CLASSIFICATION, name="ordinal", **OWN)


def estimator(**more):
    sizes = {"n_epochs": 12, "learning_rate": 0.01, "batch_size": 16, "random_state": 0, "precision": "float64"}
    return CNN(**{"net": make_net, "task": ORDINAL, "early_stopping": True, "patience": 50, **sizes, **more})


if __name__ == "__main__":
    model = estimator(n_epochs=3).fit(Curves(sys.argv[1]), write_curves(Path(sys.argv[1] + ".again")))
    print(np.concatenate([w.detach().double().flatten() for w in model.net_.parameters()]).round(9).tolist())
