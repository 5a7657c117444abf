"""Receptive fields: how many input pixels one output pixel sees."""

from collections.abc import Sequence

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from foveal.layers import Dropout, Standardize

CONV = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_POOL = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
_PAD = (nn.ZeroPad1d, nn.ZeroPad2d, nn.ZeroPad3d)
_PIXELWISE = (_BatchNorm, nn.Identity, Dropout, Standardize, *_PAD)


def receptive_fields(net: nn.Module, ndim: int) -> dict[nn.Module, tuple[int, ...]]:
    """Follow a chain of layers: a window of k taps, d apart, widens the field by (k - 1) d times the strides so far.

    The chain ends at the first layer that is not known to keep to its window. Source: Araujo et al. 2019, eq. 2.

    >>> net = nn.Sequential(nn.Conv1d(1, 1, 3), nn.MaxPool1d(2), nn.Conv1d(1, 1, 3))
    >>> [*receptive_fields(net, 1).values()]
    [(3,), (4,), (8,)]
    """
    field, jump = [1] * ndim, [1] * ndim
    fields: dict[nn.Module, tuple[int, ...]] = {}
    for module in _chain(net) or ():
        if isinstance(module, CONV + _POOL):
            window, stride, gap = (_axes(getattr(module, a, 1), ndim) for a in ("kernel_size", "stride", "dilation"))
            field = [f + (k - 1) * d * j for f, k, d, j in zip(field, window, gap, jump, strict=True)]
            jump = [j * s for j, s in zip(jump, stride, strict=True)]
        elif not (isinstance(module, _PIXELWISE) or type(module).__module__ == nn.ReLU.__module__):
            break
        fields[module] = tuple(field)
    return fields


def _chain(net: nn.Module) -> list[nn.Module] | None:
    """List the leaves of nested `nn.Sequential`s in order; None if something else has children."""
    if not list(net.children()):
        return [net]
    if not isinstance(net, nn.Sequential):
        return None
    parts = [_chain(child) for child in net]
    return None if any(p is None for p in parts) else [m for p in parts for m in p or ()]


def _axes(value: int | Sequence[int], ndim: int) -> tuple[int, ...]:
    return (value,) * ndim if isinstance(value, int) else tuple(value)
