"""Answers of a network of which the kernels know some layers: those run on them, what stands between in PyTorch.

As in training (`mixed.py`) convolutions in a row, in a residual body too, are one step, and sums are PyTorch's.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from foveal.kernels.blocks import Block
from foveal.kernels.inference import ROWS, Answers
from foveal.kernels.library import Library, load
from foveal.kernels.mixed import reading_of
from foveal.kernels.program import opened
from foveal.kernels.recognise import CONVS
from foveal.kernels.room import floats
from foveal.kernels.worth import is_worth_it
from foveal.layers.flow import Node, count_places, joined
from foveal.layers.wiring import Join

#: Bytes that the largest layer's maps may have, for each thread: with 1 MiB ResNet-20 answered 1.7 times as fast as in
#: PyTorch, with 8 MiB 1.5 times (AVX2, one thread, the best of twelve).
MAPS = 2**20


class Calls(NamedTuple):
    r"""What is called: the shape of a row, (C, \*S), and the threads."""

    shape: tuple[int, ...]
    threads: int


def with_kernels(nodes: Sequence[Node], calls: Calls) -> list[Node]:
    """Give the steps of a network, with one `Answers` for each row of layers that is faster on kernels.

    That is for calls of `ROWS` rows or more, in which it pays to prepare the filters. The network must be in inference
    mode and of torch's and foveal's modules alone: a row of zeros goes through it, to see the shapes.
    """
    library = load()
    if library is None or not any(type(node.what) in CONVS for node in nodes):
        return list(nodes)
    rest, shapes, steps = list(nodes), _shapes(nodes, calls.shape), list[Node]()
    while rest:
        answers, taken = _answers(library, rest, shapes[-len(rest)], calls.threads)
        steps.append(Node(answers or rest[0].what, rest[0].reads, rest[0].to))
        rest = rest[taken:]
    return steps


def _answers(
    library: Library, nodes: Sequence[Node], shape: tuple[int, ...], threads: int
) -> tuple[Answers | None, int]:
    """Open what stands in a row from the first step on, and say of how many steps it is."""
    blocks = reading_of(nodes, shape).blocks
    if not is_worth_it(blocks, ROWS):
        return None, 1
    rows = min(ROWS, max(1, MAPS // max(map(_bytes, blocks)))) * threads
    program = opened(library, blocks, rows, threads, trains=False)
    if program is None:
        return None, 1
    row = nodes[: sum(len(block.modules) for block in blocks)]
    return Answers(nn.Sequential(*(node.what for node in row)), shape, threads, program), len(row)


def _bytes(block: Block) -> int:
    """Count the bytes of what a layer reads and leaves for a row."""
    plan = block.plan
    return int(4 * (plan.n_in * plan.height * plan.width + plan.n_out * plan.out_height * plan.out_width))


def _shapes(nodes: Sequence[Node], shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Give the shape of a row of what each step reads first."""
    held: list[Tensor] = [floats(1, *shape).zero_()] * count_places(nodes)
    shapes = []
    with torch.inference_mode():
        for what, reads, to in nodes:
            inputs = [held[place] for place in reads]
            shapes.append(tuple(inputs[0].shape[1:]))
            held[to] = (joined(what) if isinstance(what, Join) else what)(*inputs)
    return shapes
