"""The whole training step as one CUDA graph: recorded once, then replayed for every batch of full size.

A small network's step is a hundred short kernels, and the processor takes longer to launch them than the GPU to run
them. A graph launches them at once. It repeats exactly what was recorded: the same operations, on the same memory, with
the same numbers, so all that changes from step to step lies in memory: the batch, the rate, the optimizer's counts, the
seed of the dropout. Source: "CUDA graphs", "Whole-network capture", in PyTorch's notes on CUDA semantics.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from foveal.core.warn import warn_user
from foveal.data.batches import Batch, Batches
from foveal.train.config import Config
from foveal.train.contents import Counting
from foveal.train.processes.lend import lent_generator, takers
from foveal.train.state import TrainState
from foveal.train.step import train_step
from foveal.train.steps.graph import CudaGraph, Graph
from foveal.train.steps.kernel import native
from foveal.train.task import Task

Step = Callable[[TrainState, Batch, Task, Config, Sequence[Tensor]], Tensor]

#: Ordinary steps in the stream of the capture before it: what is made at first use is then there (PyTorch's note
#: takes three).
WARM_UP = 3
#: Full batches below which a run is not worth a capture, which waits for the GPU and empties torch's cache: a guess.
FEWEST = 100


def captures(state: TrainState, batches: Batches, config: Config) -> str | None:
    """Say why the steps of a run are not captured; None if they are.

    Not captured: what the user brought, since nobody knows what it does in its next step, and whatever needs another
    number of the host in each step.
    """
    device = batches.device
    full = sum(stop - start == batches.batch_size for start, stop in batches.bounds())
    steps = full * (config.n_epochs - state.epoch)
    on_host = any(not isinstance(group["lr"], Tensor) for group in state.optimizer.param_groups)
    norms = [m for m in state.net.modules() if isinstance(m, _BatchNorm)]
    reasons = {
        f"device {device} has no CUDA graphs": device.type != "cuda",
        "it was not asked for: kernels are off, precision is float64, or a part of the step is the user's": (
            not config.capture
        ),
        "the network is the user's": config.borrow_generator,
        f"{config.processes.world} processes train together": config.processes.world > 1,
        f"optimizer {type(state.optimizer).__name__} is the user's, or needs its rate on the host": on_host,
        "batch norm with momentum 1.0 weighs its t-th batch by 1 / t": any(m.momentum == 0 for m in norms),
        f"{steps} full batches are too few to pay for a capture, {FEWEST} the fewest": steps < FEWEST,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def choose_step(state: TrainState, batches: Batches, config: Config) -> Step:
    """Choose how a run takes its steps: captured where nothing speaks against it, else on kernels, else by PyTorch."""
    if config.capture:  # else PyTorch warns of a copied optimizer that it could be captured, at its first ordinary step
        state.optimizer._warned_capturable_if_run_uncaptured = True
    if captures(state, batches, config) is not None:
        return native(state, max(stop - start for start, stop in batches.bounds()), config) or train_step
    return Captured(state, batches.batch_size, partial(CudaGraph, batches.device))


@dataclass(frozen=True)
class Recording:
    """A recorded step and all that it touches by address."""

    graph: Graph
    batch: Batch  # read
    sums: Tensor  # written
    rng: torch.Generator
    counted: list[int]  # steps that each counting module takes in a replay
    places: list[int]


class Captured:
    """`train_step` with a memory: the same call, the same result, replayed as soon as all steps to come are alike.

    Ordinary are the batches of another size, the first steps, and all until the batch norms have settled. Weights,
    buffers and optimizer state that lie elsewhere in a new epoch are captured anew. Where a capture fails there is one
    warning, and the steps are ordinary from then on.
    """

    def __init__(self, state: TrainState, rows: int, graph: Callable[[], Graph]) -> None:
        self.rows, self.make_graph, self.graph = rows, graph, graph()
        self.counting = [m for m in state.net.modules() if isinstance(m, Counting)]
        self.lent = takers(state.net)[:1]  # all of them are lent the same generator
        self.warmed, self.failed = 0, False
        self.recording: Recording | None = None

    def __call__(
        self, state: TrainState, batch: Batch, task: Task, config: Config, penalised: Sequence[Tensor]
    ) -> Tensor:
        """Update the weights; return the sums of the batch, to be read before the next call."""
        ordinary = partial(train_step, state, batch, task, config, penalised)
        if state.position == 0 and self.recording is not None and self.recording.places != places(state):
            self.graph, self.recording, self.warmed = self.make_graph(), None, 0
        if self.failed or len(batch.x[0]) != self.rows or not all(m.settled for m in self.counting):
            return ordinary()
        if self.warmed < WARM_UP:
            self.warmed += 1
            return self.graph.warm_up(ordinary)
        if self.recording is None:
            self._record(state, batch, task, config, penalised)
        return ordinary() if self.recording is None else self._replay(self.recording, batch)

    def _record(self, state: TrainState, batch: Batch, task: Task, config: Config, penalised: Sequence[Tensor]) -> None:
        x, y = (tuple(part.clone() for part in parts) for parts in (batch.x, batch.y))
        kept = Batch(x, y, None if batch.weight is None else batch.weight.clone())
        step = partial(train_step, state, kept, task, config, penalised)
        before = [m.steps or 0 for m in self.counting]
        try:
            with lent_generator(state.net, batch.x[0].device) as rng:
                sums = self.graph.record(step, rng)
            counted = [(m.steps or 0) - n for m, n in zip(self.counting, before, strict=True)]
            self.recording = Recording(self.graph, kept, sums, rng, counted, places(state))
        except RuntimeError as error:  # torch's, of every kind: out of memory, an operation that cannot be captured
            self.failed = True
            cause = str(error.__context__ or error).split("\n", 1)[0]  # ending a broken capture fails once more
            warn_user(
                f"the training step could not be captured in a CUDA graph ({cause}); training goes on with ordinary "
                "steps, which take longer; kernels='off' asks for them from the start"
            )
        finally:  # recording ran the modules' Python, but no step was made
            for module, n in zip(self.counting, before, strict=True):
                module.steps = n

    def _replay(self, recording: Recording, batch: Batch) -> Tensor:
        for kept, new in zip(_tensors(recording.batch), _tensors(batch), strict=True):
            kept.copy_(new)
        for module in self.lent:  # seeded for this step
            recording.rng.manual_seed(module.generator.initial_seed())
        recording.graph.replay()
        for module, n in zip(self.counting, recording.counted, strict=True):
            module.steps = (module.steps or 0) + n
        return recording.sums


def _tensors(batch: Batch) -> list[Tensor]:
    return [*batch.x, *batch.y, *([] if batch.weight is None else [batch.weight])]


def places(state: TrainState) -> list[int]:
    """List the addresses of all tensors that a step changes."""
    held = [v for values in state.optimizer.state.values() for v in values.values() if isinstance(v, Tensor)]
    rates = [group["lr"] for group in state.optimizer.param_groups if isinstance(group["lr"], Tensor)]
    return [t.data_ptr() for t in (*state.net.parameters(), *state.net.buffers(), *held, *rates)]
