"""Masks and other pictures that belong to a batch, moved as it is."""

import torch
from torch import Tensor

from foveal.augment.table import Augmentation
from foveal.core.errors import ParameterError

#: What puts rows together, or moves some of them within one call: a mask could not follow.
_NOT = ("mixup", "cutmix", "trivial_augment")


def together(augmentation: Augmentation, x: Tensor, mask: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    r"""Change a batch, and move the mask of each row by the same numbers; what changes values alone leaves it.

    A geometric augmentation draws its numbers first, `motion(x, rng)`, and gives a function that may move several
    batches: a mask is read at the nearest pixel, so that no value comes in that was not there.

    Shape: (N, C, \*S), (N, C', \*S) -> the same.  Raises `ParameterError` where a mask cannot follow.

    >>> from foveal.augment import rotate
    >>> x, mask = torch.rand(2, 3, 8, 8), torch.ones(2, 1, 8, 8, dtype=torch.int64)
    >>> together(rotate(30), x, mask, torch.Generator())[1].unique()
    tensor([1])
    """
    name = type(augmentation).__name__
    if name in _NOT:
        raise ParameterError(f"augment: a mask cannot follow {name}; use others, such as 'rotate' and 'brightness'")
    motion = getattr(augmentation, "motion", None)
    if motion is None:
        return augmentation(x, rng), mask
    move = motion(x, rng)
    return move(x), move(mask, nearest=True)
