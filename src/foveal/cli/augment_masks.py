"""The page of `foveal augment --masks`: pictures with their masks drawn over, as they are and changed. Loads torch."""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from foveal.augment import pairs_page, together
from foveal.core.png import png_of
from foveal.core.randomness import generator
from foveal.data.dataset import Dataset
from foveal.data.images.mask_files import drawn_over
from foveal.data.images.reading.label_colours import Coloured, drawn_in
from foveal.data.images.reading.mask_rule import table_in
from foveal.data.masks import labels_in
from foveal.data.middle import middle_of
from foveal.fitting.augmenting import check_augment, rows_to_cut
from foveal.tasks.kind import name_of

if TYPE_CHECKING:
    from foveal.cli.auto_augment import Augmented

COLUMNS, SIDE = 6, 128


def masked_page(found: "Augmented", data: Dataset, seed: int, count: int) -> bytes:
    """Draw rows by chance, and what the augmentations make of them and of their masks, as a PNG."""
    check_augment(found.augment, found.source.form)
    source, functions = rows_to_cut(found.source, found.augment)
    rows = np.sort(np.random.default_rng(seed).choice(len(source), count, replace=False))
    (block,) = source.read(rows)
    y: Any = data.y_train
    masks = middle_of(np.asarray(y[rows]), source.form[0].sizes[1:])
    x = torch.from_numpy(np.ascontiguousarray(np.moveaxis(block, -1, 1)))
    x = x if x.dtype == torch.uint8 else x.float()
    mask = torch.from_numpy(masks.astype(np.int32))[:, None]
    after, moved = x, mask
    for number, function in enumerate(functions):
        drawn = generator(seed, f"augment {number}", 0, 0)
        after, moved = together(function, after, moved, drawn)
    sizes = tuple(after.shape[2:])
    X: Any = data.X_train
    classes = classes_in(masks, X.ignored, X.class_names, X.mask_rule)
    low, high = (0.0, 255.0) if x.dtype == torch.uint8 else (float(x.min()), float(x.max()))
    first = painted(_cut(x, sizes), _cut(mask, sizes), classes, low, high)
    second = painted(after, moved, classes, low, high)
    return png_of(pairs_page(first, second, (0.0, 255.0), columns=COLUMNS, side=SIDE))


def classes_in(masks: Any, ignored: int | None, names: Any, step: Any) -> tuple[Coloured, ...]:
    """Give the classes in masks, and colours to draw them in.

    >>> [each.name for each in classes_in(np.array([[[0, 1, 255]]], np.uint8), 255, ("sky", "road"), {})]
    ['sky', 'road']
    """
    labels = [int(label) for label in labels_in(masks, ignored=ignored).tolist()]
    return drawn_in(labels, [str(name_of(label, names)) for label in labels], table_in(step or {}))


def painted(x: Tensor, mask: Tensor, classes: tuple[Coloured, ...], low: float, high: float) -> Tensor:
    """Draw masks, (N, 1, H, W), over pictures, (N, C, H, W): (N, 3, H, W), uint8; of volumes the middle slice.

    >>> painted(torch.zeros(1, 1, 2, 2), torch.ones(1, 1, 2, 2), (Coloured(1, "a", (200, 0, 0)),), 0, 1)[0, :, 0, 0]
    tensor([100,   0,   0], dtype=torch.uint8)
    """
    while x.ndim > 4:  # of volumes in RAS the last axis goes from the feet to the head
        x, mask = (part[..., part.shape[-1] // 2] for part in (x, mask))
    colours = x[:, :3] if x.shape[1] >= 3 else x[:, :1].expand(-1, 3, -1, -1)
    grey = ((colours.double() - low) / max(high - low, 1e-12) * 255).clamp(0, 255).round().to(torch.uint8)
    pictures = grey.movedim(1, -1).numpy()
    drawn = [drawn_over(p, m, classes) for p, m in zip(pictures, mask[:, 0].int().numpy(), strict=True)]
    return torch.from_numpy(np.stack(drawn)).movedim(-1, 1)


def _cut(x: Tensor, sizes: tuple[int, ...]) -> Tensor:
    """Give the middle of a batch."""
    return torch.from_numpy(middle_of(x.movedim(1, -1).numpy(), sizes)).movedim(-1, 1)
