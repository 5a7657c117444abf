"""Whether modules do something else than their classes say."""

from torch import nn
from torch.nn.modules import module as torch_module

_GLOBAL_HOOKS = (
    "_global_forward_hooks", "_global_forward_pre_hooks", "_global_backward_hooks", "_global_backward_pre_hooks",
)  # fmt: skip


def is_altered(module: nn.Module) -> bool:
    """Tell whether a module does something else than its class says: it has hooks, or a forward of its own."""
    forward, back = module._forward_hooks or module._forward_pre_hooks, module._backward_hooks
    return bool(forward or back or module._backward_pre_hooks or "forward" in vars(module))


def hooks_of_all_modules() -> bool:
    """Tell whether hooks for all modules of the process are registered."""
    return any(getattr(torch_module, name) for name in _GLOBAL_HOOKS)
