"""An interpreter that exits while a daemon thread trains: the thread stops between two steps, and stays there.

Python ends daemon threads where they next ask for its lock. Within PyTorch's C++ that aborts the process (exit code
134), whatever code the program ends with. Torch-free.
"""

import atexit
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

#: Seconds that an exit waits for the steps that are being made.
PATIENCE = 10.0

_at_work: set[int] = set()  # daemon threads between two stops
_left = threading.Event()


@contextmanager
def at_work() -> Iterator[None]:
    """Note that this thread works until the block ends, and calls `stop_if_left` again and again meanwhile."""
    if not threading.current_thread().daemon:  # Python waits for the others before it exits
        yield
        return
    _register()
    here = threading.get_ident()
    _at_work.add(here)
    try:
        stop_if_left()
        yield
    finally:
        _at_work.discard(here)


def stop_if_left() -> None:
    """Stop here for good if the interpreter is exiting and does not wait for this thread."""
    if _left.is_set() and threading.get_ident() in _at_work:
        _at_work.discard(threading.get_ident())
        stop = threading.Lock()
        stop.acquire()
        stop.acquire()  # by nobody ever released


@cache
def _register() -> None:
    atexit.register(_leave)


def _leave() -> None:
    _left.set()
    end = time.monotonic() + PATIENCE
    while _at_work and time.monotonic() < end:
        time.sleep(0.001)
