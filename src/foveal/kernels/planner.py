"""Which of a network's modules run on the compiled kernels, which stay with PyTorch, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import nn
from torch.nn.modules import module as torch_module

from foveal.core.errors import FovealError
from foveal.kernels.library import Library, load, status
from foveal.kernels.recognise import Reading, leaves, read
from foveal.layers import Standardize


@dataclass
class Plan:
    """What runs where: the library, the standardisation that the kernels do, the layers they run, and why no more.

    `whole` says that nothing of the network is left to PyTorch.
    """

    library: Library | None
    why: str
    standardize: Standardize | None = None
    leaves: list[nn.Module] = field(default_factory=list)  # behind the standardisation
    reading: Reading = field(default_factory=lambda: Reading([], [], "", ()))

    @property
    def whole(self) -> bool:
        """Whether the kernels run all of the network."""
        return self.library is not None and bool(self.reading.blocks) and not self.reading.rest

    @property
    def some(self) -> bool:
        """Whether the network is a row of modules of which the kernels may run some."""
        return self.library is not None and len(self.leaves) > 1


def plan(net: nn.Module, shape: Sequence[int], switched_off: bool = False) -> Plan:
    r"""Plan a network for rows of (C, \*S); it is only looked at."""
    if switched_off:
        return Plan(None, "kernels='off', or a device or precision that is not theirs")
    try:
        library = load()
    except FovealError as error:
        return Plan(None, str(error))
    if library is None:
        return Plan(None, status().reason)
    if any(getattr(torch_module, name) for name in _GLOBAL_HOOKS):
        return Plan(None, "hooks for all modules are registered, which would not run")
    found = leaves(net)
    first: Any = found[0] if found else None
    standardize = first if type(first) is Standardize else None
    if standardize is not None:
        found = found[1:]
    frozen = [name for name, p in net.named_parameters() if not p.requires_grad or p._backward_hooks]
    if frozen and net.training:
        return Plan(None, f"{frozen[0]} is frozen or has a hook of its own")
    reading = read(found, shape)
    return Plan(library, reading.why, standardize, found, reading)


_GLOBAL_HOOKS = (
    "_global_forward_hooks", "_global_forward_pre_hooks", "_global_backward_hooks", "_global_backward_pre_hooks",
)  # fmt: skip
