"""A network's outputs in inference, on compiled kernels."""

from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from torch import Tensor, nn

from foveal.kernels.interface import FORWARD, PACK
from foveal.kernels.planner import plan
from foveal.kernels.program import Program, opened
from foveal.kernels.room import floats
from foveal.kernels.sameness import Sameness
from foveal.layers.altered import hooks_of_all_modules

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
        self.same: Sameness | None = None  # what is given out once only needs none
        self.work = PACK | FORWARD

    def serves(self, net: nn.Module, shape: tuple[int, ...], rows: int, threads: int) -> bool:
        """Tell whether these can answer for their network, which may have been changed since, and look at it anew."""
        if (self.shape, self.threads) != (shape, threads) or self.program.rows < rows or hooks_of_all_modules():
            return False
        return self.same is not None and self.same.holds(net) and self.renew()

    def renew(self) -> bool:
        """Look at the weights anew; False where they are no longer such as the kernels were opened for."""
        self.work = PACK | FORWARD
        return self.program.bind()

    def __call__(self, x: Tensor) -> Tensor:
        r"""Give the outputs of a batch, (B, C, \*S)."""
        if self.net is not None and not self.program.takes(x[: self.program.rows]):
            return self.net(x)  # type: ignore[no-any-return]
        return self.of_laid(x.movedim(1, -1).contiguous())

    def of_laid(self, x: Tensor) -> Tensor:
        r"""Give the outputs of rows that lie as the kernels read them: (B, \*S, C), contiguous, float32 or uint8."""
        program = self.program
        outputs = floats(len(x), *program.out_shape)
        whole = len(x) <= program.rows  # slices take microseconds each
        for start in range(0, len(x), program.rows):
            program.point_to(x if whole else x[start : start + program.rows], training=False)
            program.call.out = (outputs if whole else outputs[start:]).data_ptr()
            program.run(self.work)
            self.work = FORWARD
        return outputs if outputs.ndim == 2 else outputs.movedim(-1, 1)


def open_answers(net: nn.Module, shape: tuple[int, ...], rows: int, threads: int) -> Answers | None:
    r"""Open a network for rows of (C, \*S) that come `rows` at a time; None where the kernels know too little of it."""
    found = plan(net, shape)
    if not found.whole or found.library is None:
        return None
    read = found.library, found.reading.blocks, max(1, min(rows, ROWS * threads)), threads
    program = opened(*read, trains=False, standardize=found.standardize)
    return None if program is None else Answers(net, shape, threads, program)


def answering(net: nn.Module) -> nn.Module:
    """Put a network, or those of its parts that the user has put into training, back into inference mode."""
    return net.eval() if any(m.training for m in net.modules()) else net


#: Answers that wait for the next call; one is taken out while it is used, so that no two threads share its memory.
_KEPT: WeakKeyDictionary[nn.Module, Answers] = WeakKeyDictionary()


@contextmanager
def answers(net: nn.Module, shape: tuple[int, ...], rows: int, threads: int) -> Iterator[Answers | None]:
    """Lend what `open_answers` gives of a network, put into inference mode; for few rows it is kept with that."""
    found = _KEPT.pop(net, None) if rows <= FEW_ROWS else None
    if found is None or not found.serves(net, shape, rows, threads):
        found = open_answers(answering(net), shape, rows, threads)
        if found is not None and rows <= FEW_ROWS:
            found.same, found.net = Sameness(net), None  # else the network would live for its own sake
    yield found
    if found is not None and rows <= FEW_ROWS:
        _KEPT[net] = found
