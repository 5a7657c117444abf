"""The first layers of a network: as its paper has them, or for small inputs."""

from collections.abc import Callable, Sequence

import torch
from torch import nn

from foveal.core.choices import Stem

#: Pixels of the shortest axis up to which stem="auto" is small: a full stem leaves a quarter of them, or less.
SMALL = 64

__all__ = ["SMALL", "Stem", "is_small", "stem_note"]


def is_small(stem: Stem, input_shape: Sequence[int]) -> bool:
    r"""Tell whether the first layers are those for small inputs; `input_shape` is (C, \*S).

    >>> is_small("auto", (3, 32, 32)), is_small("auto", (3, 224, 224)), is_small("full", (3, 32, 32))
    (True, False, False)
    """
    return stem == "small" or (stem == "auto" and min(input_shape[1:]) <= SMALL)


def stem_note(name: str, make: Callable[..., nn.Module], stem: Stem, input_shape: Sequence[int]) -> str | None:
    r"""Say which first layers a network has for an input, None where it has them in one form only.

    `make` builds the network from (C, \*S) and a stem.
    """
    shape = tuple(input_shape)
    with torch.device("meta"):
        small, full, own = (str(make(shape, stem=how)) for how in ("small", "full", stem))
    if small == full:
        return None
    taken, other = ("small", "full") if own == small else ("full", "small")  # clips are judged by their pictures alone
    why = "as asked" if stem != "auto" else f"up to {SMALL} pixels" if taken == "small" else f"above {SMALL} pixels"
    published = ", as published" if taken == "full" else ", for small inputs"
    return f"{name} has its {taken} stem{published} ({why}); stem={other!r} is the other"
