"""Inference: outputs, loss and score without gradients."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, nullcontext

import torch
from torch import Tensor, nn

from foveal.core.daemon_exit import stop_if_left
from foveal.data.batches import Batches
from foveal.data.store import Parts
from foveal.kernels.inference import open_answers
from foveal.train.config import Config
from foveal.train.measures import Collected
from foveal.train.state import no_sums
from foveal.train.step import loss_of_rows, penalised_weights, penalty
from foveal.train.steps.answers import CapturedAnswers
from foveal.train.steps.recordings import Recordings
from foveal.train.task import Task

#: Values of the largest feature map of a batch in inference. Enough rows keep the cores busy; more of them make maps
#: that no cache holds, and memory that is mapped anew each time: 512 rows of 28x28 took twice the time of 8 times 64.
MAP_VALUES = 2**21
#: The same on a GPU, whose memory is as fast as a cache, and where each batch is a wait: on an H100 20,000 rows of
#: 28x28 took 106 ms 83 at a time, 28 in batches of 1,024 and 13 in batches of 8,192.
GPU_MAP_VALUES = 2**25


def rows_at_once(row_values: int, map_values: int | None = None, device: str = "cpu") -> int:
    """Choose the rows of a batch in inference from the values of one row's largest feature map.

    Where that is not known it is taken to be 32 times the row.

    >>> rows_at_once(28 * 28), rows_at_once(3 * 32 * 32, 16 * 32 * 32), rows_at_once(3 * 512 * 512)
    (83, 128, 1)
    >>> rows_at_once(28 * 28, device="cuda")
    1337
    """
    values, most = (GPU_MAP_VALUES, 8192) if device == "cuda" else (MAP_VALUES, 1024)
    return max(1, min(most, values // max(1, map_values or 32 * row_values)))


def outputs(
    net: Callable[..., Tensor], batches: Iterable[Parts], autocast: torch.dtype | None = None
) -> Iterator[Tensor]:
    """Yield the outputs of a network that is in inference mode, for one batch after the other, on the CPU."""
    for x in batches:
        lowered = nullcontext() if autocast is None else torch.autocast(x[0].device.type, autocast)
        with torch.no_grad(), lowered:
            out = net(*x)
        low = out.dtype in (torch.bfloat16, torch.float16)  # which NumPy does not know, or computes slowly in
        yield (out.float() if low else out).detach().cpu()


def evaluate(
    net: nn.Module,
    batches: Batches,
    task: Task,
    config: Config,
    pause: Callable[[], bool] = lambda: False,
    threads: int = 1,
    recordings: Recordings | None = None,
) -> tuple[float, dict[str, float]] | None:
    """Give loss (with the L2 term) and scores of `net` in inference mode; None if `pause` says so after a batch.

    Scores are the task's and, after them, the measures that were asked for.

    `threads` are those of compiled kernels; `recordings` hold the network's recorded passes, if they are captured.
    """
    net.eval()
    compute = None if recordings is None else _recorded(net, batches.batch_size, recordings)
    total, collected = no_sums(), Collected(config.measures)
    with closing(batches.epoch(0)) as epoch:
        for batch in epoch:
            compute = compute or _computing(net, batch.x, task, config, threads)
            with torch.no_grad():  # inference_mode would leave tensors in a user's modules that cannot be trained on
                with torch.autocast(batch.x[0].device.type, config.autocast, enabled=config.autocast is not None):
                    out = task.run(net, batch) if task.run else compute(*batch.x)
                out = out.float() if config.autocast is not None else out
                loss = loss_of_rows(task, out, batch)[None].double()
                total = total + torch.cat((loss, task.tally(out, *batch.y, weight=batch.weight)))
                collected.add(out, batch)
            if pause():
                return None
            stop_if_left()
    config.processes.add(total)
    loss, sums = total[0], total[1:]
    with torch.no_grad():
        l2 = float(penalty(penalised_weights(net), config.l2)) if config.l2 else 0.0
    return float(loss / sums[0]) + l2, {**task.scores(sums), **collected.values(config.processes)}


def _recorded(net: nn.Module, rows: int, recordings: Recordings) -> Callable[..., Tensor]:
    recordings.begin()
    return CapturedAnswers(net, rows, recordings)


def _computing(net: nn.Module, x: Parts, task: Task, config: Config, threads: int) -> Callable[..., Tensor]:
    """Choose what computes the outputs of batches like `x`."""
    if not config.kernels or config.autocast is not None or task.run or len(x) > 1:
        return net
    return open_answers(net, tuple(x[0].shape[1:]), len(x[0]), threads) or net
