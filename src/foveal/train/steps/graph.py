"""What a captured step needs of a graph, and CUDA's."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol, Self

import torch
from torch import Tensor

from foveal.core.garbage import uncollected

#: PyTorch allows one capture at a time in a process.
_CAPTURING = threading.Lock()


class Graph(Protocol):
    """Work that is recorded without being done, and done as often as it is replayed, on the same memory."""

    def warm_up(self, work: Callable[[], Tensor]) -> Tensor:
        """Do the work in the ordinary way, where it will be recorded."""
        ...

    def record(self, work: Callable[[], Tensor], *drawn: torch.Generator) -> Tensor:
        """Record the work and give the memory of its result; the generators it draws from are seeded for each replay.

        A number that it draws is then a function of the seed and of what is drawn before it, as in ordinary work.
        """
        ...

    def replay(self) -> None:
        """Do the recorded work."""
        ...

    def sibling(self) -> Self:
        """Make a graph for other work, which is never done at the same time: both may use the same memory."""
        ...


class CudaGraph:
    """A `torch.cuda.CUDAGraph` in a stream of its own, as PyTorch's notes on CUDA semantics make it.

    Warm-up and capture share the stream: what is made for a stream at its first use cannot be made in a capture.
    Siblings share it too, without which their pool would share nothing. They may be replayed in any order, since none
    reads what another has left (PyTorch's pull request 166975).
    """

    def __init__(self, device: torch.device, like: "CudaGraph | None" = None) -> None:
        self.device, self.graph = device, torch.cuda.CUDAGraph()
        self.stream: torch.cuda.Stream
        self.pool: Any  # a name for memory, which is taken when something is captured in it
        if like is None:
            self.stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
            self.pool = torch.cuda.graph_pool_handle()
        else:
            self.stream, self.pool = like.stream, like.pool

    def warm_up(self, work: Callable[[], Tensor]) -> Tensor:
        """Do the work in the stream of the capture, after all that is under way."""
        current = torch.cuda.current_stream(self.device)
        self.stream.wait_stream(current)
        with torch.cuda.stream(self.stream):
            done = work()
        current.wait_stream(self.stream)
        return done

    def record(self, work: Callable[[], Tensor], *drawn: torch.Generator) -> Tensor:
        """Capture the work; a registered generator's seed and offset are copied to the GPU before each replay."""
        for rng in drawn:
            self.graph.register_generator_state(rng)
        current = torch.cuda.current_stream(self.device)
        with (
            _CAPTURING,
            uncollected(),  # a graph that the collector destroys breaks a capture (PyTorch's pull request 161037)
            torch.cuda.device(self.device),
            self._mended(),
            torch.cuda.stream(current),  # gives the stream back: `graph` does not where its capture fails
            # Other threads may go on using the GPU; the default would make them fail. PyTorch's compiler does so too.
            torch.cuda.graph(self.graph, pool=self.pool, stream=self.stream, capture_error_mode="thread_local"),
        ):
            return work()

    @contextmanager
    def _mended(self) -> Iterator[None]:
        """Where a capture fails, end what PyTorch (to 2.11 and later) leaves begun, for good.

        Its default generator would refuse every number to come, and its allocator ask a graph that is no more.
        """
        rng = torch.cuda.default_generators[torch.cuda.current_device()]
        before, captured = rng.get_state(), False
        try:
            yield
            captured = True
        finally:
            if not captured:
                fresh = torch.Generator(rng.device)
                fresh.set_state(before)
                rng.graphsafe_set_state(fresh.graphsafe_get_state())
                with suppress(RuntimeError):  # it has ended by itself
                    torch._C._cuda_endAllocateToPool(torch.cuda.current_device(), self.pool)

    def replay(self) -> None:
        """Launch the graph in the present stream."""
        self.graph.replay()

    def sibling(self) -> "CudaGraph":
        """Make a graph of the same stream and pool."""
        return CudaGraph(self.device, self)
