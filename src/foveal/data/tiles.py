"""Images of differing sizes, and masks of them, as rows of one size: overlapping tiles, read when they are needed."""

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from foveal.core.errors import DataError, DataTypeError, ParameterError, ShapeError
from foveal.core.forms import Form
from foveal.core.shapes import Sizes, per_axis
from foveal.data.rows import Rows
from foveal.data.source import Array, Statistics
from foveal.data.tile_array import Places, TileArray, grid

#: Rows that stand for all of them in a digest, as many as of other rows.
_SAMPLED = 256


class Tile(NamedTuple):
    """Where a row comes from: the number of the image, and the tile's first pixel in it."""

    image: int
    corner: tuple[int, ...]


class Tiles:
    r"""Tiles of `size` that cover images of any sizes, and the same tiles of their masks: a source.

    Tiles share at least `overlap` pixels with the next one; the last of an axis ends where the image does. An image
    that is smaller than a tile is padded at the end of its axes with the pixels of its edge, its mask with `ignored`,
    or as the image where that is None.
    A network that learns from random crops of tiles sees each pixel in another neighbourhood in each epoch: tiles of
    1.5 times its input are a good size, and an overlap of its input less one pixel lets any crop of the image happen.

    Shape: images (\*S, C), or (\*S) of one channel: arrays, memory maps, whatever has a shape, a dtype and slices; rows
    (\*size, C). masks (\*S), of whole numbers; `masks[rows]` are (B, \*size), read when they are asked for, in the
    smallest dtype that holds them and `ignored`.

    `groups` are the images' numbers: an image's tiles, which overlap, are held out together. Statistics count a pixel
    once for each tile that it is in.

    Raises `DataError`, `DataTypeError` or `ShapeError` with the number of the image that does not fit, `ParameterError`
    for tiles that cannot cover anything.

    >>> images = [np.zeros((6, 4, 3), np.uint8), np.zeros((3, 4, 3), np.uint8)]
    >>> tiles = Tiles(images, [image[..., 0] for image in images], size=(4, 4), overlap=2)
    >>> len(tiles), tiles.tile_of(1), tiles.groups.tolist(), tiles.masks[2][:, 0].tolist()
    (3, Tile(image=0, corner=(2, 0)), [0, 0, 1], [0, 0, 0, 255])
    """

    lengths: Array | None = None

    def __init__(
        self,
        images: Sequence[Any],
        masks: Sequence[Any] | None = None,
        *,
        size: tuple[int, ...],
        overlap: Sizes = 0,
        ignored: int | None = 255,
    ) -> None:
        shared = per_axis("overlap", overlap, len(size))
        if not size or min(size) < 1 or not all(0 <= o < n for o, n in zip(shared, size, strict=True)):
            raise ParameterError(
                f"size must be at least 1 and overlap less than size along each axis, got {tuple(size)} and {shared}; "
                "use less overlap"
            )
        images = [_with_channels(image, number, len(size)) for number, image in enumerate(images)]
        _check_alike(images, len(size))
        places = grid([image.shape[: len(size)] for image in images], tuple(size), shared)
        x = TileArray(images, places, tuple(size), images[0].dtype)
        self._keep(x, None if masks is None else _mask_tiles(images, masks, places, tuple(size), ignored))

    def _keep(self, x: TileArray, masks: TileArray | None) -> None:
        self.x, self.masks, self._rows = x, masks, Rows(x)
        self.form: Form = self._rows.form
        self.in_memory, self.groups = not x.in_files, x.places.images

    def __len__(self) -> int:
        return len(self.x)

    def read(self, rows: Array) -> tuple[Array]:
        r"""Read tiles as (B, \*size, C)."""
        return (self.x[rows],)

    def chosen(self, rows: Array) -> Self:
        """Give some of the tiles, and of their masks; nothing is read."""
        some = object.__new__(type(self))
        some._keep(self.x.chosen(rows), None if self.masks is None else self.masks.chosen(rows))
        return some

    def tile_of(self, row: int) -> Tile:
        """Say which image a row is of, and where in it the tile begins."""
        return Tile(int(self.x.places.images[row]), tuple(self.x.places.corners[row].tolist()))

    def statistics(self, rows: Array, dtype: Any) -> Statistics:
        """Give each channel's mean and deviation over some of the tiles."""
        return self._rows.statistics(rows, dtype)

    def digest(self) -> bytes:
        """Hash the shape, the dtype and tiles in even distances, one after the other; as `Rows` of the same values."""
        digest = hashlib.sha256(repr((self.x.shape, self.x.dtype.str)).encode())
        for row in range(0, len(self), max(1, len(self) // _SAMPLED)):
            digest.update(np.ascontiguousarray(self.x[row]).tobytes())
        return digest.digest()


class _OneChannel:
    """An image (*S) of whatever kind, seen as (*S, 1)."""

    def __init__(self, image: Any) -> None:
        self.image, self.shape, self.dtype = image, (*image.shape, 1), image.dtype

    def __getitem__(self, place: Any) -> Array:
        return np.asarray(self.image[place])[..., None]


def _with_channels(image: Any, number: int, ndim: int) -> Any:
    if any(not hasattr(image, name) for name in ("shape", "dtype", "__getitem__")):
        raise DataTypeError(
            f"images[{number}] must have a shape, a dtype and slices, got {type(image).__name__}; use np.asarray"
        )
    if len(image.shape) not in (ndim, ndim + 1) or min(image.shape, default=0) < 1:
        raise ShapeError(
            f"images[{number}] must have {ndim} spatial axes, and its channels last, none of them empty, got "
            f"{tuple(image.shape)}; give size one number for each spatial axis"
        )
    if len(image.shape) > ndim:
        return image
    return image[..., None] if isinstance(image, np.ndarray) else _OneChannel(image)


def _check_alike(images: Sequence[Any], ndim: int) -> None:
    if not images:
        raise DataError("images is empty: 0 images while a minimum of 1 is required; check how they were found")
    first = images[0].dtype, images[0].shape[ndim]
    for number, image in enumerate(images):
        if image.dtype.kind not in "uifb":
            raise DataTypeError(f"images[{number}] must hold numbers, got {image.dtype}; convert it")
        if (image.dtype, image.shape[ndim]) != first:
            raise DataError(
                f"images[{number}] has {image.shape[ndim]} channels of {image.dtype}, images[0] {first[1]} of "
                f"{first[0]}; convert them to the same"
            )


def _mask_tiles(
    images: Sequence[Any], masks: Sequence[Any], places: Places, size: tuple[int, ...], ignored: int | None
) -> TileArray:
    if len(masks) != len(images):
        raise DataError(f"masks must be one for each image, got {len(masks)} for {len(images)} images")
    for number, (image, mask) in enumerate(zip(images, masks, strict=True)):
        if tuple(mask.shape) != tuple(image.shape[: len(size)]):
            raise ShapeError(
                f"masks[{number}] must have the size of its image, {tuple(image.shape[: len(size)])}, got "
                f"{tuple(mask.shape)}; give one class number a pixel"
            )
        if mask.dtype.kind not in "uib":
            raise DataTypeError(f"masks[{number}] must hold whole numbers, got {mask.dtype}; round it to classes")
    held = np.result_type(*{mask.dtype for mask in masks})
    held = held if ignored is None else np.promote_types(held, np.min_scalar_type(ignored))
    return TileArray(masks, places, size, held, beyond=ignored)
