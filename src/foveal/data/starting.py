"""How processes that read ahead are started on this system."""

import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from multiprocessing import get_all_start_methods

from foveal.core.rules import check, choice


def start_method() -> str:
    """Choose how workers are started: what `FOVEAL_START_METHOD` says, else "fork" where that is safe, else "spawn"."""
    methods = get_all_start_methods()
    default = "fork" if "fork" in methods and sys.platform != "darwin" else "spawn"
    asked = os.environ.get("FOVEAL_START_METHOD") or default
    check("FOVEAL_START_METHOD", asked, choice(*methods))
    return asked


@contextmanager
def signals_held(signals: Iterable[signal.Signals]) -> Iterator[None]:
    """Let no signal come meanwhile."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
