"""Tiles of images of differing sizes, seen as one array whose rows are read by slicing when they are asked for."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from foveal.core.shapes import window_starts
from foveal.data.arrays import is_mapped
from foveal.data.file_views import FileView, view_of
from foveal.data.source import Array


class Places(NamedTuple):
    """Where tiles lie: the number of each one's image, (N,), and its first pixel there, (N, axes)."""

    images: Array
    corners: Array

    def chosen(self, rows: Array) -> "Places":
        """Give some of them."""
        return Places(self.images[rows], self.corners[rows])


def grid(shapes: Sequence[tuple[int, ...]], size: tuple[int, ...], overlap: tuple[int, ...]) -> Places:
    """Cover images by tiles that share at least `overlap` pixels with the next, the last one at the image's end.

    >>> grid([(5, 4), (2, 2)], (4, 4), (2, 2)).corners.tolist()
    [[0, 0], [1, 0], [0, 0]]
    """
    images, corners = [], []
    for number, shape in enumerate(shapes):
        axes = [window_starts(n, tile, tile - o) for n, tile, o in zip(shape, size, overlap, strict=True)]
        found = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, len(size))
        images.append(np.full(len(found), number))
        corners.append(found)
    return Places(np.concatenate(images), np.concatenate(corners))


class TileArray:
    r"""An array (N, \*size, \*more) of tiles of images (\*S, \*more), each one's S its own; nothing is held in memory.

    Where an image is smaller than a tile the tile goes on at the end of its axes: with `beyond`, or with the pixels of
    the image's edge if that is None.

    >>> image = np.array([[1, 2, 3]])
    >>> tiles = TileArray([image], grid([(1, 3)], (2, 2), (1, 1)), (2, 2), image.dtype, beyond=0)
    >>> tiles.shape, tiles[1].tolist()
    ((2, 2, 2), [[2, 3], [0, 0]])
    """

    def __init__(
        self, images: Sequence[Any], places: Places, size: tuple[int, ...], dtype: Any, beyond: int | None = None
    ) -> None:
        self.images, self.places, self.size, self.beyond = list(images), places, size, beyond
        self.dtype = np.dtype(dtype)

    @property
    def shape(self) -> tuple[int, ...]:
        r"""Shape (N, \*size, \*more)."""
        return (len(self), *self.size, *map(int, self.images[0].shape[len(self.size) :]))

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def in_files(self) -> bool:
        """Whether an image lies elsewhere than in memory."""
        return any(not isinstance(image, np.ndarray) or is_mapped(image) for image in self.images)

    def __len__(self) -> int:
        return len(self.places.images)

    def __getitem__(self, rows: Any) -> Array:
        """Read one tile, a slice of tiles, or tiles by number or mask."""
        numbers = np.arange(len(self))[rows]
        if not numbers.ndim:
            return self._read(int(numbers))
        out = np.empty((len(numbers), *self.shape[1:]), self.dtype)
        for place, row in enumerate(numbers.tolist()):
            out[place] = self._read(row)
        return out

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """Read everything into memory."""
        return np.asarray(self[:], dtype)

    def __getstate__(self) -> dict[str, Any]:
        """Send images that lie in a file by their place: to a worker that is started anew."""
        return {**vars(self), "images": [view_of(image) or image for image in self.images]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.images = [image.opened() if isinstance(image, FileView) else image for image in self.images]

    def chosen(self, rows: Array) -> Self:
        """Give some of the tiles; nothing is read."""
        return type(self)(self.images, self.places.chosen(rows), self.size, self.dtype, self.beyond)

    def _read(self, row: int) -> Array:
        image, corner = self.images[self.places.images[row]], self.places.corners[row].tolist()
        place = tuple(slice(start, start + n) for start, n in zip(corner, self.size, strict=True))
        found = np.asarray(image[place]).astype(self.dtype, copy=False)
        after = [(0, n - there) for n, there in zip(self.size, found.shape, strict=False)]
        after += [(0, 0)] * (found.ndim - len(self.size))
        if not any(n for _, n in after):
            return found
        return (
            np.pad(found, after, "edge") if self.beyond is None else np.pad(found, after, constant_values=self.beyond)
        )
