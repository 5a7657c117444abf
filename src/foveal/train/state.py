"""All that a resumed run needs, in one dataclass."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from foveal.core.copies import deep_copy
from foveal.train.report import EpochReport


def no_sums() -> Tensor:
    """Begin the sums of an epoch; what is added decides device and dtype."""
    return torch.zeros((), dtype=torch.float32, device="cpu")


@dataclass
class Best:
    """The best epoch so far: what was monitored, and the weights it left (on the CPU they would cost a copy each)."""

    score: float = float("-inf")
    epoch: int = 0
    weights: dict[str, Any] = field(default_factory=dict)


@dataclass
class TrainState:
    """Where a run stands. Order, augmentation and dropout follow from (seed, epoch, position): no generator is kept."""

    net: nn.Module
    optimizer: Optimizer
    seed: int
    threads: int
    average: nn.Module | None = None  # exponential moving average of `net`
    epoch: int = 0  # epochs finished
    position: int = 0  # batches finished in the present epoch
    step: int = 0  # updates made
    sums: Tensor = field(default_factory=no_sums)  # of the epoch: loss times weight, the tally
    seconds: float = 0.0  # that the present epoch has been training
    plateau: float = 1.0  # factor of the rate under the "plateau" schedule
    plateau_score: float = float("-inf")
    plateau_stale: int = 0
    best: Best = field(default_factory=Best)
    stale: int = 0  # epochs since the best one
    history: list[EpochReport] = field(default_factory=list)

    @property
    def result(self) -> nn.Module:
        """The network that is validated and given out."""
        return self.net if self.average is None else self.average


def start(net: nn.Module, optimizer: Optimizer, *, seed: int, threads: int, ema: bool = False) -> TrainState:
    """Make the state of a run that has not begun.

    >>> net = nn.Linear(1, 1)
    >>> start(net, torch.optim.SGD(net.parameters()), seed=0, threads=1).epoch
    0
    """
    average = deep_copy(net).requires_grad_(False) if ema else None
    return TrainState(net, optimizer, seed, threads, average)
