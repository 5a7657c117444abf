"""The whole training step as one CUDA graph: recorded once, then replayed for every batch of full size.

A small network's step is a hundred short kernels, and the processor takes longer to launch them than the GPU to run
them. A graph launches them at once. It repeats exactly what was recorded: the same operations, on the same memory, with
the same numbers, so all that changes from step to step lies in memory: the numbers of the batch's rows, which the graph
gathers and augments itself, the rate, the optimizer's counts, the seeds of augmentation and dropout. Source: "CUDA
graphs", "Whole-network capture", in PyTorch's notes on CUDA semantics.
"""

from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import Any

from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from foveal.data.batches import Batch, Batches
from foveal.train.config import Config
from foveal.train.contents import Counting
from foveal.train.processes.lend import lent_generator, takers
from foveal.train.state import TrainState
from foveal.train.step import train_step
from foveal.train.steps.feeds import StepInput, feed, gathered, rows_in, sizes_of, stored
from foveal.train.steps.graph import CudaGraph, Graph
from foveal.train.steps.kernel import native
from foveal.train.steps.recordings import FEWEST, Recording, Recordings
from foveal.train.task import Task

#: Takes a batch as `fed` gives it.
Step = Callable[[TrainState, Any, Task, Config, Sequence[Tensor]], Tensor]


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
    return Captured(state, batches, partial(CudaGraph, batches.device))


def fed(step: Step, batches: Batches, epoch: int, first: int) -> Generator[StepInput, None, None]:
    """Give the batches of an epoch as a step takes them: gathered, or picked where it gathers them itself."""
    picked = isinstance(step, Captured) and step.gathers
    return batches.picks(epoch, first) if picked else batches.epoch(epoch, first)


class Captured:
    """`train_step` with a memory: the same result, replayed as soon as all steps to come are alike.

    A batch is one that is still to be gathered, if the graph can do that, else one that is copied to where the graph
    reads. Ordinary are the batches of another number of rows, the first steps of each length of rows, and all until the
    batch norms have settled. Weights, buffers, optimizer state or stored rows that lie elsewhere in a new epoch are
    captured anew. Where a capture fails the steps are ordinary from then on, after a warning.
    """

    def __init__(self, state: TrainState, batches: Batches, make_graph: Callable[[], Graph]) -> None:
        self.batches, self.gathers = batches, stored(batches) is not None
        self.counting = [m for m in state.net.modules() if isinstance(m, Counting)]
        self.lent = takers(state.net)[:1]  # all of them are lent the same generator
        self.recordings = Recordings(
            make_graph,
            lambda: [*changing(state), *(stored(batches) or [])],
            "the training step",
            "training goes on with ordinary steps",
        )

    def __call__(
        self, state: TrainState, inputs: StepInput, task: Task, config: Config, penalised: Sequence[Tensor]
    ) -> Tensor:
        """Update the weights; return the sums of the batch, to be read before the next call."""

        def step(batch: Callable[[], Batch]) -> Tensor:
            return train_step(state, batch(), task, config, penalised)

        if state.position == 0:
            self.recordings.begin()
        ordinary = partial(step, partial(gathered, self.batches, inputs))
        if rows_in(inputs) != self.batches.batch_size or not all(m.settled for m in self.counting if m.training):
            return ordinary()
        return self.recordings.run(sizes_of(inputs), inputs, ordinary, partial(self._record, state, inputs, step))

    def _record(
        self, state: TrainState, inputs: StepInput, step: Callable[[Callable[[], Batch]], Tensor], graph: Graph
    ) -> Recording:
        read = feed(self.batches, inputs)
        before = [m.steps or 0 for m in self.counting]
        try:
            with lent_generator(state.net, self.batches.device) as rng:
                sums = graph.record(partial(step, read.batch), rng, *read.drawn)
            counted = [(m.steps or 0) - n for m, n in zip(self.counting, before, strict=True)]
        finally:  # recording ran the modules' Python, but no step was made
            for module, n in zip(self.counting, before, strict=True):
                module.steps = n

        def fill(batch: Any) -> None:
            read.fill(batch)
            for module in self.lent:  # seeded for this step
                rng.manual_seed(module.generator.initial_seed())
            for module, n in zip(self.counting, counted, strict=True):
                module.steps = (module.steps or 0) + n

        return Recording(graph, sums, fill)


def changing(state: TrainState) -> list[Tensor]:
    """List all tensors that a step changes."""
    held = [v for values in state.optimizer.state.values() for v in values.values() if isinstance(v, Tensor)]
    rates = [group["lr"] for group in state.optimizer.param_groups if isinstance(group["lr"], Tensor)]
    return [*state.net.parameters(), *state.net.buffers(), *held, *rates]
