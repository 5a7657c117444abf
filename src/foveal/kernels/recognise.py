"""What the kernels can run of a network: its modules, read as layers; and for the rest, why not.

A layer is a convolution or a dense layer with what stands behind it until the next: batch norm, activation, pooling,
dropout. Modules stay where they are and keep their parameters; only what they compute is read off them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from foveal.core.shapes import conv_size
from foveal.kernels.interface import POOLS, Layer
from foveal.layers import BatchNorm, Dropout, Flatten
from foveal.layers.conv_block import PAD, POOL
from foveal.layers.frozen import is_altered, leaves_of

NORMS = (BatchNorm, nn.BatchNorm1d, nn.BatchNorm2d)
CONVS = {nn.Conv1d: 1, nn.Conv2d: 2}
PADS = {PAD[1]: 1, PAD[2]: 2}
POOLINGS = {POOL[mode][ndim]: mode for mode in ("max", "avg") for ndim in (1, 2)}
INF = float("inf")

#: Activation -> (low, high, slope below low or None): piecewise linear ones. Others need an exponential.
CURVES: dict[type[nn.Module], Callable[[Any], tuple[float, float, float | None]]] = {
    nn.Identity: lambda m: (-INF, INF, None),
    nn.ReLU: lambda m: (0.0, INF, None),
    nn.ReLU6: lambda m: (0.0, 6.0, None),
    nn.Hardtanh: lambda m: (m.min_val, m.max_val, None),
    nn.LeakyReLU: lambda m: (0.0, INF, m.negative_slope),
}


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


def read(leaves: Sequence[nn.Module], shape: Sequence[int]) -> Reading:
    r"""Read modules as layers, as far as it goes; `shape` is a row's (C, \*S)."""
    blocks: list[Block] = []
    rest, why = list(leaves), ""
    at = tuple(shape)
    while rest:
        try:
            if not blocks and type(rest[0]) is nn.Flatten and len(at) > 1 and at[0] > 1:
                raise UnknownModuleError("Flatten of the inputs in (C, H, W) order, which do not lie so")
            block, left, after = _block(rest, at)
        except UnknownModuleError as reason:
            why = str(reason)
            break
        block.modules = rest[: len(rest) - len(left)]
        blocks.append(block)
        rest, at = left, after
    return Reading(blocks, rest, why, at)


def leaves(net: nn.Module) -> list[nn.Module]:
    """List what a network runs one after the other, as far down as that is known."""
    return leaves_of(net, keep=(Dropout,))


def _block(rest: list[nn.Module], shape: tuple[int, ...]) -> tuple[Block, list[nn.Module], tuple[int, ...]]:
    """Read one layer from the front: the layer, what is left, and the shape behind it."""
    rest = list(rest)
    order = _flattens(rest, shape)
    pad = rest.pop(0) if rest and type(rest[0]) in PADS else None
    if not rest:
        raise UnknownModuleError("nothing stands behind the padding")
    first = rest.pop(0)
    _check(first)
    if type(first) in CONVS and order is None:
        plan, shape = _convolution(first, pad, shape)
    elif type(first) is nn.Linear and pad is None and (len(shape) == 1 or order is not None):
        plan, shape = _dense(first, shape, order or 0)
    else:
        raise UnknownModuleError(f"{type(first).__name__} is not a convolution or dense layer that the kernels know")
    block = Block(plan, first)
    shape = _behind(block, rest, shape)
    return block, rest, shape


def _flattens(rest: list[nn.Module], shape: tuple[int, ...]) -> int | None:
    """Take a flattening away: 0 for (H, W, C) order, 1 for (C, H, W), None if there is none."""
    if not rest or type(rest[0]) not in (Flatten, nn.Flatten):
        return None
    module: Any = rest[0]
    _check(module)
    if type(module) is nn.Flatten and (module.start_dim, module.end_dim) != (1, -1):
        raise UnknownModuleError("Flatten of some of the axes only")
    rest.pop(0)
    return int(type(module) is nn.Flatten and len(shape) > 1)


def _convolution(conv: Any, pad: Any, shape: tuple[int, ...]) -> tuple[Layer, tuple[int, ...]]:
    ndim = CONVS[type(conv)]
    if len(shape) != ndim + 1 or shape[0] != conv.in_channels:
        raise UnknownModuleError(f"{type(conv).__name__} of {conv.in_channels} channels on inputs of shape {shape}")
    if conv.groups != 1:
        raise UnknownModuleError(f"a convolution in {conv.groups} groups")
    if conv.padding_mode != "zeros" or isinstance(conv.padding, str):
        raise UnknownModuleError(f"padding {conv.padding!r}, {conv.padding_mode}")
    around = [(p, p) for p in conv.padding]
    if pad is not None:
        _check(pad)
        sides = list(pad.padding)[::-1]  # (after, before) of the first axis first
        if min(sides) < 0:
            raise UnknownModuleError("negative padding")
        around = [(p + b, p + a) for (p, _), a, b in zip(around, sides[::2], sides[1::2], strict=True)]
    sizes = [
        conv_size(n + before + after, k, s, d, "valid")
        for n, (before, after), k, s, d in zip(
            shape[1:], around, conv.kernel_size, conv.stride, conv.dilation, strict=True
        )
    ]
    if min(sizes) < 1:
        raise UnknownModuleError(f"a filter of {conv.kernel_size} over {shape[1:]}")
    (height, width), (out_height, out_width) = _two(shape[1:], 1), _two(sizes, 1)
    (filter_height, filter_width), (stride_height, stride_width) = _two(conv.kernel_size, 1), _two(conv.stride, 1)
    dilation_height, dilation_width = _two(conv.dilation, 1)
    (top, _), (left, _) = _two(around, (0, 0))
    plan = Layer(
        0, conv.in_channels, conv.out_channels, height, width, out_height, out_width, filter_height, filter_width,
        stride_height, stride_width, dilation_height, dilation_width, top, left, bias=conv.bias is not None,
    )  # fmt: skip
    return plan, (conv.out_channels, *sizes)


def _two(axes: Sequence[Any], single: Any) -> tuple[Any, Any]:
    """Give a signal's one axis a second one before it."""
    return tuple(axes) if len(axes) == 2 else (single, axes[0])


def _dense(linear: Any, shape: tuple[int, ...], order: int) -> tuple[Layer, tuple[int, ...]]:
    features = 1
    for n in shape:
        features *= n
    if features != linear.in_features:
        raise UnknownModuleError(f"a dense layer of {linear.in_features} inputs behind {features} values")
    if linear.weight.stride(1) != 1:
        raise UnknownModuleError("a dense layer whose weights lie in columns")
    plan = Layer(1, linear.in_features, linear.out_features, *[1] * 10, bias=linear.bias is not None, order=order)
    return plan, (linear.out_features,)


def _behind(block: Block, rest: list[nn.Module], shape: tuple[int, ...]) -> tuple[int, ...]:
    """Take what belongs to a layer from the front of `rest`, and note it; a part that does not fit stays there."""
    plan = block.plan
    plan.pool_height = plan.pool_width = plan.pool_stride_height = plan.pool_stride_width = 1
    plan.pooled_height, plan.pooled_width = plan.out_height, plan.out_width
    plan.low, plan.high, plan.activate_first = -INF, INF, 1
    pooled = activated = False
    while rest and not is_altered(rest[0]):
        module: Any = rest[0]
        begun = block.norm or pooled or activated or block.dropout
        if type(module) in NORMS and not begun and _normalises(module, plan.n_out, len(shape) - 1):
            block.norm, plan.norm, plan.eps = module, 1, module.eps
        elif type(module) in CURVES and not activated and block.dropout is None and _bends(module):
            plan.low, plan.high, slope = CURVES[type(module)](module)
            plan.leaky, plan.slope, plan.activate_first = slope is not None, slope or 0.0, not pooled
            activated = True
        elif type(module) in POOLINGS and not pooled and not plan.dense and _pools(module, len(shape) - 1):
            shape = _pool(plan, module, shape)
            pooled = True
        elif type(module) is Dropout and plan.dense and block.dropout is None:
            block.dropout, plan.dropout = module, int(module.rate > 0)
        else:
            break
        rest.pop(0)
    return shape


def _normalises(norm: Any, channels: int, axes: int) -> bool:
    whole = norm.affine and norm.track_running_stats and norm.num_features == channels
    fits = type(norm) is BatchNorm or (type(norm) is nn.BatchNorm2d) == (axes == 2)
    return bool(whole and fits) and all(
        t.dtype == torch.float32 for t in (norm.weight, norm.bias, norm.running_mean, norm.running_var)
    )


def _bends(module: Any) -> bool:
    """Tell whether the curve never falls: then it may be found again from its own values."""
    low, high, slope = CURVES[type(module)](module)
    return low < high and (slope is None or slope > 0)


def _pools(pool: Any, ndim: int) -> bool:
    padding = pool.padding if isinstance(pool.padding, tuple) else (pool.padding,)
    simple = not any(padding) and not pool.ceil_mode and getattr(pool, "divisor_override", None) is None
    dilation = getattr(pool, "dilation", 1)
    whole = not getattr(pool, "return_indices", False) and dilation in (1, (1,), (1, 1))
    return simple and whole and (type(pool) is POOL["max"][ndim] or type(pool) is POOL["avg"][ndim])


def _pool(plan: Layer, pool: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    ndim = len(shape) - 1
    window = pool.kernel_size if isinstance(pool.kernel_size, tuple) else (pool.kernel_size,) * ndim
    stride = pool.stride if isinstance(pool.stride, tuple) else (pool.stride,) * ndim
    sizes = [conv_size(n, k, s, 1, "valid") for n, k, s in zip(shape[1:], window, stride, strict=True)]
    if min(sizes) < 1:
        raise UnknownModuleError(f"a pooling window of {window} over {shape[1:]}")
    plan.pool = POOLS[POOLINGS[type(pool)]]
    (plan.pool_height, plan.pool_width), (plan.pooled_height, plan.pooled_width) = _two(window, 1), _two(sizes, 1)
    plan.pool_stride_height, plan.pool_stride_width = _two(stride, 1)
    return (shape[0], *sizes)


def _check(module: nn.Module) -> None:
    """Refuse hooks, other dtypes than float32, and weights that do not lie in ordinary memory."""
    if is_altered(module):
        raise UnknownModuleError(f"{type(module).__name__} has hooks or a forward of its own")
    for parameter in module.parameters():
        if parameter.dtype != torch.float32 or parameter.device.type != "cpu":
            raise UnknownModuleError(f"weights of {parameter.dtype} on {parameter.device}")
        if torch.empty_like(parameter).stride() != parameter.stride():  # the gradients have no gaps
            raise UnknownModuleError("weights with gaps between them")
