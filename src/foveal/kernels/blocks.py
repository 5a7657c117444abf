"""What a network is read as: layers for the library, each with the modules that it is made of."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from foveal.kernels.interface import Layer
from foveal.layers import Dropout
from foveal.layers.frozen import is_altered


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
    """Layers that stand one behind the other, the modules behind them, and why those were not read."""

    blocks: list[Block]
    rest: list[nn.Module]
    why: str
    output: tuple[int, ...]  # of a row: (C, H, W) or (features,)


def two(axes: Sequence[Any], single: Any) -> tuple[Any, Any]:
    """Give a signal's one axis a second one before it."""
    return tuple(axes) if len(axes) == 2 else (single, axes[0])


def check(module: nn.Module) -> None:
    """Refuse hooks, other dtypes than float32, and weights that do not lie in ordinary memory."""
    if is_altered(module):
        raise UnknownModuleError(f"{type(module).__name__} has hooks or a forward of its own")
    for parameter in module.parameters():
        if parameter.dtype != torch.float32 or parameter.device.type != "cpu":
            raise UnknownModuleError(f"weights of {parameter.dtype} on {parameter.device}")
        if torch.empty_like(parameter).stride() != parameter.stride():  # the gradients have no gaps
            raise UnknownModuleError("weights with gaps between them")
