"""What the kernels can run of a network: its modules, read as layers; and for the rest, why not.

A layer is a convolution or a dense layer with what stands after it until the next: batch norm, activation, pooling,
dropout. Modules stay where they are and keep their parameters; only what they compute is read off them.
"""

from collections.abc import Sequence
from typing import Any

from torch import nn

from foveal.core.shapes import conv_size
from foveal.kernels.blocks import Block, Reading, UnknownModuleError, check, two, why_not
from foveal.kernels.epilogue import take_after
from foveal.kernels.interface import Layer
from foveal.layers import Flatten
from foveal.layers.altered import is_altered
from foveal.layers.chain import chain_of
from foveal.layers.conv_block import PAD

CONVS = {nn.Conv1d: 1, nn.Conv2d: 2}
PADS = {PAD[1]: 1, PAD[2]: 2}


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
    return [module for _, module in chain_of(net) if type(module) is not nn.Identity or is_altered(module)]


def _block(rest: list[nn.Module], shape: tuple[int, ...]) -> tuple[Block, list[nn.Module], tuple[int, ...]]:
    """Read one layer from the front: the layer, what is left, and the shape after it."""
    rest = list(rest)
    order = _flattens(rest, shape)
    pad = rest.pop(0) if rest and type(rest[0]) in PADS else None
    if not rest:
        raise UnknownModuleError("nothing stands after the padding")
    first = rest.pop(0)
    check(first)
    if type(first) in CONVS and order is None:
        plan, shape = _convolution(first, pad, shape)
    elif type(first) is nn.Linear and pad is None and (len(shape) == 1 or order is not None):
        plan, shape = _dense(first, shape, order or 0)
    else:
        raise UnknownModuleError(f"{type(first).__name__} is not a convolution or dense layer that the kernels know")
    block = Block(plan, first)
    why = why_not(block)
    if why is not None:
        raise UnknownModuleError(f"{type(first).__name__} with {why}")
    shape = take_after(block, rest, shape)
    return block, rest, shape


def _flattens(rest: list[nn.Module], shape: tuple[int, ...]) -> int | None:
    """Take a flattening away: 0 for (H, W, C) order, 1 for (C, H, W), None if there is none."""
    if not rest or type(rest[0]) not in (Flatten, nn.Flatten):
        return None
    module: Any = rest[0]
    check(module)
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
        check(pad)
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
    (height, width), (out_height, out_width) = two(shape[1:], 1), two(sizes, 1)
    (filter_height, filter_width), (stride_height, stride_width) = two(conv.kernel_size, 1), two(conv.stride, 1)
    dilation_height, dilation_width = two(conv.dilation, 1)
    (top, _), (left, _) = two(around, (0, 0))
    plan = Layer(
        0, conv.in_channels, conv.out_channels, height, width, out_height, out_width, filter_height, filter_width,
        stride_height, stride_width, dilation_height, dilation_width, top, left, bias=conv.bias is not None,
    )  # fmt: skip
    return plan, (conv.out_channels, *sizes)


def _dense(linear: Any, shape: tuple[int, ...], order: int) -> tuple[Layer, tuple[int, ...]]:
    features = 1
    for n in shape:
        features *= n
    if features != linear.in_features:
        raise UnknownModuleError(f"a dense layer of {linear.in_features} inputs after {features} values")
    if linear.weight.stride(1) != 1:
        raise UnknownModuleError("a dense layer whose weights lie in columns")
    plan = Layer(1, linear.in_features, linear.out_features, *[1] * 10, bias=linear.bias is not None, order=order)
    return plan, (linear.out_features,)
