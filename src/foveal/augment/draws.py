"""What all augmentations share: numbers that are checked and kept, draws for each row, and dtypes there and back."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from foveal.core.rules import Rule, check, plain


def keep(augmentation: Any, rules: Mapping[str, Rule]) -> None:
    """Check the numbers of a frozen dataclass against their rules, and keep them as Python's own.

    Raises `ParameterError` that names the augmentation and its number.
    """
    for name, rule in rules.items():
        value = getattr(augmentation, name)
        check(f"{name} of {type(augmentation).__name__}", value, rule)
        object.__setattr__(augmentation, name, plain(value))


def drawn(x: Tensor, rng: torch.Generator, low: float = 0.0, high: float = 1.0) -> Tensor:
    """Draw a number between two bounds for each row of a batch: (N,), on its device.

    >>> drawn(torch.zeros(3, 1, 2), torch.Generator().manual_seed(0), -1, 1).shape
    torch.Size([3])
    """
    return torch.rand(len(x), generator=rng, device=x.device) * (high - low) + low


def for_rows(values: Tensor, x: Tensor) -> Tensor:
    r"""Lay (N,) or (N, C) out so that they count for each row, or each channel of it, of (N, C, \*S).

    >>> for_rows(torch.ones(3), torch.zeros(3, 1, 2, 2)).shape
    torch.Size([3, 1, 1, 1])
    """
    laid_out = values.view(*values.shape, *[1] * (x.ndim - values.ndim))
    return laid_out.to(x.dtype) if x.is_floating_point() and values.is_floating_point() else laid_out


def real(x: Tensor) -> Tensor:
    """Give a batch in numbers to compute with: float64 stays, all else becomes float32."""
    return x if x.dtype == torch.float64 else x.float()


def planes(x: Tensor) -> Tensor:
    """Give a batch in numbers to compute with, channel by channel in memory.

    It lies with its channels last; three of them fit no vector instruction, and a pass that tells channels apart takes
    two to five times as long, more than the copy.
    """
    return real(x.contiguous())


def as_before(out: Tensor, x: Tensor) -> Tensor:
    """Give what was computed in the dtype of the batch it was made of: whole numbers rounded, uint8 held in 0 ... 255.

    Floats are not held in a range, since nobody knows theirs.

    >>> as_before(torch.tensor([-3.0, 1.6, 300.0]), torch.zeros(1, dtype=torch.uint8))
    tensor([  0,   2, 255], dtype=torch.uint8)
    """
    if x.is_floating_point():
        return out.to(x.dtype)
    out = out.round()
    return (out.clamp_(0, 255) if x.dtype == torch.uint8 else out).to(x.dtype)
