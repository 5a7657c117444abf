"""Rows of convolutions and pooling written as tables: what pictures went through before there were blocks."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from torch import nn

from foveal.core.shapes import Sizes, per_axis
from foveal.layers import BatchNorm, Dropout, LocalResponse, convolution, make_activation
from foveal.layers.conv_block import GLOBAL_MEAN
from foveal.models.landmarks.parts import MAX_POOL


class Conv(NamedTuple):
    """A convolution with a bias, then batch norm where the table is built with it, then ReLU."""

    maps: int
    filter_size: int = 3
    stride: int = 1
    padding: Sizes | None = None
    groups: int = 1


class Pool(NamedTuple):
    """The maximum of a window; one that is longer than the map is clipped to it."""

    window: int = 3
    stride: int = 2
    padding: int = 0


#: "lrn" is normalisation across neighbouring maps.
Entry = Conv | Pool | Literal["lrn"]


def features(
    input_shape: Sequence[int], table: Sequence[Entry], *, batch_norm: bool = False
) -> tuple[nn.Sequential, tuple[int, ...]]:
    r"""Build a table's modules in a row; give the shape (C, \*S) that they leave too.

    >>> row, shape = features((1, 28, 28), [Conv(8), Pool(2)])
    >>> [type(m).__name__ for m in row], shape
    (['Conv2d', 'ReLU', 'MaxPool2d'], (8, 14, 14))
    """
    channels, *size = input_shape
    ndim, modules = len(size), list[nn.Module]()
    for entry in table:
        if isinstance(entry, Conv):
            conv = convolution(
                ndim, channels, entry.maps, entry.filter_size, stride=entry.stride, padding=entry.padding,
                groups=entry.groups, bias=True,
            )  # fmt: skip
            channels = entry.maps
            modules += [conv, *([BatchNorm(channels)] if batch_norm else []), make_activation("relu")]
            padding = entry.filter_size // 2 if entry.padding is None else entry.padding
            size = _left(size, (entry.filter_size,) * ndim, entry.stride, padding)
        elif isinstance(entry, Pool):
            window = tuple(min(entry.window, n + 2 * entry.padding) for n in size)
            around = tuple(min(entry.padding, k // 2) for k in window)
            modules.append(MAX_POOL[ndim](window, stride=entry.stride, padding=around))
            size = _left(size, window, entry.stride, around)
        else:
            modules.append(LocalResponse())
    return nn.Sequential(*modules), (channels, *size)


def _left(size: Sequence[int], window: Sequence[int], stride: int, padding: Sizes) -> list[int]:
    """Count what is left of each axis; 1 where it would be nothing, so that the run says what is too small."""
    around = per_axis("padding", padding, len(size))
    return [max((n + 2 * p - k) // stride + 1, 1) for n, k, p in zip(size, window, around, strict=True)]


def pooled(shape: Sequence[int], size: Sizes) -> tuple[nn.Module, int]:
    r"""Make a mean that leaves `size` pixels of each axis of a map (C, \*S), and count the features.

    >>> pooled((256, 13, 13), 6)[1]
    9216
    """
    channels, ndim = shape[0], len(shape) - 1
    left = per_axis("size", size, ndim)
    for n in left:
        channels *= n
    return GLOBAL_MEAN[ndim](left), channels


def classifier(n_features: int, units: int, n_outputs: int, *, dropout_first: bool) -> nn.Sequential:
    """Build two dense layers of `units` with half of their inputs (or outputs) dropped in training, and the last one.

    >>> list(classifier(8, 4, 2, dropout_first=True).state_dict())
    ['1.weight', '1.bias', '4.weight', '4.bias', '6.weight', '6.bias']
    """
    modules: list[nn.Module] = []
    for n in (n_features, units):
        dense = [nn.Linear(n, units), make_activation("relu")]
        modules += [Dropout(0.5), *dense] if dropout_first else [*dense, Dropout(0.5)]
    return nn.Sequential(*modules, nn.Linear(units, n_outputs))
