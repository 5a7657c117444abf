"""A process that is interrupted or ends while kernels are at work: `python leaving.py CASE`, JSON at the end."""

import atexit
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch

from foveal.kernels.interface import BACKWARD, FORWARD, LOSS, PACK
from foveal.kernels.planner import plan
from foveal.kernels.program import Program

try:
    from .lively import X, Y, bits, code_of, fit, forked_off, model, settle
except ImportError:  # run as a script
    from lively import X, Y, bits, code_of, fit, forked_off, model, settle

#: Rows enough for a step to take some hundredths of a second: a signal sent as it begins comes before it ends.
MANY = np.tile(X, (15, 1, 1)), np.tile(Y, 15)
#: Three steps of training and two calls of validation, which may be over before a signal comes.
LARGE = {"batch_size": 582, "n_epochs": 6, "valid_size": 0.03}


def endless() -> None:
    model(n_epochs=10**6).fit(X, Y)


def beside(daemon: bool, work: Callable[[], Any] = endless) -> None:
    threading.Thread(target=work, daemon=daemon).start()
    time.sleep(0.05 + np.random.default_rng(os.getpid()).uniform(0, 0.1))


class Pressed:
    """`Program.run` with a Ctrl-C during one of its calls."""

    def __init__(self, at: int) -> None:
        self.at, self.calls, self.before, self.during = at, 0, Program.run, False

    def __call__(self, program: Program, work: int) -> None:
        self.calls += 1
        sent: list[float] = []

        def press() -> None:
            time.sleep(0.002)  # until the call is at work
            sent.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

        if self.calls == self.at:
            threading.Thread(target=press).start()
        try:
            self.before(program, work)
        finally:
            if self.calls == self.at:
                self.during = bool(sent)


def interrupted() -> Any:
    """Press Ctrl-C in call after call: whether it was at work, epochs kept, whether bit by bit, and the next fit's."""
    expected, found = fit(), []
    for call in range(1, 9):
        pressed, mine = Pressed(call), model(**LARGE)
        Program.run = lambda self, work, pressed=pressed: pressed(self, work)  # type: ignore[method-assign]
        try:
            mine.fit(*MANY)
        except KeyboardInterrupt:
            raised = True
        Program.run = pressed.before  # type: ignore[method-assign]
        epochs = getattr(mine, "n_epochs_", 0)
        same = not epochs or bits(mine) == bits(model(**{**LARGE, "n_epochs": epochs}).fit(*MANY))
        found.append([call, raised and pressed.during, epochs, same])
    return [found, bits(mine.set_params(batch_size=48, n_epochs=3, valid_size=0.2).fit(X, Y)) == expected]


def signalled() -> Any:
    """Send SIGTERM and SIGINT to processes that fit in their main thread; give their exit codes."""
    codes = []
    for number in (signal.SIGTERM, signal.SIGINT):
        child = forked_off(endless)
        time.sleep(0.5)
        os.kill(child, number)
        codes.append(code_of(child))
    return codes


def _steps(net: Any) -> None:
    """Train with kernels alone, without end."""
    found = plan(net.train(), (1, *X.shape[1:]))
    program = Program(found.library, found.reading.blocks, 48, 2, trains=True, standardize=found.standardize)
    program.bind()
    labels, held = torch.zeros(48, dtype=torch.int64), program.load(torch.from_numpy(X[:48, None]), training=True)
    masks = program.draw(48)
    program.call.labels, program.call.total = labels.data_ptr(), 48
    while held is not None and masks is not None:
        program.run(PACK | FORWARD | LOSS | BACKWARD)


def exits(count: str) -> Any:
    """Leave while a fit is running, in every way that there is; give the exit codes and what was still done.

    Of the daemon threads every second one runs kernels alone, which nothing stops; the others fit, with PyTorch's
    `backward` too, in which a thread must not be ended.
    """
    reading, writing = os.pipe()

    def noted() -> None:
        fit(n_epochs=20)
        os.write(writing, b"+")

    def daemon() -> None:
        beside(daemon=True, work=kernels)
        sys.exit(3)

    def daemon_fits() -> None:
        beside(daemon=True, work=lambda: model(n_epochs=10**6, optimizer="rmsprop", kernels="off").fit(X, Y))
        time.sleep(0.3)  # it trains by now
        sys.exit(3)

    def waits() -> None:
        beside(daemon=False, work=noted)
        sys.exit(4)

    def at_once() -> None:
        beside(daemon=False)
        os._exit(5)

    def at_exit() -> None:
        atexit.register(noted)
        sys.exit(6)

    def fails() -> None:
        beside(daemon=True, work=kernels)
        raise ZeroDivisionError

    kernels = partial(_steps, model().fit(X, Y).net_)
    ways = [daemon, daemon_fits] * (int(count) // 2) + [waits, at_once, at_exit, fails]
    codes = [code_of(forked_off(way)) for way in ways]
    os.close(writing)
    return [codes[: int(count)], codes[int(count) :], os.read(reading, 10).decode()]


if __name__ == "__main__":
    settle()
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])), flush=True)
