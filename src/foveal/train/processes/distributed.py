"""Several processes that train one network together: the only user of `torch.distributed`.

Each process has the same network and a share of each batch's rows. Gradients are added up after the backward pass, so
that all make the same update, and what a step leaves is the same everywhere: weights, statistics, sums, history.

Deviation from `torch.nn.parallel.DistributedDataParallel`, which the network is not wrapped in: DDP averages the
gradients of equal shares, where ours may have any sizes and weights; and it rebuilds its buckets after the first
step, so that a run that goes on from a checkpoint adds up in another order than the unbroken one, and other bits come
out. Here the layout is the order of the weights. What DDP wins by sending while it still computes is given up.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from itertools import count
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from foveal.core import errors
from foveal.core.errors import FovealError, ParameterError, ResourceError
from foveal.core.shares import Share, Shared, Span
from foveal.train.processes.gradients import by_dtype, flatten, spread
from foveal.train.processes.rendezvous import common_name

#: How long a process waits for another one that is silent. One that died is noticed at once: its connections close.
TIMEOUT = timedelta(minutes=2)
#: On a GPU a question to all is asked at every so many-th call: an answer takes as long as a small network's step.
ASKED_EVERY = 8

#: What a launcher tells each process, beside their number.
_TOLD = ("RANK", "MASTER_ADDR", "MASTER_PORT")
_FITS = count()  # each group needs names of its own in the store where its processes meet


@dataclass(frozen=True)
class Processes:
    """One process among those that train together; alone, everything here gives back what it is given.

    `local` is its number on this machine, by which it takes a GPU. `host` is the group for values in ordinary memory.
    """

    rank: int = 0
    world: int = 1
    local: int = 0
    host: Any = None
    shared: Shared = field(default_factory=lambda: Shared(Span(0, 0, 0), lambda x: x), compare=False)

    def share(self, parts: int = 1) -> Share:
        """Say which rows of a batch of so many parts are this process's."""
        return Share(self.rank, self.world, parts)

    def add(self, *tensors: Tensor) -> None:
        """Add tensors up over the processes, in place; they are under way at the same time."""
        if self.world > 1:
            with _telling():
                for work in [dist.all_reduce(t, async_op=True) for t in tensors]:
                    work.wait()

    def add_gradients(self, weights: Sequence[Tensor], sums: Tensor) -> None:
        """Add up the gradients of all weights, and beside them the sums of a batch."""
        if self.world > 1:
            groups = by_dtype(weights)
            flat = {dtype: flatten(weights) for dtype, weights in groups.items()}
            self.add(sums, *flat.values())
            for dtype, weights in groups.items():
                spread(flat[dtype], weights)

    def gathered(self, table: Tensor) -> Tensor:
        """Lay the tables of all processes one below the other; each may have any number of lines."""
        if self.world == 1:
            return table
        lines = torch.zeros(self.world, dtype=torch.int64, device=table.device)
        lines[self.rank] = len(table)
        self.add(lines)
        first = int(lines[: self.rank].sum())
        whole = table.new_zeros(int(lines.sum()), *table.shape[1:])
        whole[first : first + len(table)] = table
        self.add(whole)
        return whole

    def greatest(self, *numbers: float) -> list[float]:
        """Give the greatest of each process's numbers, by place."""
        if self.world == 1:
            return list(numbers)
        values = torch.tensor(numbers, dtype=torch.float64)
        with _telling():
            dist.all_reduce(values, dist.ReduceOp.MAX, group=self.host)
        return [float(value) for value in values]

    def agreeing(self, asked: Callable[..., bool], device: torch.device) -> Callable[..., bool]:
        """Make of a question one that all processes ask together: yes, if one of them says so."""
        if self.world == 1:
            return asked
        calls, every = count(1), 1 if device.type == "cpu" else ASKED_EVERY

        def ask(*arguments: Any) -> bool:
            wish = asked(*arguments)
            return next(calls) % every == 0 and self.greatest(wish)[0] > 0

        return ask

    def from_first(self, work: Callable[[], bytes]) -> bytes:
        """Let process 0 do some work and give its result to all; an error of ours is raised by all of them."""
        if self.world == 1:
            return work()
        kind, content = "", b""
        if self.rank == 0:
            try:
                content = work()
            except FovealError as error:
                kind, content = type(error).__name__, str(error).encode()
        kind, content = self._told(kind.encode()).decode(), self._told(content)
        if kind:
            raise getattr(errors, kind)(content.decode())
        return content

    def _told(self, content: bytes) -> bytes:
        """Send bytes from process 0 to all."""
        size = torch.tensor(len(content))
        with _telling():
            dist.broadcast(size, 0, group=self.host)
            sent = torch.empty(int(size), dtype=torch.uint8)
            if self.rank == 0:
                sent = torch.frombuffer(bytearray(content), dtype=torch.uint8) if content else sent
            dist.broadcast(sent, 0, group=self.host)
        return sent.numpy().tobytes()

    def check_same(self, digest: bytes, what: str) -> None:
        """Raise `ParameterError` if some process has another digest than process 0."""
        if self.world > 1:
            differs = self.greatest(digest != self.from_first(lambda: digest))[0] > 0
            if differs:
                raise ParameterError(
                    f"{what} are not the same in all {self.world} processes; give each the same data, parameters, "
                    "versions and kind of processor, and seed whatever they are made from"
                )


ALONE = Processes()


@contextmanager
def joined() -> Iterator[Processes]:
    """Give this process among those that torchrun started with it, or among those of a group that is there already.

    torchrun says who they are by WORLD_SIZE, RANK, LOCAL_RANK, MASTER_ADDR and MASTER_PORT; without them, or with one
    process, there is nothing to join. What is made here is taken down again.
    Raises `ResourceError` if the others do not come.
    """
    there = dist.is_available() and dist.is_initialized()
    if not there and int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield ALONE
        return
    if not there:
        _meet()
    try:
        yield _here(None if "gloo" in str(dist.get_backend_config()) else dist.new_group(backend="gloo"))
    finally:
        if not there:
            dist.destroy_process_group()


def _here(host: Any) -> Processes:
    local = int(os.environ.get("LOCAL_RANK", dist.get_rank()))
    processes = Processes(dist.get_rank(), dist.get_world_size(), local, host)

    def added(x: Tensor) -> Tensor:
        processes.add(x)
        return x

    processes.shared.add = added
    return processes


def _meet() -> None:
    """Make a group of the processes in the environment: gloo between processors, NCCL between GPUs."""
    missing = [name for name in _TOLD if name not in os.environ]
    if missing:
        raise ResourceError(
            f"WORLD_SIZE={os.environ['WORLD_SIZE']} says that processes train together, but {', '.join(missing)} "
            "of the environment does not say how to find them; start them with torchrun, or remove WORLD_SIZE"
        )
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() and dist.is_nccl_available() else "gloo"
    rank, world = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    with _telling():
        store = dist.distributed_c10d.PrefixStore(f"foveal fit {next(_FITS)}", _store(rank, world))
        dist.init_process_group(backend, store=store, rank=rank, world_size=world, timeout=TIMEOUT)


@cache
def _store(rank: int, world: int) -> Any:
    """Give the store where the processes meet, one for all fits: process 0 serves it unless torchrun does."""
    from torch.distributed.rendezvous import rendezvous  # not there where torch was built without it

    store, _, _ = next(rendezvous("env://", timeout=TIMEOUT))
    name = common_name(store, rank, world, TIMEOUT.total_seconds())
    return dist.distributed_c10d.PrefixStore(name, store)


@contextmanager
def _telling() -> Iterator[None]:
    """Turn what torch says of a connection into an error of ours."""
    try:
        yield
    except (RuntimeError, ValueError, OSError) as error:  # torch's own errors of distribution are RuntimeErrors
        if isinstance(error, FovealError):
            raise
        cause = str(error).split("\n", 1)[0][:200]
        raise ResourceError(
            f"another process of this training is gone, or could not be reached ({cause}); look for what ended it, "
            "then start all of them again: with checkpoint=DIR training goes on from the last checkpoint"
        ) from error
