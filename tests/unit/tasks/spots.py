"""Spots on noise and their places, and networks that read their input off as maps."""

import numpy as np
import torch

SMALL = {"task": "points", "net": "unet(depth=1, width=4)", "n_epochs": 3, "random_state": 0, "batch_size": 10,
         "learning_rate": 0.01, "loss": "cross_entropy"}  # fmt: skip


def spots(n=30, size=12, seed=0):
    """Draw a bright spot and a dark one, and say where they are."""
    rng = np.random.default_rng(seed)
    y = rng.uniform(1, size - 2, (n, 2, 2))
    grid = np.stack(np.mgrid[:size, :size], -1)
    blobs = np.exp(-((grid - y[:, :, None, None]) ** 2).sum(-1) / 2)
    return (blobs[:, 0] - blobs[:, 1] + rng.normal(0, 0.1, (n, size, size))).astype(np.float32), y


class Reads(torch.nn.Module):
    """A network whose heat maps are its input."""

    def __init__(self):
        super().__init__()
        self.gain = torch.nn.Parameter(torch.tensor(1.0))

    def forward(self, x):
        return x * self.gain


def reads(shape, n_outputs):
    return Reads()


class ReadsTwo(Reads):
    """The same of the first two channels."""

    def forward(self, x):
        return x[:, :2] * self.gain


def reads_two(shape, n_outputs):
    return ReadsTwo()
