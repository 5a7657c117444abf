"""Sizes of the plain stack: what is None is inferred, what is given and wrong is an error with the way out.

Integers in, integers out: nothing here needs torch or memory.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from foveal.core.errors import ParameterError
from foveal.core.rules import shown
from foveal.core.shapes import Sizes, conv_size, per_axis, pool_size

Channels = int | Sequence[int | None]


@dataclass(frozen=True)
class StackPlan:
    """Sizes of a plain stack: channels and spatial sizes of the conv blocks, features of the dense layers."""

    channels: tuple[int, ...]  # of the input, then after each conv block
    sizes: tuple[tuple[int | None, ...], ...]  # spatial sizes at the same places; None where an axis varies
    features: tuple[int, ...]  # flattened, then after each dense layer
    filters: tuple[int, ...]
    dilations: tuple[int, ...]  # of each conv block

    @property
    def varies(self) -> bool:
        """Whether an axis has another length in each row: a mean over it then takes the place of flattening."""
        return None in self.sizes[0]

    @property
    def n_weights(self) -> int:
        """Weights of all layers without biases and batch norm: what decides the memory."""
        taps = 1
        for k in self.filters:
            taps *= k
        conv = sum(a * b * taps for a, b in zip(self.channels, self.channels[1:], strict=False))
        return conv + sum(a * b for a, b in zip(self.features, self.features[1:], strict=False))

    def __str__(self) -> str:
        groups = (self.channels, self.filters, self.features)
        channels, filters, features = ([shown(n, most=24) for n in sizes] for sizes in groups)  # it goes into messages
        return f"channels {' -> '.join(channels)}, filters {' x '.join(filters)}, features {' -> '.join(features)}"


def plan_stack(
    input_shape: Sequence[int | None],
    n_outputs: int,
    *,
    in_channels_list: Channels | None = None,
    in_features_list: Channels | None = None,
    out_channels: int | None = None,
    out_features: int | None = None,
    filter_size: Sizes = 3,
    padding: str = "same",
    stride: Sizes = 1,
    dilation: Sizes = 1,
    do_pooling: bool = True,
    pool_filter_size: Sizes = 2,
    pool_stride: Sizes = 2,
) -> StackPlan:
    """Infer and check every size of ConvBlock -> ... -> Flatten -> DenseBlock -> ... -> Dense.

    `input_shape` is (C, *S), the shape of one row; `n_outputs` the classes or targets in y. An axis of length None
    varies from row to row: a mean over all places then leaves as many features as there are channels.

    >>> plan_stack((1, 28, 28), 10).features
    (3136, 128, 10)
    >>> plan_stack((1, 28, 28), 10, in_features_list=(100,))
    Traceback (most recent call last):
    foveal.core.errors.ParameterError: in_features_list[0]=100 does not fit dense layer 1: input (1, 28, 28) -> conv \
block 1 (32, 14, 14) -> conv block 2 (64, 7, 7) -> flatten (3136,); it must be 3136, or None to infer it
    """
    in_channels, size = int(input_shape[0] or 0), _whole(input_shape[1:])
    ndim = len(size)
    filters = per_axis("filter_size", filter_size, ndim)
    strides = per_axis("stride", stride, ndim)
    windows = per_axis("pool_filter_size", pool_filter_size, ndim)
    steps = per_axis("pool_stride", pool_stride, ndim)

    pooling = list(zip(windows, steps, strict=True)) if do_pooling else None

    def after(size: Any, kernel: tuple[int, ...], gap: int) -> Any:
        return _after(size, list(zip(kernel, strides, strict=True)), gap, padding, pooling)

    trail = [f"input {tuple(input_shape)}"]
    listed = _listed(in_channels_list, (in_channels, 32))
    first = listed[0]
    if first is not None and first != in_channels:
        raise _misfit("in_channels_list[0]", first, "conv block 1", trail, in_channels)
    channels = (
        in_channels,
        *(int(c) for c in listed[1:] if c is not None),
        64 if out_channels is None else out_channels,
    )
    dilations = _per_block(dilation, len(channels) - 1)
    sizes = [size]
    for block, width in enumerate(channels[1:], start=1):
        size = after(sizes[-1], filters, dilations[block - 1])
        if min(_known(size), default=1) < 1:
            raise ParameterError(
                f"padding='valid' leaves no pixels in conv block {block}: {' -> '.join(trail)}, and filter_size="
                f"{shown(filter_size)}{_gaps(dilations[block - 1])} does not fit into {sizes[-1]}; use padding='same', "
                f"a filter_size of at most {_largest_filter(sizes[0], dilations, after)}, or fewer conv blocks "
                "(in_channels_list)"
            )
        sizes.append(size)
        trail.append(f"conv block {block} {shown((width, *size), most=60)}")

    flat = channels[-1] * _prod(_known(sizes[-1]))
    trail.append(f"flatten {shown((flat,), most=60)}")
    dense = _listed(in_features_list, (flat, 128))
    if dense[0] is not None and dense[0] != flat:
        raise _misfit("in_features_list[0]", dense[0], "dense layer 1", trail, flat)
    if out_features is not None and out_features != n_outputs:
        trail += [f"dense block {i} ({width},)" for i, width in enumerate(dense[1:], start=1)]
        raise _misfit("out_features", out_features, "the last dense layer", [*trail, f"y ({n_outputs},)"], n_outputs)
    features = (flat, *(int(f) for f in dense[1:] if f is not None), n_outputs)
    return StackPlan(channels, tuple(sizes), features, filters, dilations)


def _whole(sizes: Sequence[int | None]) -> tuple[int | None, ...]:
    return tuple(None if n is None else int(n) for n in sizes)


def _known(sizes: Sequence[int | None]) -> list[int]:
    return [n for n in sizes if n is not None]


def _after(
    size: Any, filters: Sequence[tuple[int, int]], gap: int, padding: str, pooling: Sequence[tuple[int, int]] | None
) -> Any:
    """Give sizes after a conv block, or with a 0 where the convolution leaves none; windows come with their strides."""
    if None in size:
        return size
    maps = tuple(conv_size(n, k, s, gap, padding) for n, (k, s) in zip(size, filters, strict=True))
    if pooling is None or min(maps) < 1:
        return maps
    return tuple(pool_size(n, w, s) for n, (w, s) in zip(maps, pooling, strict=True))


def _per_block(dilation: Sizes, n_blocks: int) -> tuple[int, ...]:
    """Give the dilation of each conv block."""
    if not isinstance(dilation, Sequence):
        return (int(dilation),) * n_blocks
    if len(dilation) != n_blocks:
        raise ParameterError(
            f"dilation must be one number or one for each of the {n_blocks} conv blocks, got {shown(tuple(dilation))}; "
            f"pass {shown(int(dilation[0]))}, or as many as there are blocks (in_channels_list)"
        )
    return tuple(map(int, dilation))


def _gaps(dilation: int) -> str:
    return "" if dilation == 1 else f" of dilation {shown(dilation)}"


def _largest_filter(
    size: Any,
    dilations: tuple[int, ...],
    after: Callable[[Any, tuple[int, ...], int], Any],
) -> int:
    """Find the largest filter that leaves pixels after every block; a smaller one leaves more."""
    for k in range(min(size), 1, -1):
        left = size
        for gap in dilations:
            left = after(left, (k,) * len(size), gap) if min(left) >= 1 else left
        if min(left) >= 1:
            return k
    return 1


def _listed(value: Channels | None, default: tuple[int, ...]) -> tuple[int | None, ...]:
    if value is None:
        return default
    return tuple(value) if isinstance(value, Sequence) else (int(value),)


def _misfit(name: str, value: object, layer: str, trail: Sequence[str], right: int) -> ParameterError:
    shapes = " -> ".join(trail)
    return ParameterError(f"{name}={value} does not fit {layer}: {shapes}; it must be {right}, or None to infer it")


def _prod(numbers: Sequence[int]) -> int:
    product = 1
    for n in numbers:
        product *= n
    return product
