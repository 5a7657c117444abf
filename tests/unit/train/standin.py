"""A graph that needs no GPU, and small runs that a captured step and the ordinary one can both make."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from foveal.augment import AUGMENTATIONS
from foveal.data.batches import Batches
from foveal.data.rows import Rows
from foveal.data.store import Resident
from foveal.layers import BatchNorm
from foveal.models import PlainStack
from foveal.tasks.classification import classification
from foveal.train import Config, TrainState, loop, start, train
from foveal.train.losses import row_loss
from foveal.train.optim.table import make_optimizer
from foveal.train.processes.lend import takers
from foveal.train.step import train_step
from foveal.train.steps.captured import Captured, changing

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
    differ from the recording's would have gone wrong in a graph: it is an error. So is a generator that nobody seeds
    before a replay: its offset would be what the last one has left.
    """

    def __init__(self, net: nn.Module, tensors: Callable[[], list[Tensor]], made: list[Any], fails: int = 0) -> None:
        self.net, self.tensors, self.made, self.fails = net, tensors, made, fails
        self.warmed = self.recorded = self.replayed = 0
        made.append(self)

    def warm_up(self, work: Callable[[], Tensor]) -> Tensor:
        self.warmed += 1
        return work()

    def record(self, work: Callable[[], Tensor], *drawn: torch.Generator) -> Tensor:
        self.recorded += 1
        tensors = self.tensors()
        before = [t.clone() for t in tensors]
        self.generators = [(m, m.generator) for m in takers(self.net)]
        assert all(g is drawn[0] for _, g in self.generators if drawn)
        self.known = {t.data_ptr(): f"tensor {i}" for i, t in enumerate(tensors)}
        with Operations(self.known) as operations:
            self.result = work()
        for tensor, old in zip(tensors, before, strict=True):
            tensor.detach().copy_(old)
        if self.fails == len(self.made):
            raise RuntimeError("operation not permitted when stream is capturing\nand more")
        self.work, self.operations, self.drawn = work, operations.seen, drawn
        return self.result

    def replay(self) -> None:
        self.replayed += 1
        for rng in self.drawn:
            assert torch.equal(rng.get_state(), rng.manual_seed(rng.initial_seed()).get_state()), "seeded by nobody"
        counts = [(m, m.steps) for m in self.net.modules() if hasattr(m, "settled")]
        lent = [(m, m.generator) for m, _ in self.generators]
        for module, generator in self.generators:
            module.generator = generator
        with Operations(self.known) as operations:
            result = self.work()
        assert operations.seen == self.operations, "a graph would have repeated another step"
        self.result.copy_(result)
        for module, generator in lent:
            module.generator = generator
        for module, steps in counts:
            module.steps = steps

    def sibling(self) -> "Standin":
        return Standin(self.net, self.tensors, self.made, self.fails)


#: All of ours that have a meaning for the grey pictures of a small run.
FITTING = {n: a for n, a in AUGMENTATIONS.items() if n not in ("saturation", "hue", "grey")}


@dataclass(frozen=True)
class Setting:
    """What a small run does."""

    optimizer: str = "adam"
    rows: int = 44  # five batches of 8 and a short one
    momentum: float = 0.5
    weighted: bool = False
    batch_norm: bool = True
    augment: tuple[Any, ...] = ()
    balanced: bool = False


def small_run(setting: Setting, *, capturable: bool = True, rate: float = 0.01) -> tuple[TrainState, Batches]:
    """Make a state and batches that depend on nothing but the setting."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(setting.rows, 6, 6, 1)), np.arange(setting.rows) % 3
    weights = torch.from_numpy(rng.random(setting.rows)).float() if setting.weighted else None
    store = Resident(Rows(X), torch.float32, torch.device("cpu"))
    classes = np.minimum(np.arange(setting.rows), 2) if setting.balanced else None  # 0 and 1 once
    batches = Batches(store, (TASK.encode(y),), weights, 8, 1, True, setting.augment, classes=classes)
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
    return Captured(state, batches, lambda: Standin(state.net, lambda: changing(state), made, **options)), made


def config_of(**options: Any) -> Config:
    """Make settings of six epochs in which the rate is another in each step."""
    return Config(**{"n_epochs": 6, "learning_rate": 0.01, "schedule": "linear", "ema_decay": 0.9} | options)


def bits(net: nn.Module) -> list[bytes]:
    """Give all that a network has learnt."""
    return [value.contiguous().numpy().tobytes() for value in net.state_dict().values()]


def histories(state):
    """Give the reports without their times."""
    return [replace(report, seconds=0.0, images_per_second=0.0) for report in state.history]


def both(monkeypatch, setting, config, between=lambda state: None, **options):
    """Train twice, ordinarily and captured; return the two states and the stand-ins."""
    ordinary, batches = small_run(setting)
    state, _ = small_run(setting)
    step, graphs = captured_step(state, batches, **options)
    for run, taken in ((ordinary, train_step), (state, step)):
        monkeypatch.setattr(loop, "choose_step", lambda *_, taken=taken: taken)
        for _ in train(run, batches, batches, TASK, config):
            between(run)
    return ordinary, state, graphs


def check_same(ordinary, state):
    """The same bits, the same history, and counts on the host that are those of the buffers."""
    assert bits(state.net) == bits(ordinary.net)
    assert bits(state.average) == bits(ordinary.average)
    assert histories(state) == histories(ordinary)
    for norm in state.net.modules():
        if isinstance(norm, BatchNorm):
            assert norm.steps == int(norm.num_batches_tracked)
