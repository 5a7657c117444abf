"""Whether an input is large enough for a network, and what would be."""

from collections.abc import Callable, Sequence

import torch
from torch import nn

from foveal.core.errors import ParameterError

#: Longest axis that is tried in the search for one that is long enough.
_LONGEST = 1024

Make = Callable[[tuple[int, ...]], nn.Module]


def check_large_enough(name: str, make: Make, net: nn.Module, input_shape: Sequence[int]) -> None:
    r"""Run a row through a network without memory, in inference; one that is too small names the size that would do.

    `make` builds such a network for another (C, \*S). Raises `ParameterError`.
    """
    shape = tuple(input_shape)
    if not _runs(net, shape):
        size = smallest_input(make, shape)
        need = "no size up to " + str(_LONGEST) if size is None else "at least " + " x ".join(map(str, size))
        raise ParameterError(
            f"net={name!r} needs {need} pixels on the spatial axes, got {' x '.join(map(str, shape[1:]))}; "
            "use larger rows, or a network for small ones such as the plain stack (net=None)"
        )


def smallest_input(make: Make, input_shape: Sequence[int]) -> tuple[int, ...] | None:
    """Find the smallest size that a network takes: each axis as it is given, or as long as the shortest that will do.

    >>> smallest_input(lambda shape: nn.Conv1d(shape[0], 1, 5), (3, 2))
    (5,)
    """
    channels, *size = input_shape

    def fits(n: int) -> bool:
        shape = (channels, *(max(n, s) for s in size))
        return _runs(_made(make, shape), shape)

    low, high = 0, 1
    while not fits(high):
        low, high = high, 2 * high
        if high > _LONGEST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return tuple(max(high, s) for s in size)


def _made(make: Make, shape: tuple[int, ...]) -> nn.Module:
    with torch.device("meta"):
        return make(shape).eval()


def _runs(net: nn.Module, shape: tuple[int, ...]) -> bool:
    """Tell whether a row goes through: torch refuses a map that would be empty."""
    try:
        with torch.no_grad():
            out = net(torch.zeros(1, *shape, device="meta"))
    except RuntimeError:
        return False
    return bool(out.numel())
