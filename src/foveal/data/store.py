"""Where the rows of X lie while a network trains: in memory on the device, or in a mapped file.

Both hold rows channels-last, (N, *S, C), and give out batches as (B, C, *S) in channels-last memory, gathered by
index: no loader, and no line of Python for a single row.
"""

from typing import Protocol

import numpy as np
import torch
from torch import Tensor


class Store(Protocol):
    """What a store can do: tell its length and gather rows."""

    def __len__(self) -> int: ...

    def gather(self, index: Tensor) -> Tensor:
        """Give the rows `index` as (B, C, *S) on the device."""
        ...


class Resident:
    """Rows in the device's memory: uint8 as uint8, everything else in the network's dtype."""

    def __init__(self, X: np.ndarray, rows: np.ndarray, dtype: torch.dtype, device: torch.device) -> None:
        self.rows = to_tensor(X[rows], dtype).to(device)

    def __len__(self) -> int:
        return len(self.rows)

    def gather(self, index: Tensor) -> Tensor:
        """Give the rows `index` as (B, C, *S)."""
        return self.rows.index_select(0, index).movedim(-1, 1)


class Mapped:
    """Rows of an array that stays where it is, a file for instance; only what is gathered is read and converted."""

    def __init__(self, X: np.ndarray, rows: np.ndarray, dtype: torch.dtype, device: torch.device) -> None:
        self.X, self.rows, self.dtype, self.device = X, rows, dtype, device

    def __len__(self) -> int:
        return len(self.rows)

    def gather(self, index: Tensor) -> Tensor:
        """Give the rows `index` as (B, C, *S), read in the order of the file."""
        rows = self.rows[index.cpu().numpy()]
        order = np.argsort(rows, kind="stable")
        block = to_tensor(self.X[rows[order]], self.dtype)
        back = torch.from_numpy(np.argsort(order, kind="stable"))
        return block[back].to(self.device).movedim(-1, 1)


def to_tensor(X: np.ndarray, dtype: torch.dtype) -> Tensor:
    """Turn rows that were taken out of an array into a contiguous tensor of `dtype`; uint8 stays uint8."""
    wanted = np.uint8 if X.dtype == np.uint8 else np.float64 if dtype == torch.float64 else np.float32
    return torch.from_numpy(np.ascontiguousarray(X, dtype=wanted))
