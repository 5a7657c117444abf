"""What a network is read as: layers for the library, each with the modules that it is made of."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from foveal.kernels.interface import Layer
from foveal.layers import BatchNorm, Dropout
from foveal.layers.altered import is_altered


class UnknownModuleError(Exception):
    """A module that the kernels cannot run, in words."""


@dataclass
class Block:
    """One layer as the library takes it, and the modules that it is made of."""

    plan: Layer
    weight: nn.Module  # the convolution or dense layer
    norm: _BatchNorm | None = None
    dropout: Dropout | None = None
    modules: list[nn.Module] = field(default_factory=list)


@dataclass
class Reading:
    """Layers that stand one after the other, the modules after them, and why those were not read."""

    blocks: list[Block]
    rest: list[nn.Module]
    why: str
    output: tuple[int, ...]  # of a row: (C, H, W) or (features,)


def two(axes: Sequence[Any], single: Any) -> tuple[Any, Any]:
    """Give a signal's one axis a second one before it."""
    return tuple(axes) if len(axes) == 2 else (single, axes[0])


def check(module: nn.Module) -> None:
    """Refuse a module that does something else than its class says."""
    if is_altered(module):
        raise UnknownModuleError(f"{type(module).__name__} has hooks or a forward of its own")


def tensors(block: Block) -> list[Tensor | None]:
    """List a layer's tensors as they are now: weight, bias, and of the batch norm weight, bias, mean and variance."""
    held, norm = block.weight._parameters, block.norm
    first = [held.get("weight"), held.get("bias")]
    if norm is None:
        return [*first, None, None, None, None]
    statistics = (norm._buffers.get("running_mean"), norm._buffers.get("running_var"))
    return [*first, norm._parameters.get("weight"), norm._parameters.get("bias"), *statistics]


def why_not(block: Block) -> str | None:
    """Say which of a layer's tensors is not such as its module says and the kernels read: float32 in memory."""
    plan = block.plan
    around = () if plan.dense else (plan.filter_height, plan.filter_width)[-len(block.weight.kernel_size) :]  # type: ignore[arg-type]
    vector = (plan.n_out,)
    shapes = ((plan.n_out, plan.n_in, *around), vector if plan.bias else None, *[vector if plan.norm else None] * 4)
    for tensor, shape in zip(tensors(block), shapes, strict=True):
        if (tensor is None) != (shape is None):
            return "a tensor that its module does not need, or does not have"
        if tensor is not None and shape is not None and not is_read(tensor, shape):
            return f"a tensor of {tensor.dtype}, {tuple(tensor.shape)}, on {tensor.device}, maybe with gaps in it"
    return None


def is_read(tensor: Any, shape: tuple[int, ...]) -> bool:
    """Tell whether the kernels can read a tensor, and write its gradient in the same order: it has no gaps."""
    ordinary = isinstance(tensor, Tensor) and tensor.dtype == torch.float32 and tensor.device.type == "cpu"
    return ordinary and tuple(tensor.shape) == shape and torch.empty_like(tensor).stride() == tensor.stride()


def strides(weight: Tensor) -> tuple[int, ...]:
    """Give the distances between outputs, inputs, rows and columns of a filter; what is missing is 0."""
    strides = weight.stride()
    return (*strides[:2], *((0,) * (4 - len(strides))), *strides[2:])


def counted(norm: Any) -> float:
    """Count a step of a batch norm; give the share of the new batch in its running statistics."""
    if isinstance(norm, BatchNorm):
        return norm.count()
    norm.num_batches_tracked.add_(1)
    return 1 / int(norm.num_batches_tracked) if norm.momentum is None else float(norm.momentum)
