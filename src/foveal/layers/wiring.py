"""How a module's parts hang together: rows of modules, and places where rows run side by side.

A wiring is a tuple of steps that run one after the other. A step is a module, or a `Join`: rows that all read the same
input, and how their outputs become one. Whoever follows a network, for its receptive field, its plan on compiled
kernels or its answers, reads this and needs to know no block by name.
"""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from torch import Tensor, nn


class Join(NamedTuple):
    """Rows side by side: y = F(x) + G(x), [F(x), G(x)] along the channels, or F(x) G(x).

    Rows of unlike sizes: "overlap" is [F(x), G(x)], each cut to the smallest of them from its middle, of which the last
    is never the larger by more than one place; "lay out" is F(x) laid out over the places of G(x) (`layers/places.py`).
    An empty row passes its input on. `scale` is a factor of the first row, one for each channel.
    """

    how: Literal["add", "concatenate", "scale", "overlap", "lay out"]
    rows: tuple["Wiring", ...]
    scale: Tensor | None = None


Wiring = tuple[Any, ...]  # of modules and joins


def wiring_of(module: nn.Module) -> Wiring | None:
    """Give the steps of a module: a sequence's children, a block's `wiring`; None for a layer that has no parts.

    >>> from foveal.layers import Residual
    >>> [type(step).__name__ for step in wiring_of(Residual({"conv": nn.Conv1d(2, 2, 3, padding=1)}))]
    ['Join', 'Identity']
    """
    if isinstance(module, nn.Sequential) and type(module).forward is nn.Sequential.forward:
        return tuple(module)
    return module.wiring if _tells_of_its_forward(type(module)) else None  # type: ignore[return-value]


def _tells_of_its_forward(kind: type[nn.Module]) -> bool:
    """Tell whether a class has a wiring that is no older than its forward: a subclass may compute something else."""
    told = next((owner for owner in kind.__mro__ if isinstance(vars(owner).get("wiring"), property)), None)
    return told is not None and issubclass(told, next(owner for owner in kind.__mro__ if "forward" in vars(owner)))


def joins(wiring: Wiring) -> Iterator[Join]:
    """Give the joins of a wiring, those within first."""
    for step in wiring:
        if isinstance(step, Join):
            for row in step.rows:
                yield from joins(row)
            yield step


def modules_of(wiring: Wiring) -> Iterator[nn.Module]:
    """Give the modules of a wiring, those within joins too."""
    for step in wiring:
        if isinstance(step, Join):
            for row in step.rows:
                yield from modules_of(row)
        else:
            yield step
