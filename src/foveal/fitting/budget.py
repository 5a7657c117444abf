"""What training takes of memory, held against what is free: who asks for too much is told which batch fits."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch

from foveal.core.errors import ResourceError, ran_out_of_memory
from foveal.core.free_memory import memory_for, shown_size
from foveal.data.source import Source, longest, row_bytes
from foveal.data.store import is_resident
from foveal.fitted.blame import explaining
from foveal.fitting.augmenting import rows_to_cut
from foveal.fitting.inputs import Machine
from foveal.models.kept_maps import kept_for_backward
from foveal.train import TrainState
from foveal.train.optim.table import kept_tensors

#: Measured on 13 networks and batches, training on PyTorch's kernels took 1.0 to 1.7 times the estimate: what is
#: refused would not have fitted (compiled ones took 0.5 for the plain stack, which nothing here knows of). A batch
#: that is recommended has this much room, beside the bytes that kernels and the allocator keep.
ROOM, KEPT = 2, 10**8


@dataclass(frozen=True)
class TrainingMemory:
    """The least that training takes beyond the network that is there already, in bytes, and what is free for it."""

    weights: int  # gradients, the optimizer's tensors, the copy of the weights that each epoch leaves
    row: int  # feature maps that one row of a step keeps for the gradients
    rows: int  # of a step
    data: int  # rows of X that are copied to the device
    free: int
    device: torch.device
    processes: int = 1  # that share each step's rows
    of_pieces: bool = False  # rows are numbers of pieces or items

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.row * self.rows + self.data

    def way_out(self) -> str:
        """Say what to change, and name the batch size that fits.

        >>> TrainingMemory(10**6, 10**6, 500, 0, 2 * 10**8, torch.device("cpu")).way_out()
        'use batch_size=49 or less'
        """
        if self.weights + self.row + self.data <= self.free and self.rows > 1:
            most = (self.free - self.weights - self.data - KEPT) // (ROOM * max(1, self.row))
            return f"use batch_size={max(1, min(_two_digits(most), self.rows // 2)) * self.processes} or less"
        if self.data and self.weights + self.row <= self.free:
            return "pass fewer rows, or X memory-mapped: np.load(file, mmap_mode='r')"
        if self.of_pieces:
            return "not even batch_size=1 fits; use a smaller net, or shorter rows (max_length, history_length)"
        return "not even batch_size=1 fits; use a smaller network (in_channels_list, in_features_list), or pooling"

    def __str__(self) -> str:
        maps, weights = shown_size(self.row * self.rows), shown_size(self.weights)
        parts = f"feature maps {maps}, gradients and optimizer {weights}, rows of X {shown_size(self.data)}"
        return f"a step of {self.rows:,} rows needs at least {shown_size(self.total)} ({parts})"


def training_memory(
    p: dict[str, Any],
    machine: Machine,
    state: TrainState,
    source: Source,
    n_train: int,
    n_valid: int = 0,
    processes: int = 1,
) -> TrainingMemory:
    r"""Estimate what training on `n_train` rows of a source takes; `n_valid` rows lie beside them.

    Several processes share the rows of a step; each holds weights and data.

    Raises `ResourceError` where even the least that it can take is more than is free.
    """
    autocast = torch.bfloat16 if machine.precision == "bfloat16" else None
    with explaining("net", p, "a row as long as the longest") if source.lengths is not None else nullcontext():
        row, _ = kept_for_backward(state.net, longest(source), autocast)
    trained = sum(w.nbytes for w in state.net.parameters() if w.requires_grad)
    held = sum(w.nbytes for net in (state.net, state.average) if net is not None for w in net.parameters())
    learnt, _ = rows_to_cut(source, p["augment"])
    size = machine.dtype.itemsize
    memory = TrainingMemory(
        weights=trained * (1 + (0 if state.optimizer.state else kept_tensors(p["optimizer"]))) + held,
        row=row,
        rows=-(-min(_rows_of_step(p, source), n_train) // (p["accumulate"] * processes)),
        data=n_train * row_bytes(learnt, size) + n_valid * row_bytes(source, size) if is_resident(source) else 0,
        free=0,
        device=machine.device,
        processes=processes,
        of_pieces=source.form[0].dtype == "int64",
    )
    memory = replace(memory, free=memory_for(memory.total, machine.device))
    if memory.total > memory.free:
        raise ResourceError(f"{memory}, but {shown_size(memory.free)} are free on {memory.device}; {memory.way_out()}")
    return memory


def _rows_of_step(p: dict[str, Any], source: Source) -> int:
    """Give the rows of an update; where batches are cut by their work, as many of the longest as one has."""
    rows = p["batch_size"]
    if p["batch_tokens"] is not None and source.lengths is not None and len(source.lengths):
        rows = min(rows, max(1, p["batch_tokens"] // int(source.lengths.max())))
    return int(rows * p["accumulate"])


@contextmanager
def answering(memory: TrainingMemory) -> Iterator[None]:
    """Turn memory that runs out in training, whoever says so, into a `ResourceError` with the way out."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not ran_out_of_memory(error):
            raise
        before = f"{shown_size(memory.free)} were free on {memory.device}"
        raise ResourceError(f"out of memory in training: {memory}, and {before}; {memory.way_out()}") from error


def _two_digits(number: int) -> int:
    """Round down to two digits, for a number that people type.

    >>> _two_digits(1234), _two_digits(7)
    (1200, 7)
    """
    unit = int(10 ** max(0, len(str(number)) - 2))
    return number // unit * unit
