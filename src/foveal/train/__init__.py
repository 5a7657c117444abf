"""The engine: it trains any `torch.nn.Module` and knows no network."""

from foveal.train.config import Config
from foveal.train.evaluate import evaluate, outputs
from foveal.train.loop import train
from foveal.train.report import EpochReport, Pause
from foveal.train.state import TrainState, start
from foveal.train.stopping import keep_best, used_up
from foveal.train.task import Task

__all__ = [
    "Config",
    "EpochReport",
    "Pause",
    "Task",
    "TrainState",
    "evaluate",
    "keep_best",
    "outputs",
    "start",
    "train",
    "used_up",
]
