"""Where rows lie while a network trains: in memory on the device, or where their source has them.

Both give out batches, a tensor for each part of a row, as (B, C, *S) in channels-last memory, gathered by index: no
loader, and no line of Python for a single row.
"""

from collections.abc import Generator, Sequence
from contextlib import closing
from copy import copy
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from foveal.core.forms import Part
from foveal.data.buckets import bucketed, put
from foveal.data.source import Array, Source

Parts = tuple[Tensor, ...]


class Store(Protocol):
    """What a store can do: tell its length and gather rows."""

    def __len__(self) -> int: ...

    def gather(self, index: Tensor) -> Parts:
        """Give the rows `index` as (B, C, *S) on the device."""
        ...

    def gathered(self, indices: Sequence[Tensor]) -> Generator[Parts, None, None]:
        """Give what `gather` gives for one index after the other; to be closed where not all are taken."""
        yield from map(self.gather, indices)

    def at(self, seed: int, epoch: int) -> "Store":
        """Give the rows as an epoch sees them, where their source reads them in another way in each."""
        return self


class Resident(Store):
    """Rows in the device's memory: uint8 as uint8, what counts or marks as it is, other numbers in the network's dtype.

    For sources whose rows are all of one shape.
    """

    parts: Parts

    def __init__(self, source: Source, dtype: torch.dtype, device: torch.device) -> None:
        blocks = zip(source.form, source.read(np.arange(len(source))), strict=True)
        self.parts = tuple(to_tensor(block, stored_dtype(part, dtype)).to(device) for part, block in blocks)

    @classmethod
    def holding(cls, *parts: Tensor) -> "Resident":
        r"""Make a store of tensors that lie on the device already, (N, \*S, C)."""
        store = cls.__new__(cls)
        store.parts = parts
        return store

    def __len__(self) -> int:
        return len(self.parts[0])

    def gather(self, index: Tensor) -> Parts:
        """Give the rows `index` as (B, C, *S)."""
        return tuple([part.index_select(0, index).movedim(-1, 1) for part in self.parts])


class Mapped(Store):
    """Rows of bytes in a file that is mapped into memory: gathered from where they lie, and not copied before.

    X holds them, (N, *S, C), those with `numbers` being the rows of this store, in their order. It may be a view of
    larger rows.
    """

    def __init__(self, X: Array, numbers: Array) -> None:
        self.rows = to_tensor(X, X.dtype) if X.flags.c_contiguous else torch.from_numpy(X)
        self.numbers = torch.from_numpy(numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    def gather(self, index: Tensor) -> Parts:
        """Give the rows `index` as (B, C, *S)."""
        return (self.rows.index_select(0, self.numbers.index_select(0, index)).movedim(-1, 1),)


class Streamed(Store):
    """Rows that stay in their source, a file for instance; only what is gathered is read and converted.

    With `workers` that many processes do both ahead of the training, for as long as `gathered` is run through. With
    `buckets` rows whose length varies are padded further, with zeros, to one of few lengths.
    """

    def __init__(
        self, source: Source, dtype: torch.dtype, device: torch.device, workers: int = 0, *, buckets: bool = False
    ) -> None:
        self.source, self.dtype, self.device, self.workers = source, dtype, device, workers
        lengths = source.lengths if buckets else None
        self.longest = None if lengths is None else int(lengths.max(initial=0))

    def __len__(self) -> int:
        return len(self.source)

    def at(self, seed: int, epoch: int) -> Store:
        """Give the rows as an epoch sees them."""
        seen = copy(self)
        seen.source = self.source.at(seed, epoch)  # type: ignore[attr-defined]
        return seen

    def gather(self, index: Tensor) -> Parts:
        """Give the rows `index` as (B, C, *S)."""
        return self._placed(self.read(index.cpu().numpy()))

    def gathered(self, indices: Sequence[Tensor]) -> Generator[Parts, None, None]:
        """Give what `gather` gives for one index after the other, read ahead by the workers if there are any."""
        if not self.workers or not indices:
            yield from map(self.gather, indices)
            return
        from foveal.data.workers import read_ahead  # what starts processes is loaded where there are any

        with closing(read_ahead(self.read, [index.cpu().numpy() for index in indices], self.workers)) as blocks:
            yield from map(self._placed, blocks)

    def read(self, index: Array) -> tuple[Array, ...]:
        r"""Give the rows `index` as (B, \*S, C) in memory, each read once, in the order of the source."""
        order = np.argsort(index, kind="stable")
        parts = []
        for part, block in zip(self.source.form, self._once(index[order]), strict=True):
            dtype = stored_dtype(part, self.dtype)
            if self.longest is None:
                out = np.empty(block.shape, dtype)
                out[order] = block
            else:
                out = np.zeros((len(block), *bucketed(part, block.shape[1:], self.longest)), dtype)
                put(block, out, order)
            parts.append(out)
        return tuple(parts)

    def _once(self, rows: Array) -> Sequence[Array]:
        """Read ascending rows, of which a balanced epoch may have some twice."""
        new = np.diff(rows, prepend=-1) > 0
        if new.all():
            return self.source.read(rows)
        place = np.cumsum(new) - 1
        return [block[place] for block in self.source.read(rows[new])]

    def _placed(self, blocks: Sequence[Array]) -> Parts:
        return tuple(torch.from_numpy(block).to(self.device).movedim(-1, 1) for block in blocks)


def store_of(
    source: Source, dtype: torch.dtype, device: torch.device, workers: int = 0, *, buckets: bool = False
) -> Store:
    """Keep the rows in the device's memory if reading them is cheap and they are all of one shape, else stream them.

    On the CPU rows that a source has mapped stay where they are.
    `buckets` is for rows whose length varies: `Streamed` says what it does.
    """
    if is_resident(source):
        lies = source.mapped() if device.type == "cpu" and hasattr(source, "mapped") else None
        return Resident(source, dtype, device) if lies is None else Mapped(*lies)
    return Streamed(source, dtype, device, workers, buckets=buckets)


def is_resident(source: Source) -> bool:
    """Tell whether the rows of a source are kept in the device's memory."""
    return source.in_memory and source.lengths is None


def to_tensor(X: Array, dtype: Any) -> Tensor:
    """Turn rows into a contiguous tensor of a NumPy dtype. Copied only where they must be.

    Torch takes no byte order but the machine's, no place in memory between two numbers, no stride below 0, and warns of
    memory that it must not write to.

    >>> to_tensor(np.arange(3.0)[::-1][:1, None], np.float32)
    tensor([[2.]])
    """
    rows = np.require(X, dtype, ["C", "A", "W"])
    return torch.from_numpy(rows.reshape(-1)).view(X.shape)  # NumPy's stride of an axis of length 1 may be anything


def stored_dtype(part: Part, dtype: torch.dtype) -> Any:
    """Choose the dtype of a part in memory: what counts, marks or holds bytes its own, all else the network's."""
    own = {"uint8": np.uint8, "int64": np.int64, "bool": np.bool_}
    return own.get(part.dtype, np.float64 if dtype == torch.float64 else np.float32)
