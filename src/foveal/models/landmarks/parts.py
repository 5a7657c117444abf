"""What several families share: pooling by the number of axes, and how their weights begin."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from foveal.core.errors import ParameterError
from foveal.layers.conv_block import POOL
from foveal.models.receptive import CONV, TRANSPOSED

MAX_POOL: dict[int, Any] = POOL["max"]
AVG_POOL: dict[int, Any] = POOL["avg"]


def drawn(weight: Tensor, draw: Callable[[Tensor], object]) -> None:
    """Give a weight its first values; one without memory needs none, and PyTorch would load its compiler for them."""
    if not weight.is_meta:
        draw(weight)


def he_by_outputs(net: nn.Module, rng: torch.Generator | None = None) -> None:
    """Draw convolution weights from N(0, 2 / (outputs x taps)), which keeps the gradient's size; biases are 0.

    Dense layers keep PyTorch's start, norms are 1 and 0. Without `rng` they are drawn as PyTorch's own layers begin:
    whoever builds the network lends the generator. Source: He et al. 2015, eq. 14.
    """
    for module in net.modules():
        if isinstance(module, CONV):
            drawn(module.weight, partial(nn.init.kaiming_normal_, mode="fan_out", nonlinearity="relu", generator=rng))
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def he_by_inputs(net: nn.Module, rng: torch.Generator | None = None) -> None:
    """Draw the weights of convolutions and up-convolutions from N(0, 2 / the values that an output adds up); biases 0.

    An output of an up-convolution as wide as its stride adds up one place of each channel. Source: He et al. 2015, eq.
    10; Ronneberger et al. 2015, section 3.
    """
    for module in net.modules():
        if isinstance(module, (*CONV, *TRANSPOSED)):
            across = isinstance(module, TRANSPOSED)
            seen = module.weight[:, 0].numel() / math.prod(module.stride) if across else module.weight[0].numel()
            drawn(module.weight, partial(nn.init.normal_, std=math.sqrt(2 / seen), generator=rng))
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def dense_normal(net: nn.Module, deviation: float, rng: torch.Generator | None = None) -> None:
    """Draw dense weights from N(0, deviation^2); biases are 0."""
    for module in net.modules():
        if isinstance(module, nn.Linear):
            drawn(module.weight, partial(nn.init.normal_, std=deviation, generator=rng))
            nn.init.zeros_(module.bias)


def all_normal(net: nn.Module, deviation: float, rng: torch.Generator | None = None) -> None:
    """Draw convolution and dense weights from N(0, deviation^2); biases are 0."""
    for module in net.modules():
        if isinstance(module, (*CONV, nn.Linear)):
            drawn(module.weight, partial(nn.init.normal_, std=deviation, generator=rng))
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def blocks_of_a_stage(depth: int, *, per_block: int, others: int) -> int:
    """Give the n of a network of depth = `per_block` n + `others` layers; raises `ParameterError` where there is none.

    >>> blocks_of_a_stage(110, per_block=6, others=2)
    18
    """
    n, left = divmod(depth - others, per_block)
    if n < 1 or left:
        near = [per_block * max(1, m) + others for m in (n, n + 1)]
        raise ParameterError(
            f"depth must be {per_block} n + {others}, got {depth!r}; use {' or '.join(map(str, sorted(set(near))))}"
        )
    return n


def glorot(net: nn.Module, rng: torch.Generator | None = None) -> None:
    """Draw the weights of convolutions and dense layers from U(-a, a), a^2 = 6 / (inputs + outputs, each by its taps).

    Biases are 0. It is Keras's start. Source: Glorot and Bengio 2010, eq. 16.
    """
    for module in net.modules():
        if isinstance(module, (*CONV, nn.Linear)):
            nn.init.xavier_uniform_(module.weight, generator=rng)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
