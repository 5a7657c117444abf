"""All that a resumed run needs, in one dataclass."""

from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from foveal.core.copies import deep_copy
from foveal.train.report import EpochReport

Other = TypeVar("Other")


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
    loss: nn.Module | None = None  # a user's, which may have weights of its own
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
    def weights(self) -> list[Tensor]:
        """The network's weights, and those of a loss that has some."""
        return [*self.net.parameters(), *(() if self.loss is None else self.loss.parameters())]

    @property
    def holders(self) -> dict[str, nn.Module]:
        """All that training changes beside the optimizer, by name."""
        parts = {"net": self.net, "average": self.average, "loss": self.loss}
        return {name: part for name, part in parts.items() if part is not None}

    @property
    def result(self) -> nn.Module:
        """The network that is validated and given out."""
        return self.net if self.average is None else self.average


def start(
    net: nn.Module, optimizer: Optimizer, *, seed: int, threads: int, ema: bool = False, loss: nn.Module | None = None
) -> TrainState:
    """Make the state of a run that has not begun.

    >>> net = nn.Linear(1, 1)
    >>> start(net, torch.optim.SGD(net.parameters()), seed=0, threads=1).epoch
    0
    """
    return TrainState(net, optimizer, seed, threads, deep_copy(net) if ema else None, loss)


def copied(state: TrainState) -> TrainState:
    """Copy a state to train on: what it was made from stays as it is."""
    return copied_with(state, None)[0]


def copied_with(state: TrainState, other: Other) -> tuple[TrainState, Other]:
    """Copy a state and something that shares its modules, such as the function of its loss."""
    parts = deep_copy((state.net, state.average, state.loss, state.optimizer, other))
    net, average, loss, optimizer, other = parts
    own = replace(state, net=net, average=average, loss=loss, optimizer=optimizer)
    return replace(own, sums=state.sums.clone(), history=list(state.history)), other
