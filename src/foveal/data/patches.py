r"""Pictures of any sizes and their masks as patches of one size, to learn from."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from foveal.core.errors import DataError, DataTypeError
from foveal.core.forms import Form, form_of
from foveal.core.shapes import Sizes, per_axis
from foveal.data.convert import as_array
from foveal.data.middle import middle_of
from foveal.data.source import Array, Statistics
from foveal.data.tiles import Tiles


class Patches:
    r"""Patches out of the middle of tiles; training cuts others out of the tiles, anywhere, by `larger`: a source.

    A tile has 1.5 times the patch's size, and shares half a patch with the next one; an augmentation that cuts, such as
    "crop", takes a patch of each in every epoch, by chance: a function of (seed, epoch, batch), as all augmentations
    are. `larger` are the tiles, `y` their masks. A picture smaller than a tile goes on with its edge, and so does its
    mask, or with `ignored` if there is such a label. Tiles of a picture are one group: they are held out together.

    >>> pictures = [np.zeros((10, 12, 1)), np.zeros((6, 6, 1))]
    >>> patches = Patches(pictures, [np.zeros((10, 12), int), np.ones((6, 6), int)], (4, 4))
    >>> patches.read(np.arange(2))[0].shape, patches.y.shape, patches.larger.read(np.arange(2))[0].shape
    ((2, 4, 4, 1), (7, 6, 6), (2, 6, 6, 1))
    """

    lengths: Array | None = None
    cuts_anywhere = True  # crops are what patches are for: training takes them unless told otherwise
    input_rule: tuple[Mapping[str, Any], ...] = ()
    class_names: tuple[str, ...] | None = None
    mask_rule: Mapping[str, Any] | None = None
    about: Mapping[str, Any] | None = None

    def __init__(
        self, images: Sequence[Any], masks: Sequence[Any], size: tuple[int, ...], *, ignored: int | None = None
    ) -> None:
        wide = tuple(n + (n + 1) // 2 for n in size)
        self._keep(Tiles(images, masks, size=wide, overlap=tuple(n // 2 for n in size), ignored=ignored), size)

    def _keep(self, tiles: Tiles, size: tuple[int, ...]) -> None:
        self.larger, self.size = tiles, size
        self.form: Form = form_of((tiles.form[0].sizes[0], *size))
        self.in_memory, self.groups = tiles.in_memory, tiles.groups

    def tell(
        self,
        input_rule: tuple[Mapping[str, Any], ...],
        names: tuple[str, ...] | None,
        mask_rule: Mapping[str, Any] | None,
        about: Mapping[str, Any],
    ) -> None:
        """Keep what is known of the pictures in files, for the model file."""
        self.input_rule, self.class_names, self.mask_rule, self.about = input_rule, names, mask_rule, about

    @property
    def ignored(self) -> int | None:
        """The label of the masks' places that do not count, where the pictures are files."""
        return None if self.mask_rule is None else self.mask_rule["ignored"]

    @property
    def pictures(self) -> Array:
        """The number of the picture that each patch is of."""
        return self.larger.x.places.images

    @property
    def y(self) -> Any:
        r"""The masks of the tiles, (N, \*wide), read when they are asked for."""
        return self.larger.masks

    def __len__(self) -> int:
        return len(self.larger)

    def read(self, rows: Array) -> tuple[Array]:
        r"""Read patches as (B, \*size, C): the middle of each tile."""
        return (middle_of(self.larger.read(rows)[0], self.size),)

    def chosen(self, rows: Array) -> Self:
        """Give some of the patches; nothing is read."""
        some = object.__new__(type(self))
        some._keep(self.larger.chosen(rows), self.size)
        return some

    def statistics(self, rows: Array, dtype: Any) -> Statistics:
        """Give mean and deviation over some of the tiles."""
        return self.larger.statistics(rows, dtype)

    def digest(self) -> bytes:
        """Hash the tiles and the size."""
        return self.larger.digest() + repr(self.size).encode()


def _as_given(part: Any) -> Any:
    """Give a tensor or a list as an array; what has a shape and NumPy's dtype, such as a memory map, stays as it is."""
    stays = hasattr(part, "shape") and isinstance(getattr(part, "dtype", None), np.dtype)
    return part if stays else as_array(part, "a picture or mask")


def patches_of(X: Any, y: Any, patch: Sizes, *, ignored: int | None = None, name: str = "X") -> Patches:
    r"""Give the patches of pictures, a list or an array of (\*S, C) or of (\*S), and of their masks, (\*S) each.

    Raises `DataError` for lists of differing lengths, for shares of classes, and for what `Tiles` refuses.
    """
    images, masks = ([_as_given(part) for part in parts] for parts in (X, y))
    if len(images) != len(masks):
        raise DataError(f"{name} has {len(images)} pictures, but there are {len(masks)} masks; give one for each")
    if not images:
        raise DataError(f"{name} is empty: 0 pictures while a minimum of 1 is required")
    if masks[0].dtype.kind == "f":
        raise DataTypeError(
            f"patch={patch} takes masks of labels, whole numbers, and y holds {masks[0].dtype}; leave patch out for "
            "shares of classes, or pass labels: y.astype(np.uint8)"
        )
    size = per_axis("patch", patch, len(masks[0].shape))
    return Patches(images, masks, size, ignored=ignored)
