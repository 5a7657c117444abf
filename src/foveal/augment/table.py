"""The augmentations by name, and as text: "rotate" is rotate(), "rotate(15)" is rotate(degrees=15).

As text they stand in settings, model files, checkpoints and config.toml: names and numbers, no code.
"""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import torch
from torch import Tensor

from foveal.augment.boxes import cutout, erase
from foveal.augment.colours import brightness, contrast, gain, grey, hue, saturation
from foveal.augment.flips import flip, vertical_flip
from foveal.augment.geometry import resized_crop, rotate, scale, shear, warp
from foveal.augment.mixing import cutmix, mixup
from foveal.augment.noise import blur, noise
from foveal.augment.shifts import crop, shift
from foveal.augment.trivial import trivial_augment
from foveal.core.calls import read_call
from foveal.core.errors import ParameterError
from foveal.core.rules import did_you_mean

Augmentation = Callable[[Tensor, torch.Generator], Tensor]

CLASSES: dict[str, Callable[..., Augmentation]] = {
    made.__name__: made
    for made in (
        flip, vertical_flip, shift, crop, resized_crop, rotate, scale, shear, warp, brightness, contrast, gain,
        saturation, hue, grey, blur, noise, cutout, erase, mixup, cutmix, trivial_augment,
    )
}  # fmt: skip
#: By name, each of its documented strength.
AUGMENTATIONS: dict[str, Augmentation] = {name: made() for name, made in CLASSES.items()}


def is_ours(augmentation: Any) -> bool:
    """Tell whether an augmentation is of the table, whatever its strength, and none of the user's.

    >>> is_ours(rotate(15)), is_ours(print)
    (True, False)
    """
    return type(augmentation) in CLASSES.values()


def from_text(text: str) -> Augmentation:
    """Make an augmentation of its text; raise `ParameterError` for what none is called, or a number it has not.

    >>> from_text("rotate(15)")
    rotate(degrees=15)
    """
    name, values, named = read_call(text) or (text, [], {})
    if name not in CLASSES:
        raise ParameterError(f"augment knows no {text!r}{did_you_mean(name, CLASSES)}")
    known = [field.name for field in fields(AUGMENTATIONS[name])]  # type: ignore[arg-type]
    if len(values) > len(known):
        raise ParameterError(f"augment: {text!r} has {len(values)} numbers, but {name} takes {_told(known)}")
    given = dict(zip(known, values, strict=False))
    for key, value in named.items():
        if key not in known or key in given:
            twice = "twice" if key in given else f"but {name} takes {_told(known)}{did_you_mean(key, known)}"
            raise ParameterError(f"augment: {text!r} has {key}, {twice}")
        given[key] = value
    return CLASSES[name](**given)


def to_text(augmentation: Augmentation) -> str:
    """Write an augmentation of ours as text, with the numbers that differ from the documented ones.

    >>> to_text(rotate(15)), to_text(rotate(10.0))
    ('rotate(degrees=15)', 'rotate')
    """
    name = type(augmentation).__name__
    numbers = [(f.name, getattr(augmentation, f.name), f.default) for f in fields(augmentation)]  # type: ignore[arg-type]
    if any(isinstance(value, tuple) for _, value, _ in numbers):
        raise ParameterError(f"augment: {augmentation} has several sizes, which no text holds; leave `to` out")
    said = ", ".join(f"{key}={_number(value)}" for key, value, usual in numbers if value != usual)
    return f"{name}({said})" if said else name


def _number(value: float) -> str:
    """Write a number that reads back as itself, whole ones without a point."""
    return str(int(value)) if float(value).is_integer() else repr(value)


def _told(names: list[str]) -> str:
    return " and ".join(names) or "none"
