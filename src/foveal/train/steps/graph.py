"""What a captured step needs of a graph, and CUDA's."""

import threading
from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

#: PyTorch allows one capture at a time in a process.
_CAPTURING = threading.Lock()


class Graph(Protocol):
    """Work that is recorded without being done, and done as often as it is replayed, on the same memory."""

    def warm_up(self, work: Callable[[], Tensor]) -> Tensor:
        """Do the work in the ordinary way, where it will be recorded."""
        ...

    def record(self, work: Callable[[], Tensor], rng: torch.Generator) -> Tensor:
        """Record the work and give the memory of its result; `rng` is seeded before each replay."""
        ...

    def replay(self) -> None:
        """Do the recorded work."""
        ...


class CudaGraph:
    """A `torch.cuda.CUDAGraph` in a stream of its own, as PyTorch's notes on CUDA semantics make it.

    Warm-up and capture share the stream: what is made for a stream at its first use cannot be made in a capture.
    """

    def __init__(self, device: torch.device) -> None:
        self.device, self.graph = device, torch.cuda.CUDAGraph()
        self.stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def warm_up(self, work: Callable[[], Tensor]) -> Tensor:
        """Do the work in the stream of the capture, behind all that is under way."""
        current = torch.cuda.current_stream(self.device)
        self.stream.wait_stream(current)
        with torch.cuda.stream(self.stream):
            done = work()
        current.wait_stream(self.stream)
        return done

    def record(self, work: Callable[[], Tensor], rng: torch.Generator) -> Tensor:
        """Capture the work; a registered generator's seed and offset are copied to the GPU before each replay."""
        self.graph.register_generator_state(rng)
        current = torch.cuda.current_stream(self.device)
        with (
            _CAPTURING,
            torch.cuda.device(self.device),
            torch.cuda.stream(current),  # gives the stream back: `graph` does not where its capture fails
            # Other threads may go on using the GPU; the default would make them fail. PyTorch's compiler does so too.
            torch.cuda.graph(self.graph, stream=self.stream, capture_error_mode="thread_local"),
        ):
            return work()

    def replay(self) -> None:
        """Launch the graph in the present stream."""
        self.graph.replay()
