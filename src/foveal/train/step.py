"""One update of the weights."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, pairwise

import torch
from torch import Tensor, nn

from foveal.core.errors import ParameterError
from foveal.core.shares import part_bounds
from foveal.data.batches import Batch, rows_between
from foveal.train.config import Config
from foveal.train.state import TrainState
from foveal.train.task import Task

#: Layers whose weights the L2 term counts: convolution and dense, not biases, not batch norm.
_PENALISED = (nn.Linear, nn.modules.conv._ConvNd)


def train_step(
    state: TrainState,
    batch: Batch,
    task: Task,
    config: Config,
    penalised: Sequence[Tensor],
    calls: Callable[[list[Tensor]], Iterable[tuple[int, Callable[[], Tensor]]]] | None = None,
) -> Tensor:
    """Forward, backward, update; return the sums of the batch: loss times weight, then the task's tally.

    `calls` stands for the network where parts of it run elsewhere: it is given the inputs and yields what is to be
    computed, one after the other, and the place of the result; that of the last one is the output.
    Where processes train together, the sums are those of all their rows. Nothing here waits for the device: the sums
    are tensors that are read once an epoch.
    """
    state.optimizer.zero_grad(set_to_none=True)
    total = total_of(batch)
    sums = []
    for part in _parts(batch, config):
        with torch.autocast(part.x[0].device.type, config.autocast, enabled=config.autocast is not None):
            if calls is None or task.run:
                out = task.run(state.net, part) if task.run else state.net(*part.x)
            else:
                held = list(part.x)
                for place, call in calls(held):
                    held[place] = out = call()
        loss = loss_of_rows(task, _full(out), part) / total
        torch.autograd.backward(loss)
        loss = loss.detach()
        sums.append(torch.cat((loss[None].double(), task.tally(out.detach(), *part.y, weight=part.weight))))
    result = sums[0] if len(sums) == 1 else torch.stack(sums).sum(0)
    config.processes.add_gradients(state.weights, result)
    if config.l2:
        term = penalty(penalised, config.l2)
        if term.requires_grad:  # else all of them are frozen
            torch.autograd.backward(term)
        result[0] += term.detach()
    if config.clip_norm is not None:
        nn.utils.clip_grad_norm_(state.weights, config.clip_norm)
    state.optimizer.step()
    result[0] *= result[1]  # the mean loss of the batch counts with the batch's weight
    return result


def loss_of_rows(task: Task, out: Tensor, batch: Batch) -> Tensor:
    """Add up the losses of a batch's rows, each times its weight; a share of a batch may have no rows.

    Of two rows in one it is the share that was kept of the loss and weight of the one, and the rest of the other's.
    """
    n_rows, mixed = len(batch.x[0]), batch.mixed
    if not n_rows:
        return out.sum() * 0  # a mean over no rows, which a user's function may take, is not a number
    if mixed is None:
        return weighted_sum(task.loss(out, *batch.y), batch.weight, n_rows)
    halves = (batch.y, batch.weight, mixed.kept), (mixed.y, mixed.weight, 1 - mixed.kept)
    shares = [(y, share if weight is None else share * weight) for y, weight, share in halves]
    return torch.stack([weighted_sum(task.loss(out, *y), weight, n_rows) for y, weight in shares]).sum()


def weighted_sum(losses: Tensor, weight: Tensor | None, n_rows: int) -> Tensor:
    """Add up row losses; a mean (a user's function may give it) stands for all its rows, if they count alike."""
    if losses.ndim == 0 and weight is not None:
        raise ParameterError(
            f"loss must return one loss a row, ({n_rows},), where rows are weighted (sample_weight, class_weight) or "
            "mixed (mixup, cutmix), but it returned their mean"
        )
    if losses.ndim == 0:
        return losses * n_rows
    return losses.sum() if weight is None else (losses * weight).sum()


def penalised_weights(net: nn.Module) -> list[Tensor]:
    """List the weights that the L2 term counts: those of all convolutions and dense layers.

    Layers of ours that are neither, and have such weights, name them as `penalised`.

    Where a weight is computed from others, as under weight norm, those others count: to ask for it would compute it,
    which moves spectral norm's vectors, and leave the term a graph of an earlier step.
    """
    counted = [weight for m in net.modules() if isinstance(m, _PENALISED) for weight in _weights_of(m)]
    return counted + [getattr(m, name) for m in net.modules() for name in getattr(m, "penalised", ())]


def _weights_of(layer: nn.Module) -> list[Tensor]:
    own = layer._parameters.get("weight")
    made_of = ("weight_", "parametrizations.weight.")
    return [w for name, w in layer.named_parameters() if name.startswith(made_of)] if own is None else [own]


def penalty(weights: Sequence[Tensor], l2: float) -> Tensor:
    """Give the L2 term: l2 * sum of squared weights."""
    return l2 * torch.stack([w.square().sum() for w in weights]).sum()


def total_of(batch: Batch) -> float | Tensor:
    """Give the weight of a batch, with the rows that other processes have; 1 for one without, which has no gradient."""
    rows, weight = batch.whole or (len(batch.x[0]), None if batch.weight is None else batch.weight.sum())
    return float(rows) if weight is None else torch.where(weight > 0, weight, 1.0)


def _parts(batch: Batch, config: Config) -> Iterator[Batch]:
    """Split a batch for gradient accumulation."""
    shared, whole = config.processes.shared, batch.whole
    if whole is None and config.accumulate == 1:
        yield batch
        return
    if whole is None:
        bounds = part_bounds(len(batch.x[0]), config.accumulate)
    else:
        spans = config.processes.share(config.accumulate).spans(whole.rows)
        bounds = list(pairwise(accumulate((span.stop - span.start for span in spans), initial=0)))
    for number, (a, b) in enumerate(bounds):
        if whole is not None:
            shared.span = spans[number]
        yield rows_between(batch, a, b)


def _full(out: Tensor) -> Tensor:
    """Raise outputs of lower precision for the loss."""
    return out.float() if out.dtype in (torch.bfloat16, torch.float16) else out
