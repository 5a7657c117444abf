"""A network as it answers: the functions that it is in inference, batch norm folded into the filters."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as torch_module

from foveal.core.copies import deep_copy
from foveal.layers.activations import ACTIVATIONS
from foveal.layers.conv_block import PAD, POOL
from foveal.layers.dropout import Dropout
from foveal.layers.flatten import Flatten
from foveal.layers.norm import BatchNorm
from foveal.layers.standardize import Standardize

Step = Callable[[Tensor], Tensor]

CONVOLVE: dict[type[nn.Module], Any] = {nn.Conv1d: torch.conv1d, nn.Conv2d: torch.conv2d, nn.Conv3d: torch.conv3d}
KNOWN = {
    *CONVOLVE, nn.Linear, *POOL["max"].values(), *POOL["avg"].values(), *PAD.values(), *ACTIVATIONS.values(),
    BatchNorm, Flatten, Standardize,
}  # fmt: skip


class Frozen:
    r"""Compute what `net` does in inference: its layers' functions in a row, and no modules around them.

    With `fold`, batch norm after a convolution is folded into it: with s = gamma / sqrt(var + eps),

        norm(w x + b) = (s w) x + (b - mean) s + beta

    in float64, rounded once. Dropout is left out. Weights that are not folded are those of `net`, no copies, unless
    another `dtype` is asked for. It takes some ten microseconds a layer to make, so that one is made for each call and
    none can be older than the network. A module that is not of `layers`, or has hooks, is called as it stands; the
    whole network is, while hooks for all modules of the process are registered.

    Shape: that of `net`, which must be in inference mode. Source: Jacob et al. 2018, section 3.2.

    >>> from foveal.layers import ConvBlock
    >>> net = ConvBlock(2, 1, 4).eval()
    >>> frozen, x = Frozen(net), torch.ones(2, 1, 5, 5)
    >>> len(frozen.steps), torch.allclose(frozen(x), net(x), atol=1e-6)
    (2, True)
    """

    def __init__(self, net: nn.Module, dtype: torch.dtype | None = None, *, fold: bool = True) -> None:
        own = net if dtype is None else deep_copy(net).to(dtype)
        with torch.no_grad():
            self.steps: list[Step] = [own] if hooks_of_all_modules() else list(_steps(leaves_of(own), fold))

    def __call__(self, x: Tensor) -> Tensor:
        """Give the network's outputs."""
        for step in self.steps:
            x = step(x)
        return x


def leaves_of(module: Any, also: tuple[type[nn.Module], ...] = ()) -> list[nn.Module]:
    """List what a network runs one after the other, as far down as that is known, less what does nothing.

    Dropout does nothing in inference; `also` names what is listed all the same.
    """
    chained = isinstance(module, nn.Sequential) and type(module).forward is nn.Sequential.forward
    if chained and not is_altered(module):
        return [leaf for child in module for leaf in leaves_of(child, also)]  # not children(), which name a module once
    idle = type(module) in (Dropout, nn.Identity) and type(module) not in also and not is_altered(module)
    return [] if idle else [module]


def _steps(leaves: list[nn.Module], fold: bool) -> Iterator[Step]:
    while leaves:
        leaf, *leaves = leaves
        if fold and leaves and _folds(leaf, leaves[0]):
            yield _folded(leaf, leaves.pop(0))
        else:
            yield leaf.forward if _is_known(leaf) else leaf  # without torch's wrapper for hooks


def _folds(conv: Any, norm: Any) -> bool:
    kinds = type(conv) in CONVOLVE and type(norm) is BatchNorm and conv.padding_mode == "zeros"
    if not kinds or is_altered(conv) or is_altered(norm):
        return False
    return all(isinstance(t, Tensor) for t in (norm.weight, norm.bias, norm.running_mean, norm.running_var))


def _is_known(module: Any) -> bool:
    return type(module) in KNOWN and not is_altered(module)


def is_altered(module: nn.Module) -> bool:
    """Tell whether a module does something else than its class says: it has hooks, or a forward of its own."""
    forward, back = module._forward_hooks or module._forward_pre_hooks, module._backward_hooks
    return bool(forward or back or module._backward_pre_hooks or "forward" in vars(module))


def hooks_of_all_modules() -> bool:
    """Tell whether hooks for all modules of the process are registered."""
    return any(getattr(torch_module, name) for name in _GLOBAL_HOOKS)


_GLOBAL_HOOKS = (
    "_global_forward_hooks", "_global_forward_pre_hooks", "_global_backward_hooks", "_global_backward_pre_hooks",
)  # fmt: skip


def _folded(conv: Any, norm: Any) -> Step:
    scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    moved = -norm.running_mean.double() if conv.bias is None else conv.bias.double() - norm.running_mean.double()
    weight = conv.weight.double() * scale.view(-1, *[1] * (conv.weight.ndim - 1))  # in the order of the filters' memory
    weight, bias = weight.to(conv.weight.dtype), (moved * scale + norm.bias.double()).to(conv.weight.dtype)
    convolve, stride, padding = CONVOLVE[type(conv)], conv.stride, conv.padding
    return lambda x: convolve(x, weight, bias, stride, padding, conv.dilation, conv.groups)
