"""Images a second of each augmentation on one thread, beside kornia's same operation where it is installed.

python -m benchmarks.augmentations [NAME ...]

Seconds are those of the thread, so that other processes count less; the best of as many calls as fit into 0.6 s.
kornia takes floats of 0 ... 1, and is given them channel by channel in memory, as it likes them best; ours take batches
as the store gives them, channels last, uint8 or float. Equal strengths, every picture changed. What differs: kornia's
contrast multiplies, ours moves values from their mean; its TrivialAugment makes one change of the whole batch.
"""

import sys
from collections.abc import Callable
from time import thread_time
from typing import Any

import torch
from torch import Tensor

from foveal.augment import AUGMENTATIONS

SIZES = ((128, 1, 28), (128, 3, 32), (32, 3, 128))
SECONDS = 0.6


def of_kornia(side: int) -> dict[str, Any]:
    """Give kornia's operations by our names; none where it is not installed."""
    try:
        import kornia.augmentation as K
    except ImportError:
        return {}
    eighth = (-0.125, 0.125)
    return {
        "flip": K.RandomHorizontalFlip(p=0.5),
        "vertical_flip": K.RandomVerticalFlip(p=0.5),
        "shift": K.RandomTranslate(eighth, eighth, p=1.0),
        "crop": K.RandomCrop((side, side), padding=side // 8, padding_mode="reflect", p=1.0),
        "resized_crop": K.RandomResizedCrop((side, side), scale=(0.35, 1.0), p=1.0),
        "rotate": K.RandomRotation(10.0, p=1.0),
        "scale": K.RandomAffine(0.0, scale=(0.85, 1.15), p=1.0),
        "shear": K.RandomAffine(0.0, shear=(-10.0, 10.0), p=1.0),
        "brightness": K.RandomBrightness((0.8, 1.2), p=1.0),
        "contrast": K.RandomContrast((0.8, 1.2), p=1.0),
        "saturation": K.RandomSaturation((0.7, 1.3), p=1.0),
        "hue": K.RandomHue((-0.05, 0.05), p=1.0),
        "grey": K.RandomGrayscale(p=0.1),
        "blur": K.RandomGaussianBlur((7, 7), (0.1, 1.0), p=1.0),
        "noise": K.RandomGaussianNoise(std=0.1, p=1.0),
        "erase": K.RandomErasing((0.02, 0.33), p=0.5),
        "mixup": K.RandomMixUpV2(p=1.0),
        "cutmix": K.RandomCutMixV2(p=1.0),
        "trivial_augment": K.auto.TrivialAugment(),
    }


def rate(change: Callable[[], Any], rows: int) -> float:
    """Give the rows a second of the fastest call."""
    change()
    best, began = float("inf"), thread_time()
    while thread_time() - began < SECONDS:
        before = thread_time()
        change()
        best = min(best, thread_time() - before)
    return rows / best


def main(names: list[str]) -> None:
    """Print a table for each size of batches."""
    torch.set_num_threads(1)
    rng = torch.Generator().manual_seed(0)
    for rows, channels, side in SIZES:
        print(f"\n{rows} pictures of {channels} x {side} x {side}, images/s\n")
        print("| augmentation | uint8 | float | kornia, float | float / kornia |\n| --- | --- | --- | --- | --- |")
        pixels = torch.randint(0, 256, (rows, side, side, channels), dtype=torch.uint8, generator=rng).movedim(-1, 1)
        floats = pixels.float() / 255
        theirs = of_kornia(side)
        for name, change in AUGMENTATIONS.items():
            if (names and name not in names) or (channels == 1 and name in ("saturation", "hue", "grey")):
                continue
            print(row(name, [measured(change, x, rng) for x in (pixels, floats)], theirs.get(name), floats), flush=True)


def measured(change: Callable[[Tensor, torch.Generator], Tensor], x: Tensor, rng: torch.Generator) -> float:
    """Measure one of ours."""
    return rate(lambda: change(x, rng), len(x))


def row(name: str, ours: list[float], their: Any, floats: Tensor) -> str:
    """Make a line of the table."""
    laid_out = floats.contiguous()
    other = None if their is None else rate(lambda: their(laid_out), len(floats))
    beside = "- | -" if other is None else f"{other:,.0f} | {ours[1] / other:.1f}"
    return f"| `{name}` | {ours[0]:,.0f} | {ours[1]:,.0f} | {beside} |"


if __name__ == "__main__":
    main(sys.argv[1:])
