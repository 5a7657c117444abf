"""A network's outputs in inference, on compiled kernels."""

from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from foveal.kernels.interface import FORWARD, PACK
from foveal.kernels.planner import hooks_of_all_modules, plan
from foveal.kernels.program import Program, floats, opened
from foveal.layers.frozen import is_altered

#: Rows at once: enough for every thread to fill its vectors, few enough for the maps to stay in the cache.
ROWS = 64


#: Rows of a call up to which what answers is kept for the next one: opening it takes longer than to answer.
FEW_ROWS = 8


class Answers:
    r"""Compute what `net` does in inference, for rows of (C, \*S).

    The filters are prepared at the first batch after `renew`, so that no answer is older than the network. Batches of
    types that the kernels do not take go to `net`.
    """

    def __init__(self, net: nn.Module, shape: tuple[int, ...], threads: int, program: Program) -> None:
        self.net: nn.Module | None = net
        self.shape, self.threads, self.program = shape, threads, program
        self.parts = list(net.modules())[1:]
        self.renew()

    def renew(self) -> None:
        """Look at the weights anew before the next batch."""
        self.program.bind()
        self.work = PACK | FORWARD

    def serves(self, net: nn.Module, shape: tuple[int, ...], rows: int, threads: int) -> bool:
        """Tell whether these can answer for their network, which may have been changed since."""
        if (self.shape, self.threads) != (shape, threads) or self.program.rows < rows or hooks_of_all_modules():
            return False
        now = list(net.modules())
        same = len(now) == len(self.parts) + 1 and all(a is b for a, b in zip(now[1:], self.parts, strict=True))
        return same and not any(map(is_altered, now))

    def __call__(self, x: Tensor) -> Tensor:
        """Give the outputs of a batch."""
        program = self.program
        if self.net is not None and not program.takes(x[: program.rows]):
            return self.net(x)  # type: ignore[no-any-return]
        outputs = floats(len(x), *program.out_shape)
        for rows, out in zip(torch.split(x, program.rows), torch.split(outputs, program.rows), strict=True):
            laid = program.load(rows, training=False)
            program.call.out = out.data_ptr()
            program.run(self.work)
            self.work = FORWARD
            del laid
        return outputs if outputs.ndim == 2 else outputs.movedim(-1, 1)


def open_answers(net: nn.Module, shape: tuple[int, ...], rows: int, threads: int) -> Answers | None:
    r"""Open a network for rows of (C, \*S) that come `rows` at a time; None where the kernels know too little of it."""
    found = plan(net, shape)
    if not found.whole or found.library is None:
        return None
    given = found.library, found.reading.blocks, max(1, min(rows, ROWS * threads)), threads
    program = opened(*given, trains=False, standardize=found.standardize)
    return None if program is None else Answers(net, shape, threads, program)


#: Answers that wait for the next call; one is taken out while it is used, so that no two threads share its memory.
_KEPT: WeakKeyDictionary[nn.Module, Answers] = WeakKeyDictionary()


@contextmanager
def answers(net: nn.Module, shape: tuple[int, ...], rows: int, threads: int) -> Iterator[Answers | None]:
    """Lend what `open_answers` gives; for few rows it is kept as long as the network lives."""
    found = _KEPT.pop(net, None) if rows <= FEW_ROWS else None
    if found is None or not found.serves(net, shape, rows, threads):
        found = open_answers(net, shape, rows, threads)
    else:
        found.net = net
        found.renew()
    yield found
    if found is not None and rows <= FEW_ROWS:
        found.net = None  # else the network would live for its own sake
        _KEPT[net] = found
