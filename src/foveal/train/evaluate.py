"""Inference: outputs, loss and score without gradients."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from foveal.data.batches import Batches
from foveal.data.store import Store
from foveal.train.config import Config
from foveal.train.step import penalised_weights, penalty, weighted_sum
from foveal.train.task import Task

#: Input values a batch in inference: large enough to keep the cores busy, small enough for its feature maps' memory.
INFERENCE_VALUES = 2**16


def rows_at_once(row_values: int) -> int:
    """Choose the rows of a batch in inference from the values of one row.

    >>> rows_at_once(28 * 28), rows_at_once(3 * 512 * 512)
    (83, 1)
    """
    return max(1, min(1024, INFERENCE_VALUES // max(1, row_values)))


def outputs(net: nn.Module, inputs: Store, rows: int, autocast: torch.dtype | None = None) -> Iterator[Tensor]:
    """Yield the network's outputs for all rows in order, `rows` at a time, on the CPU."""
    net.eval()
    device = next((p.device for p in net.parameters()), torch.device("cpu"))
    for first in range(0, len(inputs), rows):
        index = torch.arange(first, min(first + rows, len(inputs)), device=device)
        with torch.inference_mode(), torch.autocast(device.type, autocast, enabled=autocast is not None):
            out = net(inputs.gather(index))
        yield (out.float() if autocast is not None else out).cpu()


def evaluate(net: nn.Module, batches: Batches, task: Task, config: Config) -> tuple[float, float]:
    """Give loss (with the L2 term) and score of `net` in inference mode."""
    net.eval()
    loss, sums = torch.zeros(()), torch.zeros(())
    for x, y, weight in batches.epoch(0):
        with torch.inference_mode():
            with torch.autocast(x.device.type, config.autocast, enabled=config.autocast is not None):
                out = net(x)
            out = out.float() if config.autocast is not None else out
            loss = loss + weighted_sum(task.loss(out, y), weight, len(x)).double()
            sums = sums + task.tally(out, y, weight)
    with torch.no_grad():
        l2 = float(penalty(penalised_weights(net), config.l2)) if config.l2 else 0.0
    return float(loss / sums[0]) + l2, task.score(sums)
