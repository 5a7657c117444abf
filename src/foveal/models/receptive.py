"""Receptive fields: how many input pixels one output pixel sees."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from foveal.layers import Dropout, Flatten, Masked, Standardize, StochasticDepth
from foveal.layers.wiring import Join, Wiring, wiring_of
from foveal.models import reach
from foveal.models.reach import Axis

CONV = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
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
    """What a place of a map sees, along each axis."""

    axes: tuple[Axis, ...]
    flat: bool = False  # the map was laid out as features

    @property
    def field(self) -> tuple[int, ...]:
        """How many inputs that is."""
        return tuple(axis.field for axis in self.axes)


Seen = Reach | Literal["all"] | None


def receptive_fields(net: nn.Module, ndim: int) -> dict[nn.Module, Field]:
    """Follow a network's layers: a window of k taps, d apart, widens the field by (k - 1) d times the strides so far.

    Where rows of layers stand side by side, what they see is put together; of an enlarged map, whose places do not all
    see alike, the one that sees most counts. After a mean over the whole map, or a dense layer after flattening, an
    output sees the whole input. Layers after one that is not known are left out. A module
    of the user's is followed if it has a `wiring`, passes for a window if it has `kernel_size`, `stride` and `padding`,
    and for one that keeps to its pixel if it has `pixelwise = True`.

    Source: Araujo et al. 2019, eq. 2.

    >>> net = nn.Sequential(nn.Conv1d(1, 1, 3), nn.MaxPool1d(2), nn.Conv1d(1, 1, 3))
    >>> [*receptive_fields(net, 1).values()]
    [(3,), (4,), (8,)]
    """
    return _followed(net, ndim)[0]


def receptive_field(net: nn.Module, ndim: int) -> Field | None:
    """Give what a place of a network's answer sees; None where that is not known.

    Where an enlarged map's places see unlike much, it is the one that sees most; beside a network's edges a place sees
    no more. Maps are taken to be as large as their strides say: on sizes that do not divide, a map that is laid out
    over another may see a place more.

    >>> receptive_field(nn.Sequential(nn.Conv1d(1, 1, 2, stride=2), nn.ConvTranspose1d(1, 1, 2, stride=2)), 1)
    (2,)
    """
    seen = _followed(net, ndim)[1]
    return seen.field if isinstance(seen, Reach) else seen


class Sight(NamedTuple):
    """Places that an answer sees to either side, at most, and how many places on one sees as it does, for each axis."""

    reach: tuple[int, ...]
    multiple: tuple[int, ...]


def sight(net: nn.Module, ndim: int) -> Sight | None:
    """Give how far a network that answers each place sees; None where that is not known, or is all of the input.

    >>> down, up = nn.Conv1d(1, 1, 2, stride=2), nn.ConvTranspose1d(1, 1, 2, stride=2)
    >>> sight(nn.Sequential(down, up), 1)
    Sight(reach=(1,), multiple=(2,))
    """
    seen = _followed(net, ndim)[1]
    if not isinstance(seen, Reach) or seen.flat or any(axis.jump != 1 for axis in seen.axes):
        return None
    sides = [max(max(r - low, high - r) for r, (low, high) in enumerate(axis.ends)) for axis in seen.axes]
    return Sight(tuple(sides), tuple(len(axis.ends) for axis in seen.axes))


def _followed(net: nn.Module, ndim: int) -> tuple[dict[nn.Module, Field], Seen]:
    fields: dict[nn.Module, Field] = {}
    seen = _follow(_steps(net), Reach((Axis(),) * ndim), fields)
    return fields, seen


def _steps(net: nn.Module) -> Wiring:
    """Give the steps of a network; of one that runs with a mask those that it is made of."""
    return tuple(net.children()) if isinstance(net, Masked) else (net,)


def _follow(steps: Wiring, seen: Seen, fields: dict[nn.Module, Field]) -> Seen:
    for step in steps:
        if isinstance(step, Join):
            seen = _together(step.how, [_follow(row, seen, fields) for row in step.rows])
            continue
        inner = wiring_of(step)
        seen = _after(step, seen) if inner is None else _follow(inner, seen, fields)
        if inner is None and seen is not None:
            fields[step] = seen if isinstance(seen, str) else seen.field
    return seen


def _together(how: str, rows: Sequence[Seen]) -> Seen:
    """Give what several rows see together."""
    if how == "lay out" and rows[0] == "all":
        return "all"
    reaches = [row for row in rows if isinstance(row, Reach)]
    if len(reaches) < len(rows):
        return None if None in rows else "all"
    last = reaches[-1].axes
    if how == "lay out":
        return _known(map(reach.laid_out, reaches[0].axes, last), reaches)
    if how == "overlap":
        moved = [_known(map(reach.in_register, row.axes, last), [row]) for row in reaches]
        reaches = [row for row in moved if row is not None]
        if len(reaches) < len(rows):
            return None
    return _known(map(reach.together, zip(*(row.axes for row in reaches), strict=True)), reaches)


def _known(axes: Iterable[Axis | None], of: Sequence[Reach]) -> Reach | None:
    """Make a reach of axes, unless one of them is not known."""
    found = tuple(axes)
    known = tuple(axis for axis in found if axis is not None)
    return Reach(known, any(row.flat for row in of)) if len(known) == len(found) else None


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
        return "all" if isinstance(layer, CONV + TRANSPOSED + _POOL + _PAD + (nn.Flatten, Flatten)) else None
    if isinstance(layer, nn.Flatten | Flatten):
        return Reach(seen.axes, flat=True)
    if isinstance(layer, _PAD):
        before = list(layer.padding)[::-1][1::2]
        return _known((reach.moved(axis, -n) for axis, n in zip(seen.axes, before, strict=True)), [seen])
    if isinstance(layer, TRANSPOSED):
        sizes: Any = (layer.kernel_size, layer.stride, layer.dilation, layer.padding)
        return _known(map(reach.transposed, seen.axes, *sizes), [seen])
    return _windowed(layer, seen) if isinstance(layer, CONV + _POOL) or _says_its_window(layer) else None


def _says_its_window(layer: Any) -> bool:
    of_torch = type(layer).__module__.startswith("torch.")
    return not of_torch and all(hasattr(layer, name) for name in ("kernel_size", "stride", "padding"))


def _keeps_to_its_pixel(layer: Any) -> bool:
    of_torch = type(layer).__module__ == nn.ReLU.__module__
    return of_torch or isinstance(layer, _PIXELWISE) or getattr(layer, "pixelwise", False) is True


def _windowed(layer: Any, seen: Reach) -> Reach | None:
    if isinstance(layer.padding, str):
        return None
    names = ("kernel_size", "stride", "dilation", "padding")
    sizes = (_axes(getattr(layer, name, 1), len(seen.axes)) for name in names)
    return _known(map(reach.windowed, seen.axes, *sizes), [seen])


def _axes(value: int | Sequence[int], ndim: int) -> tuple[int, ...]:
    return (value,) * ndim if isinstance(value, int) else tuple(value)
