"""A network of which the kernels know some layers: those run on them, the modules between them in PyTorch.

The network is a list of steps, rows side by side among them (`layers/flow.py`). Convolutions in a row, in a residual
body too, are one step on kernels; sums and what else the kernels do not know are steps in PyTorch. A program for a
graph would be a step like any other, which takes more of the list.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from foveal.kernels.blocks import Block, Reading
from foveal.kernels.interface import BACKWARD, FORWARD, PACK
from foveal.kernels.library import Library
from foveal.kernels.overwritten import overwriting
from foveal.kernels.planner import Plan
from foveal.kernels.program import Program, check_ran, opened
from foveal.kernels.recognise import read
from foveal.kernels.room import channels_last
from foveal.kernels.worth import is_worth_it
from foveal.layers.flow import Node, count_places, is_fresh, joined
from foveal.layers.wiring import Join

#: What is computed next: the place of its result, and the call that gives it.
Call = tuple[int, Callable[[], Tensor]]


class Part(NamedTuple):
    """A step as it runs: a program or a function, the places it reads and writes, and a program's modules."""

    what: Any  # Program | Callable[..., Tensor]
    reads: tuple[int, ...]
    to: int
    modules: Sequence[nn.Module] = ()


class Mixed:
    """Compute what `net` does in training, for batches of up to `rows` rows; PyTorch differentiates through it.

    It is planned as the first batch goes through, because only PyTorch knows what shape a module gives.
    """

    def __init__(self, plan: Plan, rows: int, threads: int) -> None:
        self.rows, self.threads = rows, threads
        self.library, self.standardize = plan.library, plan.standardize
        self.nodes = plan.nodes
        self.parts: list[Part] = []

    def __call__(self, x: Tensor) -> Tensor:
        """Give the outputs of a batch."""
        held = [x]
        for place, call in self.calls(held):
            held[place] = call()
        return held[0]

    def calls(self, held: list[Tensor]) -> Iterator[Call]:
        """Yield what is to be computed, for a batch at place 0; whoever calls leaves the results in `held`.

        So no frame of this stands between the caller and the layers.
        """
        held += held[:1] * (count_places(self.nodes) - 1)
        for part in self.parts or self._planned(held):
            inputs = [held[place] for place in part.reads]
            if type(part.what) is not Program:
                yield part.to, partial(part.what, *inputs)
            elif _runs(part.what, *inputs):
                yield part.to, partial(LAYERS, part.what, *inputs, *part.what.gradients)
            else:
                yield from _by_modules(part, held)

    def _planned(self, held: list[Tensor]) -> Iterator[Part]:
        """Plan while a batch goes through: what a part gives lies in `held` when the next is asked for."""
        rest, parts, fresh = list(self.nodes), list[Part](), dict[int, bool]()
        first = [] if self.standardize is None else [self.standardize]
        while rest:
            found, x = reading_of(rest, held[rest[0].reads[0]].shape[1:]), held[rest[0].reads[0]]
            taken = sum(len(block.modules) for block in found.blocks)
            program = self._open(found.blocks, x, bool(first)) if is_worth_it(found.blocks, self.rows) else None
            if program is None:
                new = [Part(module, (0,), 0) for module in first]
                new += [_in_pytorch(rest[i:], fresh) for i in range(taken or 1)]
            else:  # a batch of one value a channel says nothing of those after it
                new = [Part(program, rest[0].reads, rest[0].to, [*first, *(node.what for node in rest[:taken])])]
                fresh[rest[0].to] = True
            rest, first = rest[taken or len(new) - len(first) :], []
            parts += new
            yield from new
        self.parts = parts

    def _open(self, blocks: Sequence[Block], x: Tensor, first: bool) -> Program | None:
        library: Library | None = self.library
        if library is None or x.dtype not in (torch.uint8, torch.float32) or len(x) > self.rows:
            return None
        read = library, blocks, self.rows, self.threads
        standardize = self.standardize if first else None
        return opened(*read, trains=True, gives_gradient=x.requires_grad, standardize=standardize)


def reading_of(nodes: Sequence[Node], shape: Sequence[int]) -> Reading:
    r"""Read what stands in a row from the first step on as layers; `shape` is that of a row of its input, (C, \*S)."""
    if isinstance(nodes[0].what, Join):
        return Reading([], [], "several rows become one", tuple(shape))
    row = [nodes[0].what]
    for node in nodes[1:]:
        if not node.goes_on or node.to != nodes[0].to:
            break
        row.append(node.what)
    return read(row, shape)


def _in_pytorch(nodes: Sequence[Node], fresh: dict[int, bool]) -> Part:
    """Give the first step as PyTorch runs it; where its input is of no more use, the result is written over it."""
    (what, reads, to), after = nodes[0], nodes[1:2]
    if isinstance(what, Join):
        call: Any = joined(what, overwrite=nodes[0].begins_anew and fresh.get(reads[0], False))
    else:
        alone = any(node.goes_on and node.to == to and is_fresh(node) for node in after)
        over = overwriting(what, alone=alone) if nodes[0].goes_on and fresh.get(to) else None
        call = over or what
    fresh[to] = is_fresh(nodes[0])
    return Part(call, reads, to)


def _by_modules(part: Part, held: list[Tensor]) -> Iterator[Call]:
    place = part.reads[0]
    for module in part.modules:
        yield part.to, partial(module, held[place])
        place = part.to


def _runs(program: Program, x: Tensor) -> bool:
    """Tell whether a batch runs on kernels; what does not fit, for a module before may give what it wants, does not."""
    return program.takes(x) and program.gives_gradient >= x.requires_grad and program.bind()


class _Layers(torch.autograd.Function):
    """Recognised layers in training, as one operation for PyTorch's automatic differentiation.

    Forward keeps what backward needs in the program's own memory. The program must have been told where its tensors
    lie; they are the weights, in the order of its gradients.
    """

    @staticmethod
    def forward(ctx: Any, program: Program, x: Tensor, *weights: Tensor) -> Tensor:
        out = channels_last(len(x), *program.out_shape)
        held = [weight.detach() for weight in weights]  # where the backward pass reads, should they move meanwhile
        ctx.held = program.load(x, training=True), program.draw(len(x)), held
        ctx.program, ctx.shape, ctx.wanted = program, x.shape, ctx.needs_input_grad[1]
        program.count()
        program.call.out = out.data_ptr()
        program.call.work = PACK | FORWARD
        check_ran(program.calls.foveal_run(*program.called))
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        program: Program = ctx.program
        program.call.out = None
        program.keep_gradient(gradient.movedim(1, -1) if gradient.ndim > 2 else gradient)
        rows, channels, *axes = ctx.shape
        back = channels_last(rows, *axes, channels) if ctx.wanted else None
        program.call.in_gradient = None if back is None else back.data_ptr()
        program.call.work = BACKWARD
        check_ran(program.calls.foveal_run(*program.called))
        return None, back, *program.gradients.values()


LAYERS: Callable[..., Tensor] = _Layers.apply
