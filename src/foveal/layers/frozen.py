"""A network as it answers: the functions that it is in inference, batch norm folded into the filters."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from foveal.core.copies import deep_copy
from foveal.layers.altered import hooks_of_all_modules, is_altered
from foveal.layers.flow import Node, count_places, flow, in_place, is_fresh, joined
from foveal.layers.folding import Folded, Folding, may_fold
from foveal.layers.fused import Step, fused, runs_fused
from foveal.layers.norm import BatchNorm
from foveal.layers.wiring import Join

CONVOLVE: dict[type[nn.Module], Any] = {nn.Conv1d: torch.conv1d, nn.Conv2d: torch.conv2d, nn.Conv3d: torch.conv3d}


class Frozen:
    r"""Compute what `net` does in inference: its layers' functions in a row, and no modules around them.

    With `fold`, batch norm after a convolution is folded into it, see `Folding`, inside residual blocks and other
    wirings too; on a CPU ReLU and the sum of a residual block are then computed with it. Dropout is left out. Weights
    that are not folded are those of `net`, no copies, unless another `dtype` is asked for; those that are folded are as
    they were when this was made, or when `folding.fold` was last called. Which steps there are is decided once:
    whoever keeps this must see that the network's modules and settings are still the same. A module that is not of
    torch or of `layers`, or has hooks, is called as it stands; the whole network is, while hooks for all modules of the
    process are registered. `nodes` are the network's steps where they are not those of `flow`: where something else
    than a module computes several of them.

    Shape: that of `net`, which must be in inference mode.

    >>> from foveal.layers import ConvBlock
    >>> net = ConvBlock(2, 1, 4).eval()
    >>> frozen, x = Frozen(net), torch.ones(2, 1, 5, 5)
    >>> len(frozen.steps), torch.allclose(frozen(x), net(x), atol=1e-6)
    (2, True)
    """

    def __init__(
        self,
        net: nn.Module,
        dtype: torch.dtype | None = None,
        *,
        fold: bool = True,
        nodes: Sequence[Node] | None = None,
    ) -> None:
        own = net if dtype is None else deep_copy(net).to(dtype)
        if nodes is None:
            nodes = [Node(own, (0,), 0)] if hooks_of_all_modules() else flow(own)
        self.places, nodes = count_places(nodes), list(_folded(nodes)) if fold else nodes
        self.folding = Folding([node.what for node in nodes if isinstance(node.what, Folded)])
        self.steps = list(_steps(nodes))
        self.fused = list(_shorter(nodes, self.steps))

    def __call__(self, x: Tensor) -> Tensor:
        """Give the network's outputs."""
        held = [x] * self.places
        for call, reads, to in self.fused if runs_fused(x) else self.steps:
            held[to] = call(*[held[place] for place in reads])
        return held[0]


def _folded(nodes: Sequence[Node]) -> Iterator[Node]:
    """Give the nodes, one for a convolution and its batch norm."""
    rest = list(nodes)
    while rest:
        what, reads, to = rest.pop(0)
        if rest and rest[0].goes_on and rest[0].to == to and may_fold(what, rest[0].what):
            what = Folded(what, rest.pop(0).what)
        yield Node(what, reads, to)


def _steps(nodes: Sequence[Node]) -> Iterator[Step]:
    fresh: dict[int, bool] = {}  # of the value at a place
    for node in nodes:
        what, reads, to = node
        if isinstance(what, Folded):
            call: Callable[..., Tensor] = partial(
                CONVOLVE[type(what.conv)], weight=what.weight, bias=what.bias, **what.how
            )
        elif isinstance(what, Join):
            call = joined(what, overwrite=node.begins_anew and fresh.get(reads[0], False))
        elif not isinstance(what, nn.Module):
            call = what
        else:
            call = (in_place(what) if node.goes_on and fresh.get(to) else None) or _function(what)
        fresh[to] = not isinstance(what, (nn.Module, Join)) or is_fresh(node)
        yield Step(call, reads, to)


def _shorter(nodes: Sequence[Node], steps: Sequence[Step]) -> Iterator[Step]:
    """Give the steps, one for a convolution and what is computed with it."""
    done = 0
    while done < len(nodes):
        step, taken = fused(nodes[done : done + 3]) or (steps[done], 1)
        yield step
        done += taken


def _function(module: Any) -> Callable[..., Tensor]:
    """Give what a module computes in inference, without torch's wrapper for hooks where there are none."""
    ours = type(module).__module__.partition(".")[0] in ("torch", "foveal")
    if not ours or is_altered(module) or hooks_of_all_modules():
        return module  # type: ignore[no-any-return]
    if type(module) is BatchNorm:
        mean, var = module.running_mean, module.running_var
        return partial(
            F.batch_norm, running_mean=mean, running_var=var, weight=module.weight, bias=module.bias, eps=module.eps
        )
    return module.forward  # type: ignore[no-any-return]
