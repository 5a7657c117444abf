"""A network's outputs as recorded work, for validation and prediction: batches of full size are replayed."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from foveal.data.batches import Batches
from foveal.data.store import Parts
from foveal.train.config import Config
from foveal.train.state import TrainState
from foveal.train.steps.graph import CudaGraph, Graph
from foveal.train.steps.recordings import FEWEST, Recording, Recordings
from foveal.train.task import Task


class CapturedAnswers:
    """Compute what `compute` does, a network in inference, for batches of any size; outputs hold until the next call.

    Batches of `rows` rows are replayed once they have come some times, those of each length of rows by a recording of
    their own.
    """

    def __init__(self, compute: Callable[..., Tensor], rows: int, recordings: Recordings) -> None:
        self.compute, self.rows, self.recordings = compute, rows, recordings

    def __call__(self, *x: Tensor) -> Tensor:
        """Give the outputs of a batch."""
        ordinary = partial(self.compute, *x)
        if len(x[0]) != self.rows:
            return ordinary()
        return self.recordings.run(tuple(part.shape for part in x), x, ordinary, partial(self._record, x))

    def _record(self, x: Parts, graph: Graph) -> Recording:
        kept = [part.clone() for part in x]

        def fill(new: Parts) -> None:
            for old, part in zip(kept, new, strict=True):
                old.copy_(part)

        return Recording(graph, graph.record(partial(self.compute, *kept)), fill)


def validation_recordings(state: TrainState, valid: Batches | None, task: Task, config: Config) -> Recordings | None:
    """Give what holds the recordings of a run's validations; None where they are not captured.

    As for steps: what the user brought is not, and too few batches are not worth it.
    """
    if valid is None or task.run or not config.capture or config.borrow_generator or config.processes.world > 1:
        return None
    full = sum(stop - start == valid.batch_size for start, stop in valid.bounds())
    if valid.device.type != "cuda" or full * (config.n_epochs - state.epoch) < FEWEST:
        return None
    return Recordings(
        partial(CudaGraph, valid.device),
        lambda: [*state.result.parameters(), *state.result.buffers()],
        "the validation",
        "it goes on with ordinary passes",
    )


def captured_prediction(
    compute: Callable[..., Tensor], rows: int, n_rows: int, device: torch.device
) -> Callable[..., Tensor]:
    """Give what computes as `compute` does for `n_rows` rows, `rows` at a time: captured where that is worth it.

    The recording lives as long as the call that predicts, so that none can be older than the network.
    """
    if n_rows // rows < FEWEST:
        return compute
    graphs = partial(CudaGraph, device)
    return CapturedAnswers(
        compute, rows, Recordings(graphs, list, "the prediction", "the rows are predicted in ordinary passes")
    )
