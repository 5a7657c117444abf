"""The training step on compiled kernels: the same call and the same result as `train_step`.

Where the kernels know the loss and the optimizer too, a step is one call. Else PyTorch computes the loss from the
outputs, or makes the update from the gradients, which lie where it looks for them.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from foveal.data.batches import Batch
from foveal.kernels.interface import BACKWARD, FORWARD, LOSS, PACK, UPDATE
from foveal.kernels.mixed import Mixed
from foveal.kernels.planner import plan
from foveal.kernels.program import Program, opened
from foveal.kernels.room import floats
from foveal.kernels.sameness import Sameness
from foveal.kernels.updates import Update
from foveal.train.config import Config
from foveal.train.losses import cross_entropy
from foveal.train.metrics import accuracy_tally
from foveal.train.state import TrainState
from foveal.train.step import loss_of_rows, penalty, total_of, train_step
from foveal.train.task import Task


class Native:
    """`train_step` on kernels; what they cannot run, a batch of one value a channel for instance, PyTorch does.

    The network is planned at the first batch. Weights, buffers and the optimizer's memory stay PyTorch's own tensors,
    so that whatever looks at them between two steps sees what it would see without kernels.
    """

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.program: Program | None = None
        self.mixed: Mixed | None = None
        self.update: Update | None = None
        self.fused = False  # whether the kernels make the update
        self.same: Sameness | None = None  # once the network is planned

    def __call__(
        self, state: TrainState, batch: Batch, task: Task, config: Config, penalised: Sequence[Tensor]
    ) -> Tensor:
        """Update the weights; return the sums of the batch."""
        return self.chosen(state, batch, task, config)(state, batch, task, config, penalised)

    def chosen(self, state: TrainState, batch: Any, task: Task, config: Config) -> Callable[..., Tensor]:
        """Choose how a batch takes its step; whoever takes it has none of this between the loop and the layers."""
        program = self._ready(state, batch, task, config)
        if program is not None:
            return partial(self._whole, program)
        return train_step if self.mixed is None else partial(train_step, calls=self.mixed.calls)

    def _whole(
        self,
        program: Program,
        state: TrainState,
        batch: Batch,
        task: Task,
        config: Config,
        penalised: Sequence[Tensor],
    ) -> Tensor:
        if self.update is None or state.position == 0:  # the optimizer's memory may have been put back meanwhile
            self.update = Update(state.optimizer, program.gradients, set(penalised))
            self.fused = self.update.look() and config.clip_norm is None
        with torch.no_grad():
            term = penalty(penalised, config.l2) if config.l2 else None  # of the weights before the update
            held, out = self._describe(program, self.update, batch, task, config)
            work = UPDATE if self.fused else 0
            if out is None:
                program.run(PACK | FORWARD | LOSS | BACKWARD | work)
                sums = torch.tensor(program.call.sums[:], dtype=torch.float64)
            else:
                program.run(PACK | FORWARD)
                sums = _loss_by_torch(program, out, batch, task)
                program.run(BACKWARD | work)
            del held
            if not self.fused:
                _update(program, state, config, penalised)
        if term is not None:
            sums[0] += term
        sums[0] *= sums[1]
        return sums

    def _ready(self, state: TrainState, batch: Batch, task: Task, config: Config) -> Program | None:
        """Give what runs the whole network, opened anew if that is no longer what it was; None where PyTorch does."""
        watched = config.watched or state.position == 0
        if self.same is None or (watched and not (self.same.holds(state.net) and self._trains_all())):
            self._open(state, batch, task)
        if self.program is not None:
            seen = self.program.seen
            if not self.program.bind():
                self._open(state, batch, task)
            elif self.program.seen is not seen:
                self.update = None  # it looks where the tensors lie, too
        return self.program if self.program is not None and self.program.takes(batch.x[0]) else None

    def _trains_all(self) -> bool:
        """Tell whether no weight was frozen or given a hook since the kernels took it."""
        weights = () if self.program is None else self.program.gradients
        return all(w.requires_grad and not (w._backward_hooks or w._post_accumulate_grad_hooks) for w in weights)

    def _open(self, state: TrainState, batch: Batch, task: Task) -> None:
        """Plan the network and open what the kernels know of it."""
        self.same, self.program, self.mixed, self.update = Sameness(state.net), None, None, None
        if len(batch.x) > 1 or task.run:
            return
        found = plan(state.net, batch.x[0].shape[1:])
        if not found.whole or found.library is None:
            self.mixed = Mixed(found, self.rows, state.threads) if found.some else None
            return
        read = found.library, found.reading.blocks, self.rows, state.threads
        self.program = opened(*read, trains=True, standardize=found.standardize)

    def _describe(
        self, program: Program, update: Update, batch: Batch, task: Task, config: Config
    ) -> tuple[Sequence[Any], Tensor | None]:
        """Describe the step in the call; give what must stay until then, and the outputs if PyTorch reads them."""
        x, y = batch.x[0], batch.y[0]
        held = [program.load(x, training=True), program.draw(len(x))]
        program.count()
        call = program.call
        if self.fused:
            update.describe(call, config.l2)
        smoothing = _smoothing(task)
        mixed = batch.mixed is not None
        if smoothing is None or mixed or y.dtype != torch.int64 or len(program.out_shape) > 1:
            held += [weight.detach() for weight in program.gradients]  # BACKWARD reads there, should they move
            out = floats(len(x), *program.out_shape)
            call.out = out.data_ptr()
            return held, out
        weight = None if batch.weight is None else batch.weight.float()
        call.labels, call.smoothing, call.total = y.data_ptr(), smoothing, float(total_of(batch))
        call.row_weights = None if weight is None else weight.data_ptr()
        return [*held, y, weight], None


def native(state: TrainState, rows: int, config: Config) -> Native | None:
    """Give a step on kernels for batches of up to `rows` rows, or None where the run's kind rules them out.

    Kernels give the outputs' gradient to the network alone, so a loss that has weights of its own is not theirs.
    """
    alone = config.processes.world == 1 and config.accumulate == 1
    own = any(weight.requires_grad for weight in state.loss.parameters()) if state.loss is not None else False
    if own or not config.kernels or not alone or config.autocast is not None:
        return None
    return Native(rows)


def _smoothing(task: Task) -> float | None:
    """Give the label smoothing of the cross-entropy, None for another loss or another score than the accuracy."""
    if task.tally is not accuracy_tally:
        return None
    loss = task.loss
    if loss is cross_entropy:
        return 0.0
    is_smoothed = isinstance(loss, partial) and loss.func is cross_entropy and loss.keywords.keys() == {"smoothing"}
    return float(loss.keywords["smoothing"]) if is_smoothed else None  # type: ignore[attr-defined]


def _loss_by_torch(program: Program, out: Tensor, batch: Batch, task: Task) -> Tensor:
    """Let PyTorch make the loss, the tally and the outputs' gradient of the outputs."""
    with torch.enable_grad():
        out.requires_grad_()
        seen = out.movedim(-1, 1)  # of dense outputs: the same
        loss = loss_of_rows(task, seen, batch) / total_of(batch)
        (gradient,) = torch.autograd.grad(loss, out)
    program.keep_gradient(gradient)
    return torch.cat((loss.detach()[None].double(), task.tally(seen.detach(), *batch.y, weight=batch.weight)))


def _update(program: Program, state: TrainState, config: Config, penalised: Sequence[Tensor]) -> None:
    """Let the optimizer make its step from the gradients where they lie."""
    for weight, gradient in program.gradients.items():
        weight.grad = gradient
    if config.l2:
        for weight in penalised:
            program.gradients[weight].add_(weight, alpha=2 * config.l2)
    if config.clip_norm is not None:
        nn.utils.clip_grad_norm_(state.net.parameters(), config.clip_norm)
    state.optimizer.step()
