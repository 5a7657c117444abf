"""Which rows of a batch are whose, where several processes train together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor


class Span(NamedTuple):
    """The rows `start` to `stop` of `rows`: those that this process has of a part of a batch."""

    start: int
    stop: int
    rows: int


def part_bounds(rows: int, parts: int) -> list[tuple[int, int]]:
    """Split a batch for gradient accumulation; a part of one row joins the part before, as in `Batches`.

    >>> part_bounds(9, 4)
    [(0, 3), (3, 6), (6, 9)]
    """
    size = max(2, -(-rows // parts))
    starts = list(range(0, rows, size))
    if len(starts) > 1 and rows - starts[-1] == 1:
        starts.pop()
    return list(zip(starts, [*starts[1:], rows], strict=True))


@dataclass(frozen=True)
class Share:
    """What process `rank` of `world` takes of each batch: the rows [rank n / world, (rank + 1) n / world) of each part.

    A share may be empty. All processes together have each row once, whatever their number.
    """

    rank: int = 0
    world: int = 1
    parts: int = 1

    def spans(self, rows: int) -> list[Span]:
        """Give this process's rows of each part.

        >>> Share(1, 2, parts=2).spans(10)
        [Span(start=2, stop=5, rows=5), Span(start=2, stop=5, rows=5)]
        """
        sizes = [stop - start for start, stop in part_bounds(rows, self.parts)]
        return [Span(self.rank * n // self.world, (self.rank + 1) * n // self.world, n) for n in sizes]

    def cut(self, batch: Tensor) -> Tensor:
        r"""Take this process's rows, in the memory order of (N, C, \*S) channels-last where they are so.

        >>> import torch
        >>> Share(1, 2, parts=2).cut(torch.arange(10))
        tensor([2, 3, 4, 7, 8, 9])
        """
        firsts = [start for start, _ in part_bounds(len(batch), self.parts)]
        spans = self.spans(len(batch))
        if len(spans) == 1:
            return batch[spans[0].start : spans[0].stop]
        rows = batch.movedim(1, -1) if batch.ndim > 1 else batch
        pieces = [rows[first + span.start : first + span.stop] for first, span in zip(firsts, spans, strict=True)]
        own = torch.cat(pieces)
        return own.movedim(-1, 1) if batch.ndim > 1 else own


@dataclass
class Shared:
    """What an engine lends to layers that must know of the other processes' rows, one object for all of them.

    `span` is that of the part which goes through the network; `add` adds tensors up over the processes, in place.
    """

    span: Span
    add: Callable[[Tensor], Tensor]

    def slice_of(self, rows: int) -> tuple[int, int, int]:
        """Say where a layer's `rows` stand among those of all processes: start, stop, all.

        A layer may see several rows for each of the batch's, where a network has folded an axis into them.

        >>> Shared(Span(2, 4, 6), lambda x: x).slice_of(6)
        (6, 12, 18)
        """
        start, stop, whole = self.span
        times = rows // (stop - start) if stop > start else 1
        return start * times, start * times + rows, whole * times
