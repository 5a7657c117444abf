"""A network's outputs in inference, on compiled kernels as far as they know it."""

import torch
from torch import Tensor, nn

from foveal.core.errors import ResourceError
from foveal.kernels.interface import FORWARD, PACK
from foveal.kernels.planner import plan
from foveal.kernels.program import Program

#: Rows at once: enough for every thread to fill its vectors, few enough for the maps to stay in the cache.
ROWS = 64


class Answers:
    r"""Compute what `net` does in inference, for rows of (C, \*S) that come `rows` at a time.

    The filters are prepared at the first batch: after a training step another one is to be made. Batches of types that
    the kernels do not take go to `net`.
    """

    def __init__(self, net: nn.Module, program: Program) -> None:
        self.net, self.program, self.work = net, program, PACK | FORWARD
        program.bind()

    def __call__(self, x: Tensor) -> Tensor:
        """Give the outputs of a batch."""
        program = self.program
        if not program.takes(x[: program.rows]):
            return self.net(x)  # type: ignore[no-any-return]
        outputs = torch.empty(len(x), *program.out_shape)
        for rows, out in zip(torch.split(x, program.rows), torch.split(outputs, program.rows), strict=True):
            laid = program.load(rows, training=False)
            program.call.out = out.data_ptr()
            program.run(self.work)
            self.work = FORWARD
            del laid
        return outputs if outputs.ndim == 2 else outputs.movedim(-1, 1)


def answers(net: nn.Module, shape: tuple[int, ...], rows: int, threads: int) -> Answers | None:
    r"""Open a network for rows of (C, \*S) on kernels; None where they know too little of it, or memory is short."""
    found = plan(net, shape)
    if not found.whole or found.library is None:
        return None
    given = found.library, found.reading.blocks, max(1, min(rows, ROWS * threads)), threads
    try:
        return Answers(net, Program(*given, trains=False, standardize=found.standardize))
    except ResourceError:
        return None  # PyTorch takes less memory at a time
