"""Ctrl-C and a request to end (SIGINT, SIGTERM), noted so that a step in progress can be finished. Torch-free."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_NOTED = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """What has come so far: the number of the first signal, or None."""

    def __init__(self) -> None:
        self.number: int | None = None

    def raise_noted(self) -> None:
        """Do what the signal asks for: raise KeyboardInterrupt, or SystemExit with the code that shells have for it."""
        if self.number == signal.SIGINT:
            raise KeyboardInterrupt
        if self.number is not None:
            raise SystemExit(128 + self.number)


@contextmanager
def noted_signals() -> Iterator[Signals]:
    """Note the first signal instead of obeying it; a second one ends the process at once.

    Only the main thread is told of signals: in another one nothing is ever noted. What the process ignores, as under
    nohup, it goes on ignoring.
    """
    signals = Signals()

    def note(number: int, _: FrameType | None) -> None:
        if signals.number is not None:
            os._exit(128 + number)
        signals.number = number

    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {n: signal.getsignal(n) for n in _NOTED if signal.getsignal(n) is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, note)
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
    signals.raise_noted()  # one that came when nobody looked any more
