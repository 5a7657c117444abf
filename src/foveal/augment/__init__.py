"""Random changes of training images: functions (batch, generator) -> batch.

A batch is (N, C, *S) as it lies in the store, uint8 or float, before standardisation.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from foveal.augment.alternating import Alternating
from foveal.augment.images import cutout, mirror, shift

flip = Alternating(mirror)
AUGMENTATIONS: dict[str, Callable[[Tensor, torch.Generator], Tensor]] = {"flip": flip, "shift": shift, "cutout": cutout}

__all__ = ["AUGMENTATIONS", "Alternating", "cutout", "flip", "mirror", "shift"]
