"""A network's steps on the compiled kernels and by PyTorch, described in the same words."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from foveal.kernels.interface import BACKWARD, FORWARD, LOSS, PACK
from foveal.kernels.library import load
from foveal.kernels.program import Program
from foveal.kernels.recognise import CONVS, leaves, read
from foveal.layers import Dropout, Standardize

from .kernel_errors import rms


@dataclass
class Step:
    """What a step is given: rows, and the gradient of their outputs, or labels whose cross-entropy has one."""

    x: Tensor  # (N, C, *S)
    gradient: Tensor | None = None  # of the outputs
    labels: Tensor | None = None
    weight: Tensor | None = None  # of the rows
    smoothing: float = 0.0
    masks: list[Tensor] = field(default_factory=list)  # of the dropout layers, as the kernels drew them

    @property
    def total(self) -> float:
        return float(len(self.x) if self.weight is None else self.weight.sum())


#: Name -> what a step gives: "out", "loss", "x" for the gradient of the rows, parameters for theirs, and buffers.
Given = dict[str, Tensor]


class Masked(nn.Module):
    """Dropout with a mask that is known."""

    def forward(self, x):
        return x * self.mask.to(x.dtype)


def program_of(net: nn.Module, shape: Sequence[int], rows: int, threads: int, **options) -> Program:
    """Open a network that the kernels know whole, a `Standardize` before it among it."""
    found = leaves(net)
    standardize = found.pop(0) if isinstance(found[0], Standardize) else None
    reading = read(found, shape)
    assert not reading.rest, reading.why
    return Program(load(), reading.blocks, rows, threads, standardize=standardize, **{"trains": True, **options})


def by_kernels(net, steps: Sequence[Step], threads: int, *, inputs_too: bool = False, seed: int = 0) -> list[Given]:
    """Train through one program, without updates, batch after batch; the steps keep the masks that were drawn.

    `net` stays as it was: a copy is run.
    """
    net = copy.deepcopy(net)
    rng = torch.Generator().manual_seed(seed)
    for module in net.modules():
        if isinstance(module, Dropout):
            module.generator = rng
    rows = max(len(step.x) for step in steps)
    program = program_of(net, steps[0].x.shape[1:], rows, threads, gives_gradient=inputs_too)
    return [_step(net, program, step, inputs_too) for step in steps]


def _step(net: nn.Module, program: Program, step: Step, inputs_too: bool) -> Given:
    call, n = program.call, len(step.x)
    assert program.takes(step.x)
    program.bind()
    laid = program.load(step.x, training=True)
    step.masks = program.draw(n)
    program.count()
    out, dx = torch.full((n, *program.out_shape), torch.nan), torch.full(laid.shape, torch.nan)
    call.out, call.in_gradient = out.data_ptr(), dx.data_ptr() if inputs_too else None
    if step.gradient is not None:
        program.keep_gradient(step.gradient.movedim(1, -1).float())
        program.run(PACK | FORWARD | BACKWARD)
    else:
        weight = None if step.weight is None else step.weight.float()
        call.labels, call.smoothing, call.total = step.labels.data_ptr(), step.smoothing, step.total
        call.row_weights = None if weight is None else weight.data_ptr()
        program.run(PACK | FORWARD | LOSS | BACKWARD)
    if step.gradient is None:
        given = {"out": out}
        given["loss"] = torch.tensor(call.sums[0])
        right = (out.argmax(1) == step.labels).double()
        given_weight = torch.ones(n) if step.weight is None else step.weight
        assert call.sums[1] == pytest.approx(step.total, rel=1e-6)
        assert call.sums[2] == pytest.approx(float((right * given_weight).sum()), rel=1e-6)
    else:
        given = {"out": out.view(step.gradient.movedim(1, -1).shape).movedim(-1, 1)}  # a signal has one axis less
    if inputs_too:
        given["x"] = dx.movedim(-1, 1)
    given |= {name: program.gradients[p].clone() for name, p in net.named_parameters()}
    return given | {name: b.clone() for name, b in net.named_buffers() if "running" in name}


def by_torch(
    net: nn.Module, steps: Sequence[Step], dtype: torch.dtype, *, inputs_too: bool = False, noise: float = 0.0
) -> list[Given]:
    """Do the same by PyTorch in some precision, with the masks that the steps keep.

    `noise` is added to what every convolution gives, relative to its rms: it shows what a network makes of an error.
    """
    net = twin(net, dtype)
    rng = torch.Generator().manual_seed(0)

    def add(module, args, out):
        return out + noise * rms(out) * torch.randn(out.shape, dtype=dtype, generator=rng)

    for module in net.modules():
        if noise and type(module) in CONVS:
            module.register_forward_hook(add)
    masked = [module for module in net.modules() if isinstance(module, Masked)]
    return [_by_torch(net, masked, step, dtype, inputs_too) for step in steps]


def twin(net: nn.Module, dtype: torch.dtype) -> nn.Module:
    """Copy a network into another precision, its dropout waiting for masks."""
    net = copy.deepcopy(net).to(dtype)
    for parent in list(net.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, Dropout) and child.rate:
                setattr(parent, name, Masked())
    return net


def _by_torch(net: nn.Module, masked: list[Masked], step: Step, dtype: torch.dtype, inputs_too: bool) -> Given:
    for module, mask in zip(masked, step.masks, strict=True):
        module.mask = mask
    x = step.x.to(dtype) if step.x.is_floating_point() else step.x
    x = x.clone().requires_grad_(inputs_too)
    net.zero_grad()
    out = net(x)
    given = {"out": out.detach()}
    if step.gradient is not None:
        out.backward(step.gradient.to(dtype))
    else:
        losses = F.cross_entropy(out, step.labels, reduction="none", label_smoothing=step.smoothing)
        loss = (losses if step.weight is None else losses * step.weight.to(dtype)).sum() / step.total
        loss.backward()
        given["loss"] = loss.detach()
    if inputs_too:
        given["x"] = x.grad
    given |= {name: p.grad.clone() for name, p in net.named_parameters()}
    return given | {name: b.clone() for name, b in net.named_buffers() if "running" in name}
