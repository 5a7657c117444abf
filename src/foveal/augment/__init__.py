"""Random changes of training images: functions (batch, generator) -> batch.

A batch is (N, C, *S) as it lies in the store, uint8 or float, before standardisation.
"""

from foveal.augment.images import cutout, flip, shift

AUGMENTATIONS = {"flip": flip, "shift": shift, "cutout": cutout}

__all__ = ["AUGMENTATIONS", "cutout", "flip", "shift"]
