"""The first layers of a network: as its paper has them, or for small inputs."""

from collections.abc import Callable, Sequence

import torch
from torch import nn

from foveal.core.choices import Stem

#: Pixels of the shortest axis up to which stem="auto" is small: a full stem leaves a quarter of them, or less.
SMALL = 64

__all__ = ["SMALL", "Stem", "is_small", "kept_strides", "round_channels", "stem_note"]


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


def kept_strides(strides: Sequence[int], small: bool) -> list[int]:
    """Give the strides of a network's stages, in order; for small inputs the first two that halve become 1.

    A mobile network halves five times: of 32 pixels one would be left, with this 4, as a small residual network leaves.

    >>> kept_strides((2, 1, 2, 2, 2, 1, 2), small=True)
    [1, 1, 1, 2, 2, 1, 2]
    """
    halving = [i for i, stride in enumerate(strides) if stride > 1][:2] if small else []
    return [1 if i in halving else stride for i, stride in enumerate(strides)]


def round_channels(channels: float, of: int = 8) -> int:
    """Round a number of channels to a multiple of `of`, never by more than a tenth down.

    Source: Sandler et al. 2018, the authors' code; Howard et al. 2019.

    >>> round_channels(16 * 1.4), round_channels(32 * 0.35), round_channels(3)
    (24, 16, 8)
    """
    rounded = max(of, int(channels + of / 2) // of * of)
    return rounded + of if rounded < 0.9 * channels else rounded
