"""Which of a network's modules run on the compiled kernels, which stay with PyTorch, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from foveal.kernels.blocks import Reading, is_read
from foveal.kernels.library import Library, load, status
from foveal.kernels.recognise import leaves, read
from foveal.layers import Dropout, Masked, Standardize
from foveal.layers.altered import hooks_of_all_modules, is_altered
from foveal.layers.flow import Node, flow


@dataclass
class Plan:
    """What runs where: the library, the standardisation that the kernels do, the layers they run, and why no more.

    `whole` says that nothing of the network is left to PyTorch.
    """

    library: Library | None
    why: str
    standardize: Standardize | None = None
    leaves: list[nn.Module] = field(default_factory=list)  # after the standardisation
    nodes: list[Node] = field(default_factory=list)  # likewise, into blocks as far as their wiring is known
    reading: Reading = field(default_factory=lambda: Reading([], [], "", ()))

    @property
    def whole(self) -> bool:
        """Whether the kernels run all of the network."""
        return self.library is not None and bool(self.reading.blocks) and not self.reading.rest

    @property
    def some(self) -> bool:
        """Whether the network has several steps, of which the kernels may run some."""
        return self.library is not None and len(self.nodes) > 1


def plan(net: nn.Module, shape: Sequence[int], switched_off: bool = False) -> Plan:
    r"""Plan a network for rows of (C, \*S); it is only looked at. Raises what `library.load` raises."""
    if switched_off:
        return Plan(None, "kernels='off', or a device or precision that is not theirs")
    library = load()
    if library is None:
        return Plan(None, status().reason)
    if isinstance(net, Masked):
        return Plan(None, "rows of unequal length go with a mask, which PyTorch's layers are given")
    if hooks_of_all_modules():
        return Plan(None, "hooks for all modules are registered, which would not run")
    found = leaves(net)
    first: Any = found[0] if found else None
    standardize = first if type(first) is Standardize and _is_read(first, tuple(shape)) else None
    if standardize is not None:
        found = found[1:]
    nodes = flow(net, idle=(nn.Identity,))[standardize is not None :]
    why = _why_not_trained(net, [node.what for node in nodes]) if net.training else None
    if why is not None:
        return Plan(None, why)
    reading = read(found, shape)
    return Plan(library, reading.why, standardize, found, nodes, reading)


def _is_read(first: Standardize, shape: tuple[int, ...]) -> bool:
    """Tell whether the kernels can standardise as this does: channels, or the columns of a table."""
    own = shape if len(shape) == 2 and getattr(first.mean, "ndim", 1) == 2 else shape[:1]
    fit = is_read(first.mean, own) and is_read(first.deviation, own) and is_read(first.scale, ())
    return fit and not is_altered(first)


def _why_not_trained(net: nn.Module, found: Sequence[Any]) -> str | None:
    """Say why a network is not trained on kernels, whatever its modules are."""
    for name, p in net.named_parameters():
        if not p.requires_grad or p._backward_hooks or p._post_accumulate_grad_hooks:
            return f"{name} is frozen or has a hook of its own"
    modules = [step for step in found if isinstance(step, nn.Module)]
    weights = [id(p) for module in modules for p in module.parameters()]
    if len(set(weights)) < len(weights):
        return "a weight stands in several places, whose gradients would have to be added up"
    resting = [m for m in modules if isinstance(m, (_BatchNorm, Dropout)) and not m.training]
    return f"a {type(resting[0]).__name__} is in inference mode, the network is not" if resting else None
