"""Early stopping, the best weights and the last good ones, as ordinary calls on the state."""

import math
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from foveal.train.contents import put_back, snapshot
from foveal.train.report import SCORE, EpochReport, Monitor
from foveal.train.state import Best, TrainState

#: Dtypes of buffers that are looked at; torch knows no NaN of other ones, or there is none.
_WITH_NAN = (torch.float32, torch.float64, torch.bfloat16, torch.float16, torch.complex64, torch.complex128)


def keep_best(state: TrainState, report: EpochReport, monitor: Monitor = SCORE) -> None:
    """Remember this epoch if what is monitored is the best so far; of equals the earliest; NaN never is."""
    found = report.monitored(monitor)
    if found > state.best.score:
        state.best = Best(found, report.epoch, snapshot(state.result))
        state.stale = 0
    else:
        state.stale += 1


def used_up(state: TrainState, patience: int) -> bool:
    """Tell whether `patience` epochs have passed without a better score."""
    return state.stale >= patience


def restore_best(state: TrainState) -> None:
    """Give the network the best epoch's weights, if there was one."""
    if state.best.weights:
        put_back(state.result, state.best.weights)


@dataclass
class LastGood:
    """The networks as the last epoch left them whose losses and weights were finite: what a run broken off gives."""

    validated: bool = False
    epoch: int = 0
    weights: list[dict[str, Any]] = field(default_factory=list)

    def note(self, state: TrainState) -> None:
        """Copy the networks of a state at the end of an epoch, unless it has diverged."""
        report = state.history[-1]
        losses = (report.train_loss, report.valid_loss) if self.validated else (report.train_loss,)
        if all(map(math.isfinite, losses)) and is_finite(state):
            self.epoch, self.weights = state.epoch, [snapshot(part) for part in state.holders.values()]

    def put_back(self, state: TrainState) -> None:
        """Give a state the networks and the history of that epoch."""
        for net, weights in zip(state.holders.values(), self.weights, strict=True):
            put_back(net, weights)
        state.history = state.history[: self.epoch]


def is_finite(state: TrainState) -> bool:
    """Tell whether the epoch's sums and all weights are finite; buffers may be infinite, as a user's mask is."""
    nets = state.holders.values()
    weights = (state.sums, *(weight for net in nets for weight in net.parameters()))
    buffers = (buffer for net in nets for buffer in net.buffers())
    return all(bool(w.isfinite().all()) for w in weights) and not any(map(_has_nan, buffers))


def _has_nan(buffer: Tensor) -> bool:
    return buffer.dtype in _WITH_NAN and buffer.layout == torch.strided and bool(buffer.isnan().any())
