"""When Python looks for garbage, and when it must not or need not. Torch-free."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Hold the garbage collector still, and leave it as it was.

    >>> with uncollected():
    ...     gc.isenabled()
    False
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def loading() -> Iterator[None]:
    """Load torch, and look for no garbage among what its modules make, neither now nor later.

    They make half a million objects that stay, and the collector goes through them again and again: 0.27 s of the 1.5
    that `foveal train` takes to load. Where torch is there already nothing is kept.
    """
    first = "torch" not in sys.modules
    with uncollected():
        yield
    if first:
        gc.freeze()
