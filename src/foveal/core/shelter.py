"""PyTorch's settings are the caller's: what is computed here does not follow them, and they are as they were after.

Kept away are default dtype and device, autocast, modes for functions and operators, and gradients that are turned off.
What says how strictly PyTorch computes (deterministic algorithms, anomaly detection, the precision of matrix products,
denormals) holds here too: it is meant for the whole process.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import cache
from typing import Generic, TypeVar

import torch
from torch import overrides
from torch.utils import _python_dispatch

Value = TypeVar("Value")

#: Kinds of device that can be under autocast.
_KINDS = ("cpu", "cuda", "mps", "xpu")


def sheltered() -> AbstractContextManager[None]:
    """Compute by PyTorch's own settings in this thread, gradients among them, then by the caller's again.

    The default dtype is the process's, so that other threads see it change for as long; tensors that matter say theirs.

    >>> with torch.no_grad(), sheltered():
    ...     torch.is_grad_enabled()
    True
    """
    return nullcontext() if _is_undisturbed() else _shelter()


def repeatable(device: torch.device) -> AbstractContextManager[None]:
    """Let cuDNN choose only among algorithms that give the same bits each time, where `device` computes by cuDNN.

    The others add the parts of a filter's gradient in the order in which they happen to be done.

    >>> with repeatable(torch.device("cpu")):
    ...     torch.backends.cudnn.deterministic
    False
    """
    return _CUDNN.standard() if device.type == "cuda" else nullcontext()


def _is_undisturbed() -> bool:
    return (
        torch.is_grad_enabled()
        and not torch.is_inference_mode_enabled()
        and _DTYPE.is_standard()
        and not (torch._C._len_torch_function_stack() or torch._C._len_torch_dispatch_stack())
        and not any(map(torch.is_autocast_enabled, _KINDS))
    )


@contextmanager
def _shelter() -> Iterator[None]:
    with ExitStack() as kept_away:
        if torch._C._len_torch_dispatch_stack():
            kept_away.enter_context(_python_dispatch._disable_current_modes())
        for _ in range(torch._C._len_torch_function_stack()):  # torch.set_default_device is one of them
            kept_away.enter_context(overrides._pop_mode_temporarily())
        for kind in filter(torch.is_autocast_enabled, _KINDS):
            kept_away.enter_context(torch.autocast(kind, enabled=False))
        kept_away.enter_context(_DTYPE.standard())
        kept_away.enter_context(torch.inference_mode(False))
        kept_away.enter_context(torch.enable_grad())
        yield


class _ProcessSetting(Generic[Value]):
    """A setting of the whole process: `value` while any thread computes here, then what the first one found."""

    def __init__(self, read: Callable[[], Value], write: Callable[[Value], None], value: Value) -> None:
        self.read, self.write, self.value = read, write, value
        self.lock = threading.RLock()  # of the thread that forks too
        self.threads: set[int] = set()
        self.found = value

    def is_standard(self) -> bool:
        """Tell whether it is `value`, and not only for as long as another thread computes here."""
        with self.lock:
            return not self.threads and self.read() == self.value

    @contextmanager
    def standard(self) -> Iterator[None]:
        """Make it `value`, unless this thread has done so already."""
        me = threading.get_ident()
        self._survive_forks()
        with self.lock:
            nested = me in self.threads
            if not self.threads:
                self.found = self.read()
                self.write(self.value)
            self.threads.add(me)
        try:
            yield
        finally:
            if not nested:
                self._leave(me)

    def _leave(self, me: int) -> None:
        with self.lock:
            self.threads.discard(me)
            if not self.threads and self.read() == self.value:  # else somebody has set another since
                self.write(self.found)

    @cache  # noqa: B019  (there are two)
    def _survive_forks(self) -> None:
        """Let no process be forked off in between; in the child the other threads are no more."""
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self.lock.acquire, after_in_parent=self.lock.release, after_in_child=self._alone)

    def _alone(self) -> None:
        self.threads &= {threading.get_ident()}
        self.lock.release()


def _set_deterministic(value: bool) -> None:
    torch.backends.cudnn.deterministic = value


_DTYPE = _ProcessSetting(torch.get_default_dtype, torch.set_default_dtype, torch.float32)
_CUDNN = _ProcessSetting(lambda: bool(torch.backends.cudnn.deterministic), _set_deterministic, True)
