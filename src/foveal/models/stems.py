"""The first layers of a network: as its paper has them, or for small inputs."""

from collections.abc import Sequence

from foveal.core.choices import Stem

#: Pixels of the shortest axis up to which stem="auto" is small: a full stem leaves a quarter of them, or less.
SMALL = 64

__all__ = ["SMALL", "Stem", "is_small"]


def is_small(stem: Stem, input_shape: Sequence[int]) -> bool:
    r"""Tell whether the first layers are those for small inputs; `input_shape` is (C, \*S).

    >>> is_small("auto", (3, 32, 32)), is_small("auto", (3, 224, 224)), is_small("full", (3, 32, 32))
    (True, False, False)
    """
    return stem == "small" or (stem == "auto" and min(input_shape[1:]) <= SMALL)
