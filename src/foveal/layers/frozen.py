"""A network as it answers: the functions that it is in inference, batch norm folded into the filters."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from foveal.core.copies import deep_copy
from foveal.layers.altered import hooks_of_all_modules, is_altered
from foveal.layers.flow import Node, count_places, flow, in_place, is_fresh, joined
from foveal.layers.norm import BatchNorm
from foveal.layers.wiring import Join

CONVOLVE: dict[type[nn.Module], Any] = {nn.Conv1d: torch.conv1d, nn.Conv2d: torch.conv2d, nn.Conv3d: torch.conv3d}


class Step(NamedTuple):
    """A function, the places that it reads, and the place where its result goes."""

    call: Callable[..., Tensor]
    reads: tuple[int, ...]
    to: int


class Frozen:
    r"""Compute what `net` does in inference: its layers' functions in a row, and no modules around them.

    With `fold`, batch norm after a convolution is folded into it: with s = gamma / sqrt(var + eps),

        norm(w x + b) = (s w) x + (b - mean) s + beta

    in float64, rounded once, inside residual blocks and other wirings too. Dropout is left out. Weights that are not
    folded are those of `net`, no copies, unless another `dtype` is asked for. It takes some ten microseconds a layer to
    make, so that one is made for each call and none can be older than the network. A module that is not of torch or of
    `layers`, or has hooks, is called as it stands; the whole network is, while hooks for all modules of the process are
    registered.

    Shape: that of `net`, which must be in inference mode. Source: Jacob et al. 2018, section 3.2.

    >>> from foveal.layers import ConvBlock
    >>> net = ConvBlock(2, 1, 4).eval()
    >>> frozen, x = Frozen(net), torch.ones(2, 1, 5, 5)
    >>> len(frozen.steps), torch.allclose(frozen(x), net(x), atol=1e-6)
    (2, True)
    """

    def __init__(self, net: nn.Module, dtype: torch.dtype | None = None, *, fold: bool = True) -> None:
        own = net if dtype is None else deep_copy(net).to(dtype)
        nodes = [Node(own, (0,), 0)] if hooks_of_all_modules() else flow(own)
        self.places = count_places(nodes)
        with torch.no_grad():
            self.steps = list(_steps(nodes, fold))

    def __call__(self, x: Tensor) -> Tensor:
        """Give the network's outputs."""
        held = [x] * self.places
        for call, reads, to in self.steps:
            held[to] = call(*[held[place] for place in reads])
        return held[0]


def _steps(nodes: Sequence[Node], fold: bool) -> Iterator[Step]:
    fresh: dict[int, bool] = {}  # of the value at a place
    rest = list(nodes)
    while rest:
        node = what, reads, to = rest.pop(0)
        if fold and rest and rest[0].goes_on and rest[0].to == to and _folds(what, rest[0].what):
            call: Callable[..., Tensor] = _folded(what, rest.pop(0).what)
        elif isinstance(what, Join):
            call = joined(what, overwrite=node.begins_anew and fresh.get(reads[0], False))
        else:
            call = (in_place(what) if node.goes_on and fresh.get(to) else None) or _function(what)
        fresh[to] = is_fresh(node)
        yield Step(call, reads, to)


def _function(module: Any) -> Callable[..., Tensor]:
    """Give what a module computes in inference, without torch's wrapper for hooks where there are none."""
    if is_altered(module) or type(module).__module__.partition(".")[0] not in ("torch", "foveal"):
        return module  # type: ignore[no-any-return]
    if type(module) is BatchNorm:
        mean, var = module.running_mean, module.running_var
        return partial(
            F.batch_norm, running_mean=mean, running_var=var, weight=module.weight, bias=module.bias, eps=module.eps
        )
    return module.forward  # type: ignore[no-any-return]


def _folds(conv: Any, norm: Any) -> bool:
    kinds = type(conv) in CONVOLVE and type(norm) is BatchNorm and conv.padding_mode == "zeros"
    if not kinds or is_altered(conv) or is_altered(norm):
        return False
    return all(isinstance(t, Tensor) for t in (norm.weight, norm.bias, norm.running_mean, norm.running_var))


def _folded(conv: Any, norm: Any) -> Callable[..., Tensor]:
    scale = norm.weight / norm.running_var.double().add_(norm.eps).sqrt_()  # float64 times float32 is float64
    shape, dtype = (-1, *[1] * (conv.weight.ndim - 1)), conv.weight.dtype
    weight = (conv.weight * scale.view(shape)).to(dtype)  # in the order of the filters' memory
    mean = norm.running_mean if conv.bias is None else norm.running_mean.double() - conv.bias
    bias = (norm.bias - mean * scale).to(dtype)
    how = {"stride": conv.stride, "padding": conv.padding, "dilation": conv.dilation, "groups": conv.groups}
    return partial(CONVOLVE[type(conv)], weight=weight, bias=bias, **how)
