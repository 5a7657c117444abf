"""Where and how precisely to compute, and with how many threads."""

import _thread
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import torch

from foveal.core.errors import ParameterError, ResourceError

#: Multiply-adds of a training batch (forward) below which a second thread costs more than it brings: waking it takes
#: as long as a small layer's whole work. SPEED.md's C1 (about 5 million) took 3.3 ms with one thread, 4.3 with two. At
#: 316 million (C5, batch 32) two threads gave 0.8 times the speed of one in one run and 1.45 times in another.
ONE_THREAD_WORK = 1e8

#: In a process that was forked off: the threads that torch had in its parent.
_parents_threads: list[int] = []

#: Held while a thread sets its own count: what is the process's is something else for as long.
_SETTING = _thread.allocate_lock()

DTYPES = {"float32": torch.float32, "float64": torch.float64, "bfloat16": torch.float32}


def resolve_device(name: str) -> torch.device:
    """Turn "auto" or a name into a device that is there.

    >>> resolve_device("cpu")
    device(type='cpu')
    """
    if str(name) == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ParameterError(f"device must be 'auto', 'cpu', 'cuda', 'cuda:1' or 'mps', got {name!r}") from error
    here = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not here.get(device.type, False):
        raise ResourceError(f"device={name!r} was asked for, but torch sees no {device.type} device; use device='cpu'")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ResourceError(f"device={name!r} was asked for, but there are only {torch.cuda.device_count()} GPUs")
    return device


def resolve_precision(name: str, device: torch.device) -> str:
    """Turn "auto" or a name into "float32", "float64" or "bfloat16"; refuse what the device can only emulate.

    bfloat16 keeps float32 weights and computes in bfloat16 where that is safe (autocast).

    >>> resolve_precision("auto", torch.device("cpu"))
    'float32'
    """
    if name == "auto":
        fast = device.type == "cuda" and torch.cuda.is_bf16_supported()
        return "bfloat16" if fast else "float32"
    if name == "bfloat16" and device.type == "cpu" and not _cpu_has_bfloat16():
        raise ResourceError(
            "precision='bfloat16' needs a processor with AVX512_BF16 or AMX; here it would be 25 to 500 times slower "
            "than precision='float32'"
        )
    if name == "float64" and device.type == "mps":
        raise ResourceError("precision='float64' does not exist on device='mps'; use device='cpu'")
    return name


def inference_autocast(name: str, device: torch.device) -> torch.dtype | None:
    """Say which lower precision a fitted network predicts in, on the device it lies on: None is its own.

    >>> inference_autocast("float32", torch.device("cpu")), inference_autocast("auto", torch.device("cpu"))
    (None, None)
    """
    try:
        return torch.bfloat16 if resolve_precision(name, device) == "bfloat16" else None
    except ResourceError:  # trained on another machine: this one computes in float32
        return None


def _cpu_has_bfloat16() -> bool:
    capabilities = getattr(torch.backends.cpu, "get_cpu_capability", lambda: "")()
    return "AVX512" in capabilities and bool(torch.cpu._is_avx512_bf16_supported())


def threads_for(work: float, device: torch.device) -> int:
    """Choose the threads for a step of `work` multiply-adds: from work and cores alone, so that bits repeat.

    >>> threads_for(1e3, torch.device("cpu"))
    1
    """
    _survive_forks()
    if device.type != "cpu" or work < ONE_THREAD_WORK:
        return 1
    return _parents_threads[-1] if _parents_threads else torch.get_num_threads()


@cache
def _survive_forks() -> None:
    """Let forked processes compute: torch's operators with one thread, compiled kernels with as many as the parent.

    GNU OpenMP counts on the threads that it had in the parent and waits for them forever. Kernels start their own.
    """
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_forget_threads)


def _forget_threads() -> None:
    if not _parents_threads:
        _parents_threads.append(torch.get_num_threads())
    torch.set_num_threads(1)


@contextmanager
def running_threads(count: int) -> Iterator[None]:
    """Use `count` threads inside operators, then as many as before; in a forked process as many as there are."""
    before = torch.get_num_threads()
    count = before if _parents_threads else count
    if count == before:
        yield
        return
    _set_own_threads(count)
    try:
        yield
    finally:
        _set_own_threads(before)


def _set_own_threads(count: int) -> None:
    """Set the threads of this thread's operators, and not those that threads still to come begin with.

    `torch.set_num_threads` sets both, so that a new thread, which sees only the latter, reads it and sets it back.
    """
    begun, own, over = (_thread.allocate_lock() for _ in range(3))
    for step in (begun, own, over):
        step.acquire()

    def keep() -> None:
        found = torch.get_num_threads()
        begun.release()
        own.acquire()
        torch.set_num_threads(found)
        over.release()

    with _SETTING:
        _thread.start_new_thread(keep, ())  # a Thread takes twice as long to come and go
        begun.acquire()
        torch.set_num_threads(count)
        own.release()
        over.acquire()
