"""Receptive fields: how many input pixels one output pixel sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from foveal.layers import Dropout, Flatten, Masked, Standardize, StochasticDepth
from foveal.layers.wiring import Join, Wiring, wiring_of

CONV = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_POOL = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
_PAD = (nn.ZeroPad1d, nn.ZeroPad2d, nn.ZeroPad3d)
_WHOLE = (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d, nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d,
          nn.AdaptiveMaxPool3d)  # fmt: skip
_PIXELWISE = (_BatchNorm, nn.Identity, nn.LocalResponseNorm, nn.modules.dropout._DropoutNd, Dropout, StochasticDepth,
              Standardize)  # fmt: skip

#: Input pixels along each axis; "all": the whole input, however large.
Field = tuple[int, ...] | Literal["all"]


@dataclass(frozen=True)
class Reach:
    """What the pixel at place i of a map sees: the inputs from i jump + low to i jump + high, along each axis."""

    low: tuple[int, ...]
    high: tuple[int, ...]
    jump: tuple[int, ...]
    flat: bool = False  # the map was laid out as features

    @property
    def field(self) -> tuple[int, ...]:
        """How many inputs that is."""
        return tuple(high - low + 1 for low, high in zip(self.low, self.high, strict=True))


Seen = Reach | Literal["all"] | None


def receptive_fields(net: nn.Module, ndim: int) -> dict[nn.Module, Field]:
    """Follow a network's layers: a window of k taps, d apart, widens the field by (k - 1) d times the strides so far.

    Where rows of layers stand side by side, what they see is put together; after a mean over the whole map, or a dense
    layer after flattening, an output sees the whole input. Layers after one that is not known are left out. A module
    of the user's is followed if it has a `wiring`, passes for a window if it has `kernel_size`, `stride` and `padding`,
    and for one that keeps to its pixel if it has `pixelwise = True`.

    Source: Araujo et al. 2019, eq. 2.

    >>> net = nn.Sequential(nn.Conv1d(1, 1, 3), nn.MaxPool1d(2), nn.Conv1d(1, 1, 3))
    >>> [*receptive_fields(net, 1).values()]
    [(3,), (4,), (8,)]
    """
    fields: dict[nn.Module, Field] = {}
    _follow(_steps(net), Reach((0,) * ndim, (0,) * ndim, (1,) * ndim), fields)
    return fields


def _steps(net: nn.Module) -> Wiring:
    """Give the steps of a network; of one that runs with a mask those that it is made of."""
    return tuple(net.children()) if isinstance(net, Masked) else (net,)


def _follow(steps: Wiring, seen: Seen, fields: dict[nn.Module, Field]) -> Seen:
    for step in steps:
        if isinstance(step, Join):
            seen = _together([_follow(row, seen, fields) for row in step.rows])
            continue
        inner = wiring_of(step)
        seen = _after(step, seen) if inner is None else _follow(inner, seen, fields)
        if inner is None and seen is not None:
            fields[step] = seen if isinstance(seen, str) else seen.field
    return seen


def _together(rows: Sequence[Seen]) -> Seen:
    """Give what several rows see together."""
    reaches = [row for row in rows if isinstance(row, Reach)]
    if len(reaches) < len(rows):
        return None if None in rows else "all"
    first = reaches[0]
    if any(reach.jump != first.jump for reach in reaches):
        return None
    low, high = (
        zip(*(reach.low for reach in reaches), strict=True),
        zip(*(reach.high for reach in reaches), strict=True),
    )
    return Reach(tuple(map(min, low)), tuple(map(max, high)), first.jump, any(reach.flat for reach in reaches))


def _after(layer: Any, seen: Seen) -> Seen:
    """Give what a pixel sees after a layer."""
    if isinstance(layer, nn.Linear) and (seen == "all" or (isinstance(seen, Reach) and seen.flat)):
        return "all"
    if isinstance(layer, _WHOLE):
        size: Any = layer.output_size
        single = all(n == 1 for n in _axes(size, 1))
        return "all" if single and seen is not None else None
    if seen is None or _keeps_to_its_pixel(layer):
        return seen
    if seen == "all":
        return "all" if isinstance(layer, CONV + _POOL + _PAD + (nn.Flatten, Flatten)) else None
    if isinstance(layer, nn.Flatten | Flatten):
        return Reach(seen.low, seen.high, seen.jump, flat=True)
    if isinstance(layer, _PAD):
        return _moved(seen, [-side for side in list(layer.padding)[::-1][1::2]])
    return _windowed(layer, seen) if isinstance(layer, CONV + _POOL) or _says_its_window(layer) else None


def _says_its_window(layer: Any) -> bool:
    of_torch = type(layer).__module__.startswith("torch.")
    return not of_torch and all(hasattr(layer, name) for name in ("kernel_size", "stride", "padding"))


def _keeps_to_its_pixel(layer: Any) -> bool:
    of_torch = type(layer).__module__ == nn.ReLU.__module__
    return of_torch or isinstance(layer, _PIXELWISE) or getattr(layer, "pixelwise", False) is True


def _windowed(layer: Any, seen: Reach) -> Reach | None:
    ndim = len(seen.jump)
    if isinstance(layer.padding, str):
        return None
    names = ("kernel_size", "stride", "dilation", "padding")
    window, stride, gap, before = (_axes(getattr(layer, name, 1), ndim) for name in names)
    start = _moved(seen, [-p for p in before])
    widened = zip(start.high, window, gap, seen.jump, strict=True)
    high = tuple(h + (k - 1) * d * j for h, k, d, j in widened)
    return Reach(start.low, high, tuple(j * s for j, s in zip(seen.jump, stride, strict=True)), seen.flat)


def _moved(seen: Reach, places: Sequence[int]) -> Reach:
    """Shift what is seen by places of the map."""
    shift = [place * jump for place, jump in zip(places, seen.jump, strict=True)]
    low, high = (tuple(a + b for a, b in zip(ends, shift, strict=True)) for ends in (seen.low, seen.high))
    return Reach(low, high, seen.jump, seen.flat)


def _axes(value: int | Sequence[int], ndim: int) -> tuple[int, ...]:
    return (value,) * ndim if isinstance(value, int) else tuple(value)
