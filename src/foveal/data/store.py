"""Where the rows of X lie while a network trains: in memory on the device, or in a mapped file.

Both hold rows channels-last, (N, *S, C), and give out batches as (B, C, *S) in channels-last memory, gathered by
index: no loader, and no line of Python for a single row.
"""

from collections.abc import Generator, Sequence
from contextlib import closing
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor


class Store(Protocol):
    """What a store can do: tell its length and gather rows."""

    def __len__(self) -> int: ...

    def gather(self, index: Tensor) -> Tensor:
        """Give the rows `index` as (B, C, *S) on the device."""
        ...

    def gathered(self, indices: Sequence[Tensor]) -> Generator[Tensor, None, None]:
        """Give what `gather` gives for one index after the other; to be closed where not all are taken."""
        yield from map(self.gather, indices)


class Resident(Store):
    """Rows in the device's memory: uint8 as uint8, everything else in the network's dtype."""

    def __init__(self, X: np.ndarray, rows: np.ndarray, dtype: torch.dtype, device: torch.device) -> None:
        self.rows = to_tensor(X[rows], dtype).to(device)

    def __len__(self) -> int:
        return len(self.rows)

    def gather(self, index: Tensor) -> Tensor:
        """Give the rows `index` as (B, C, *S)."""
        return self.rows.index_select(0, index).movedim(-1, 1)


class Mapped(Store):
    """Rows of an array that stays where it is, a file or `Shards`; only what is gathered is read and converted.

    With `workers` that many processes do both ahead of the training, for as long as `gathered` is run through.
    """

    def __init__(self, X: Any, rows: np.ndarray, dtype: torch.dtype, device: torch.device, workers: int = 0) -> None:
        self.X, self.rows, self.dtype, self.device, self.workers = X, rows, dtype, device, workers

    def __len__(self) -> int:
        return len(self.rows)

    def gather(self, index: Tensor) -> Tensor:
        """Give the rows `index` as (B, C, *S)."""
        return self._placed(self.read(index.cpu().numpy()))

    def gathered(self, indices: Sequence[Tensor]) -> Generator[Tensor, None, None]:
        """Give what `gather` gives for one index after the other, read ahead by the workers if there are any."""
        if not self.workers or not indices:
            yield from map(self.gather, indices)
            return
        from foveal.data.workers import read_ahead  # what starts processes is loaded where there are any

        with closing(read_ahead(self.read, [index.cpu().numpy() for index in indices], self.workers)) as blocks:
            yield from map(self._placed, blocks)

    def read(self, index: np.ndarray) -> np.ndarray:
        r"""Give the rows `index` as (B, \*S, C) in memory, read in the order of the file."""
        rows = self.rows[index]
        order = np.argsort(rows, kind="stable")
        block = self.X[rows[order]]
        out = np.empty(block.shape, stored_dtype(block.dtype, self.dtype))
        out[order] = block
        return out

    def _placed(self, block: np.ndarray) -> Tensor:
        return torch.from_numpy(block).to(self.device).movedim(-1, 1)


def to_tensor(X: np.ndarray, dtype: torch.dtype) -> Tensor:
    """Turn rows of an array into a contiguous tensor of `dtype`; uint8 stays uint8. Copied only where it must be.

    Torch takes no byte order but the machine's, no place in memory between two numbers, no stride below 0, and warns of
    memory that it must not write to.

    >>> to_tensor(np.arange(3.0)[::-1][:1, None], torch.float32)
    tensor([[2.]])
    """
    rows = np.require(X, stored_dtype(X.dtype, dtype), ["C", "A", "W"])
    return torch.from_numpy(rows.reshape(-1)).view(X.shape)  # NumPy's stride of an axis of length 1 may be anything


def stored_dtype(found: np.dtype[Any], dtype: torch.dtype) -> type[Any]:
    """Choose the dtype of rows in memory: uint8 stays uint8, everything else takes the network's."""
    return np.uint8 if found == np.uint8 else np.float64 if dtype == torch.float64 else np.float32
