"""Work that is done again and again on memory of a few sizes: ordinarily at first, then recorded, then replayed."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Any, NamedTuple

from torch import Tensor

from foveal.core.warn import warn_user
from foveal.train.steps.graph import Graph

#: Ordinary turns in the stream of the capture before it: what is made at first use is then there (PyTorch's note
#: takes three).
WARM_UP = 3
#: Full batches below which a run is not worth a capture, which waits for the GPU and empties torch's cache: a guess.
FEWEST = 100
#: Recordings that are kept, of as many sizes; more of them would hold memory for batches that hardly ever come.
MOST = 16


class Recording(NamedTuple):
    """Recorded work, the memory of its result, and what puts a new batch where the work reads it."""

    graph: Graph
    result: Tensor
    fill: Callable[[Any], None]

    def __call__(self, inputs: Any) -> Tensor:
        """Do the work for what is given; the result holds until a recording is replayed again."""
        self.fill(inputs)
        self.graph.replay()
        return self.result


class Recordings:
    """The recordings of one kind of work, by the sizes of what it is given.

    All share a stream and a pool of memory, which is theirs in turn: results are to be read before the next replay.
    The least recently used is dropped where there would be more than `MOST`. Where a recording fails there is one
    warning, and the work is done ordinarily from then on.
    """

    def __init__(
        self, make_graph: Callable[[], Graph], touched: Callable[[], Iterable[Tensor]], work: str, instead: str
    ) -> None:
        self.make_graph, self.graph, self.touched = make_graph, make_graph(), touched
        self.work, self.instead = work, instead
        self.kept: OrderedDict[Hashable, Recording] = OrderedDict()
        self.seen: Counter[Hashable] = Counter()
        self.places: list[int] = []
        self.failed = False

    def begin(self) -> None:
        """Drop all that was recorded if the tensors that the work touches lie elsewhere now."""
        if self.kept and self.places != places(self.touched()):
            self.graph = self.make_graph()
            self.kept.clear()
            self.seen.clear()

    def run(
        self, key: Hashable, inputs: Any, ordinary: Callable[[], Tensor], record: Callable[[Graph], Recording]
    ) -> Tensor:
        """Do the work for what is given: by the recording of its key, which `record` makes when it is time."""
        if self.failed:
            return ordinary()
        if key not in self.kept and self.seen[key] < WARM_UP:
            self.seen[key] += 1
            return self.graph.warm_up(ordinary)
        recording = self.kept.get(key) or self._recorded(key, record)
        if recording is None:
            return ordinary()
        self.kept.move_to_end(key)
        return recording(inputs)

    def _recorded(self, key: Hashable, record: Callable[[Graph], Recording]) -> Recording | None:
        if len(self.kept) == MOST:
            dropped, _ = self.kept.popitem(last=False)
            del self.seen[dropped]  # it has to come often again
        if not self.kept:
            self.places = places(self.touched())
        try:
            self.kept[key] = record(self.graph.sibling() if self.kept else self.graph)
        except RuntimeError as error:  # torch's, of every kind: out of memory, an operation that cannot be captured
            self.failed = True
            self.kept.clear()
            cause = str(error.__context__ or error).split("\n", 1)[0]  # ending a broken capture fails once more
            warn_user(
                f"{self.work} could not be captured in a CUDA graph ({cause}); {self.instead}, which take longer; "
                "kernels='off' asks for them from the start"
            )
        return self.kept.get(key)


def places(tensors: Iterable[Tensor]) -> list[int]:
    """List the addresses of tensors."""
    return [tensor.data_ptr() for tensor in tensors]
