"""A network of which the kernels know some layers: those run on them, the modules between them in PyTorch."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from foveal.kernels.blocks import Block
from foveal.kernels.interface import BACKWARD, FORWARD, PACK
from foveal.kernels.library import Library
from foveal.kernels.planner import Plan
from foveal.kernels.program import Program, floats, opened
from foveal.kernels.recognise import read
from foveal.layers import Standardize

#: Convolutions in a row from which the copies at both ends are worth it.
FEWEST_CONVOLUTIONS = 2


class Mixed:
    """Compute what `net` does in training, for batches of up to `rows` rows; PyTorch differentiates through it.

    It is planned as the first batch goes through, because only PyTorch knows what shape a module gives.
    """

    def __init__(self, plan: Plan, rows: int, threads: int) -> None:
        self.rows, self.threads = rows, threads
        self.library, self.standardize = plan.library, plan.standardize
        self.first = plan.leaves
        self.parts: list[nn.Module | Program] = []

    def __call__(self, x: Tensor) -> Tensor:
        """Give the outputs of a batch."""
        if not self.parts:
            return self._plan(x)
        for part in self.parts:
            x = self._run(part, x) if isinstance(part, Program) else part(x)
        return x

    def _run(self, program: Program, x: Tensor) -> Tensor:
        """Run layers on kernels; what does not fit, for a module before may give what it wants, runs in PyTorch."""
        if program.takes(x) and program.gives_gradient >= x.requires_grad and program.bind():
            return run(program, x)
        if program is self.parts[0] and self.standardize is not None:
            x = self.standardize(x)
        for block in program.blocks:
            for module in block.modules:
                x = module(x)
        return x

    def _plan(self, x: Tensor) -> Tensor:
        """Plan while a batch goes through."""
        rest, standardize = list(self.first), self.standardize
        while rest:
            found = read(rest, x.shape[1:])
            program = self._open(found.blocks, standardize, x) if is_worth_it(found.blocks) else None
            if program is None:  # one module, or the layers that are not worth it, for PyTorch
                taken = len(rest) - len(found.rest) or 1
                modules: Sequence[nn.Module] = rest[:taken]
                if standardize is not None:
                    modules = [standardize, *modules]
                for module in modules:
                    x = module(x)
                self.parts += modules
                rest = rest[taken:]
            else:
                self.parts.append(program)
                x = self._run(program, x)  # a batch of one value a channel says nothing of those after it
                rest = found.rest
            standardize = None
        return x

    def _open(self, blocks: Sequence[Block], standardize: Standardize | None, x: Tensor) -> Program | None:
        library: Library | None = self.library
        if library is None or x.dtype not in (torch.uint8, torch.float32) or len(x) > self.rows:
            return None
        read = library, blocks, self.rows, self.threads
        return opened(*read, trains=True, gives_gradient=x.requires_grad, standardize=standardize)


def is_worth_it(blocks: Sequence[Block]) -> bool:
    """Tell whether layers are enough to be worth the copies at both ends."""
    return sum(not block.plan.dense for block in blocks) >= FEWEST_CONVOLUTIONS


def run(program: Program, x: Tensor) -> Tensor:
    """Run layers on kernels in training, as one operation for PyTorch's automatic differentiation.

    The program must have been told where the tensors lie.
    """
    weights = list(program.gradients)
    out: Tensor = _Layers.apply(program, x, *weights)  # type: ignore[no-untyped-call]
    return out


class _Layers(torch.autograd.Function):
    """Recognised layers: forward keeps what backward needs in the program's own memory."""

    @staticmethod
    def forward(ctx: Any, program: Program, x: Tensor, *weights: Tensor) -> Tensor:
        out = floats(len(x), *program.out_shape)
        held = [weight.detach() for weight in weights]  # where the backward pass reads, should they move meanwhile
        ctx.held = program.load(x, training=True), program.draw(len(x)), held
        ctx.program, ctx.shape, ctx.wanted = program, x.shape, ctx.needs_input_grad[1]
        program.count()
        program.call.out = out.data_ptr()
        program.run(PACK | FORWARD)
        return out if out.ndim == 2 else out.movedim(-1, 1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        program: Program = ctx.program
        program.call.out = None
        program.keep_gradient(gradient.movedim(1, -1) if gradient.ndim > 2 else gradient)
        rows, channels, *axes = ctx.shape
        back = floats(rows, *axes, channels) if ctx.wanted else None
        program.call.in_gradient = None if back is None else back.data_ptr()
        program.run(BACKWARD)
        return None, None if back is None else back.movedim(-1, 1), *program.gradients.values()
