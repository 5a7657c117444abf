"""What a training run is told, as one value."""

from dataclasses import dataclass

import torch

from foveal.train.measures import Measure
from foveal.train.processes.distributed import ALONE, Processes
from foveal.train.report import SCORE, Monitor
from foveal.train.resting import Resting


@dataclass(frozen=True)
class Config:
    """Settings of a run that do not change while it lasts.

    `l2` adds l2 * sum of squared convolution and dense weights to the loss, and so to every optimizer's gradient.
    `accumulate` splits each batch into that many parts whose gradients make one update. `autocast` is the lower
    precision to compute in, or None. `borrow_generator` is for networks that draw from torch's global generator.
    `capture` lets a CUDA graph hold the step (`captured.captures` says what else that takes): network and loss are then
    such that only their tensors change from step to step. `kernels` lets the compiled ones run what they know of the
    step. `monitor` is what of the validation best weights, early stopping and the plateau schedule follow; `keeps_best`
    says that the best weights are kept without early stopping, too. `measures` are made of each validation beside the
    task's scores. `processes` are those that train together. `resting` says what of the network is not
    trained, and how long.
    """

    n_epochs: int
    learning_rate: float
    schedule: str = "constant"
    l2: float = 0.0
    clip_norm: float | None = None
    ema_decay: float | None = None
    accumulate: int = 1
    autocast: torch.dtype | None = None
    borrow_generator: bool = False
    capture: bool = False
    kernels: bool = False
    watched: bool = True
    monitor: Monitor = SCORE
    keeps_best: bool = False
    measures: tuple[Measure, ...] = ()
    processes: Processes = ALONE
    resting: Resting | None = None
