"""Volumes, or masks of them, as a list of arrays each of its own size; some may be read when they are needed."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from foveal.data.volumes.stored import Array


class Late:
    """An array that is read from its file when a part of it is asked for; the last one that was read is kept.

    `read` gives the whole of it, and has been called once before: what it raises then is told by the file's name.
    """

    _last: tuple[Any, Array] | None = None  # of the class: one volume is kept, not one for each

    def __init__(self, read: Callable[[], Array], shape: Sequence[int], dtype: Any) -> None:
        self.read, self.shape, self.dtype = read, tuple(shape), np.dtype(dtype)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, place: Any) -> Array:
        """Read a part."""
        return np.asarray(self._whole()[place])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """Read all."""
        return np.array(self._whole(), dtype)

    def _whole(self) -> Array:
        held = Late._last
        if held is None or held[0] is not self.read:
            held = Late._last = (self.read, self.read())
        return held[1]


class VolumeList(Sequence[Any]):
    r"""A list of arrays (\*S, C), or masks (\*S), each of its own size.

    >>> [one.shape for one in VolumeList([np.zeros((2, 3)), np.zeros((4, 3))]).chosen(np.array([1]))]
    [(4, 3)]
    """

    def __init__(self, volumes: Sequence[Any]) -> None:
        self.volumes, self.dtype = list(volumes), np.result_type(*{one.dtype for one in volumes})

    def __len__(self) -> int:
        return len(self.volumes)

    def __getitem__(self, row: Any) -> Any:
        """Give one, or for several rows a list."""
        if isinstance(row, int | np.integer):
            return self.volumes[row]
        return [self.volumes[number] for number in np.arange(len(self))[row].tolist()]

    def chosen(self, rows: Array) -> "VolumeList":
        """Give some of them; nothing is read."""
        return VolumeList(self[rows])


class Stacked:
    r"""Arrays of one size, (N, \*S), each read when it is asked for.

    >>> Stacked(VolumeList([np.zeros((2, 3)), np.ones((2, 3))]))[1:].tolist()
    [[[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]]
    """

    def __init__(self, volumes: VolumeList) -> None:
        self.volumes, self.dtype, self.shape = volumes, volumes.dtype, (len(volumes), *volumes[0].shape)
        self.ndim = len(self.shape)

    def __len__(self) -> int:
        return len(self.volumes)

    def __getitem__(self, rows: Any) -> Array:
        """Read one, or some."""
        numbers = np.arange(len(self))[rows]
        if not numbers.ndim:
            return np.asarray(self.volumes[int(numbers)])
        out = np.empty((len(numbers), *self.shape[1:]), self.dtype)
        for at, row in enumerate(numbers.tolist()):
            out[at] = self.volumes[row]
        return out

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """Read all."""
        return np.asarray(self[:], dtype)
