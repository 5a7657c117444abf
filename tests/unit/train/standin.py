"""A graph that needs no GPU, and small runs that a captured step and the ordinary one can both make."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from foveal.data.batches import Batches
from foveal.data.rows import Rows
from foveal.data.store import Resident
from foveal.models import PlainStack
from foveal.tasks.classification import classification
from foveal.train import Config, TrainState, start
from foveal.train.losses import row_loss
from foveal.train.optim.table import make_optimizer
from foveal.train.processes.lend import takers
from foveal.train.steps.captured import Captured

TASK = classification(row_loss("cross_entropy"))


class Operations(TorchDispatchMode):
    """Notes every operation with all that a CUDA graph freezes: numbers, sizes, names, and which memory it is given."""

    def __init__(self, known: dict[int, str]) -> None:
        super().__init__()
        self.known, self.seen = known, []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        leaves, _ = tree_flatten((args, kwargs or {}))
        frozen = [self.known.get(v.data_ptr(), tuple(v.shape)) if isinstance(v, Tensor) else v for v in leaves]
        self.seen.append((str(func), [v for v in frozen if isinstance(v, int | float | str | tuple)]))
        return func(*args, **(kwargs or {}))


class Standin:
    """Does what a CUDA graph does, by other means.

    Recorded work changes no tensor, but Python has run; replayed work changes tensors, but runs no Python: counts on
    the host stay, and modules draw from the generators of the recording. A replay whose operations, numbers or memory
    differ from the recording's would have gone wrong in a graph: it is an error.
    """

    def __init__(self, state: TrainState, fails: bool = False) -> None:
        self.state, self.fails = state, fails
        self.warmed = self.recorded = self.replayed = 0

    def warm_up(self, work: Callable[[], Tensor]) -> Tensor:
        self.warmed += 1
        return work()

    def record(self, work: Callable[[], Tensor], rng: torch.Generator) -> Tensor:
        self.recorded += 1
        tensors = self._tensors()
        before = [t.clone() for t in tensors]
        self.generators = [(m, m.generator) for m in takers(self.state.net)]
        assert all(g is rng for _, g in self.generators)
        self.known = {t.data_ptr(): f"tensor {i}" for i, t in enumerate(tensors)}
        with Operations(self.known) as operations:
            self.sums = work()
        for tensor, old in zip(tensors, before, strict=True):
            tensor.detach().copy_(old)
        if self.fails:
            raise RuntimeError("operation not permitted when stream is capturing\nand more")
        self.work, self.operations = work, operations.seen
        return self.sums

    def replay(self) -> None:
        self.replayed += 1
        counts = [(m, m.steps) for m in self.state.net.modules() if hasattr(m, "settled")]
        lent = [(m, m.generator) for m, _ in self.generators]
        for module, generator in self.generators:
            module.generator = generator
        with Operations(self.known) as operations:
            sums = self.work()
        assert operations.seen == self.operations, "a graph would have repeated another step"
        self.sums.copy_(sums)
        for module, generator in lent:
            module.generator = generator
        for module, steps in counts:
            module.steps = steps

    def _tensors(self) -> list[Tensor]:
        held = [v for s in self.state.optimizer.state.values() for v in s.values()]
        rates = [group["lr"] for group in self.state.optimizer.param_groups if isinstance(group["lr"], Tensor)]
        return [*self.state.net.parameters(), *self.state.net.buffers(), *held, *rates]


@dataclass(frozen=True)
class Setting:
    """What a small run does."""

    optimizer: str = "adam"
    rows: int = 44  # five batches of 8 and a short one
    momentum: float = 0.5
    weighted: bool = False
    batch_norm: bool = True
    augment: tuple[Any, ...] = ()


def small_run(setting: Setting, *, capturable: bool = True, rate: float = 0.01) -> tuple[TrainState, Batches]:
    """Make a state and batches that depend on nothing but the setting."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(setting.rows, 6, 6, 1)), np.arange(setting.rows) % 3
    weights = torch.from_numpy(rng.random(setting.rows)).float() if setting.weighted else None
    store = Resident(Rows(X), torch.float32, torch.device("cpu"))
    batches = Batches(store, (TASK.encode(y),), weights, 8, 1, True, setting.augment)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = PlainStack(
            (1, 6, 6), 3, in_channels_list=(1, 3), out_channels=4, in_features_list=(None, 5),
            do_batch_norm=setting.batch_norm, momentum=setting.momentum,
        )  # fmt: skip
    optimizer = make_optimizer(setting.optimizer, net.parameters(), rate, capturable=capturable)
    return start(net, optimizer, seed=3, threads=torch.get_num_threads(), ema=True), batches


def captured_step(state: TrainState, batches: Batches, **options: Any) -> tuple[Captured, list[Standin]]:
    """Make a captured step over stand-ins, and the list of those it has made."""
    made: list[Standin] = []

    def make() -> Standin:
        made.append(Standin(state, **options))
        return made[-1]

    return Captured(state, batches.batch_size, make), made


def config_of(**options: Any) -> Config:
    """Make settings of six epochs in which the rate is another in each step."""
    return Config(**{"n_epochs": 6, "learning_rate": 0.01, "schedule": "linear", "ema_decay": 0.9} | options)


def bits(net: nn.Module) -> list[bytes]:
    """Give all that a network has learnt."""
    return [value.contiguous().numpy().tobytes() for value in net.state_dict().values()]
