"""A network as one list of steps: what computes, what it reads, and where its result goes.

A row of modules is such a list, and so is a graph: rows that run side by side and become one. Whoever runs a network
step by step, folded or on compiled kernels, goes through one list, with none of the blocks' own calls around it.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial, reduce
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from foveal.layers.altered import is_altered
from foveal.layers.dropout import Dropout
from foveal.layers.norm import BatchNorm
from foveal.layers.places import laid_out, overlapped
from foveal.layers.stochastic_depth import StochasticDepth
from foveal.layers.wiring import Join, Wiring, joins, modules_of, wiring_of

#: What does nothing in inference.
IDLE: tuple[type[nn.Module], ...] = (nn.Identity, Dropout, StochasticDepth)


class Node(NamedTuple):
    """One step: a module, or a `Join` without its rows; the places it reads, and the place where its result goes.

    The input lies at place 0, and there the last step leaves the output. A value is overwritten once no step after it
    reads it.
    """

    what: Any  # nn.Module | Join
    reads: tuple[int, ...]
    to: int

    @property
    def goes_on(self) -> bool:
        """Whether it only goes on with the value that it overwrites: not a join, and not the beginning of a row."""
        return self.reads == (self.to,) and not isinstance(self.what, Join)

    @property
    def begins_anew(self) -> bool:
        """Whether what a join reads first is a row's own, at a place beyond; the input is read by others too."""
        return self.reads[0] > self.to


def flow(net: nn.Module, idle: tuple[type[nn.Module], ...] = IDLE) -> list[Node]:
    """List the steps of a network, as far down as its wiring is known; `idle` are those that do nothing.

    A module with hooks is one step, whatever it is made of.

    >>> from foveal.layers import Residual
    >>> net = nn.Sequential(nn.Tanh(), Residual({"conv": nn.Conv1d(2, 2, 1)}, activation="relu"))
    >>> [(type(node.what).__name__, node.reads, node.to) for node in flow(net)]
    [('Tanh', (0,), 0), ('Conv1d', (0,), 1), ('Join', (1, 0), 0), ('ReLU', (0,), 0)]
    """
    return list(_of_row((net,), 0, 0, idle))


def _of_row(steps: Sequence[Any], source: int, to: int, idle: tuple[type[nn.Module], ...]) -> Iterator[Node]:
    for step in steps:
        for node in _of_join(step, source, to, idle) if isinstance(step, Join) else _of(step, source, to, idle):
            yield node
            if node.to == to:
                source = to


def _of(module: nn.Module, source: int, to: int, idle: tuple[type[nn.Module], ...]) -> Iterator[Node]:
    altered = is_altered(module)
    wiring = None if altered else wiring_of(module)
    if wiring is not None and not _runs_twice(wiring):
        yield from _of_row(wiring, source, to, idle)
    elif altered or type(module) not in idle:
        yield Node(module, (source,), to)


def _of_join(join: Join, source: int, to: int, idle: tuple[type[nn.Module], ...]) -> Iterator[Node]:
    place, reads = max(source, to) + 1, []
    for row in join.rows:
        nodes = list(_of_row(row, source, place, idle))
        yield from nodes
        reads.append(place if nodes else source)
        place += bool(nodes)
    yield Node(join._replace(rows=()), tuple(reads), to)


def _runs_twice(wiring: Wiring) -> bool:
    """Tell whether rows side by side have a module in common, which a block itself may run once for all of them."""
    for join in joins(wiring):
        rows = [{id(module) for module in modules_of(row)} for row in join.rows]
        if sum(map(len, rows)) > len(set().union(*rows)):
            return True
    return False


def count_places(nodes: Sequence[Node]) -> int:
    """Count the places that the steps need."""
    return 1 + max((node.to for node in nodes), default=0)


#: Modules whose result is memory of its own that their backward pass does not look at again.
_FRESH = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear, nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, BatchNorm)
#: Activations of a single pass over their input, for inference.
_IN_PLACE: dict[type[nn.Module], Callable[..., Tensor]] = {
    nn.ReLU: torch.relu_,
    nn.ReLU6: partial(F.relu6, inplace=True),
    nn.SiLU: partial(F.silu, inplace=True),
    nn.Hardswish: partial(F.hardswish, inplace=True),
    nn.Hardsigmoid: partial(F.hardsigmoid, inplace=True),
    nn.Sigmoid: torch.sigmoid_,
    nn.Tanh: torch.tanh_,
}


def is_fresh(node: Node) -> bool:
    """Tell whether a step's result may be overwritten by the next: it is no view, and no backward pass reads it."""
    if isinstance(node.what, Join):  # what is laid out over as many places is the row's own value
        return len(node.reads) > 1 and node.what.how != "lay out"
    return type(node.what) in _FRESH and not is_altered(node.what)


def in_place(module: Any) -> Callable[..., Tensor] | None:
    """Give what an activation computes in inference, written over its input; None where it cannot be."""
    return None if is_altered(module) else _IN_PLACE.get(type(module))


def joined(join: Join, *, overwrite: bool = False) -> Callable[..., Tensor]:
    """Give the function of the rows' results that a join is; with `overwrite` the first of them may be written over."""
    if join.how in _OF_ROWS:
        return _OF_ROWS[join.how]
    together = partial(reduce, torch.mul) if join.how == "scale" else _sum_in_place if overwrite else _sum
    return partial(_scaled, join.scale, together)


def _concatenated(*rows: Tensor) -> Tensor:
    return torch.cat(rows, 1)


#: Joins that are one function of all rows.
_OF_ROWS: dict[str, Callable[..., Tensor]] = {
    "concatenate": _concatenated,
    "overlap": overlapped,
    "lay out": laid_out,
}


def _sum(rows: Sequence[Tensor]) -> Tensor:
    return reduce(torch.add, rows)


def _sum_in_place(rows: Sequence[Tensor]) -> Tensor:
    total, *others = rows
    for other in others:  # a user's rows may be of shapes that have to be broadcast
        total = total.add_(other) if (total.shape, total.dtype) == (other.shape, other.dtype) else total + other
    return total


def _scaled(scale: Tensor | None, together: Callable[..., Tensor], first: Tensor, *others: Tensor) -> Tensor:
    return together((first if scale is None else first * scale, *others))
