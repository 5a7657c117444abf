"""Random changes of training rows: functions (batch, generator) -> batch.

A batch is (N, C, *S) as it lies in the store, uint8 or float, before standardisation. Each is a frozen dataclass:
`rotate(15)` is a function, equal to another `rotate(15)`, and a name stands for it with its documented numbers. They
draw from the generator they are given, a fixed count of numbers, and read nothing back from the device, so that a CUDA
graph may record them.
"""

from foveal.augment.alternating import Alternating
from foveal.augment.boxes import cutout, erase
from foveal.augment.colours import brightness, contrast, gain, grey, hue, saturation
from foveal.augment.flips import flip, vertical_flip
from foveal.augment.geometry import resized_crop, rotate, scale, shear, warp
from foveal.augment.marks import page_of_points
from foveal.augment.masks import together
from foveal.augment.mixing import cutmix, mixup
from foveal.augment.motions import mirror
from foveal.augment.noise import blur, noise
from foveal.augment.page import page_of, pairs_page
from foveal.augment.shifts import crop, shift
from foveal.augment.table import AUGMENTATIONS
from foveal.augment.trivial import trivial_augment

__all__ = [
    "AUGMENTATIONS", "Alternating", "blur", "brightness", "contrast", "crop", "cutmix", "cutout", "erase", "flip",
    "gain", "grey", "hue", "mirror", "mixup", "noise", "page_of", "page_of_points", "pairs_page", "resized_crop",
    "rotate", "saturation", "scale", "shear", "shift", "together", "trivial_augment", "vertical_flip", "warp",
]  # fmt: skip
