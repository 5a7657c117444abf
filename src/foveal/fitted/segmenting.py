r"""Pictures of any size answered at each place: in one piece where that is small, else in windows that are blended."""

import math
from collections.abc import Callable, Iterable, Sequence
from os import PathLike
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from foveal.calibration.temperature import divided
from foveal.core.device import inference_autocast, running_threads, threads_for
from foveal.core.errors import DataError, DataTypeError, ParameterError, ShapeError
from foveal.core.rules import Rule, check, is_integer
from foveal.core.shapes import Sizes, per_axis
from foveal.core.shelter import sheltered
from foveal.core.warn import warn_user
from foveal.data.layout import infer_layout
from foveal.data.source import is_source
from foveal.fitted.foreign import is_foreign
from foveal.fitted.in_windows import Difference, Finish, difference, in_windows
from foveal.fitted.model import Fitted
from foveal.fitted.predict import answering_prediction
from foveal.fitted.windows import Windows
from foveal.layers.frozen import Frozen
from foveal.models.receptive import sight

Array = NDArray[Any]

#: Values of a window's largest map. A picture of 10,000 x 8,000 then takes 0.7 GB, itself and the answer counted in;
#: with 2^24 it took 1.1, and longer.
MAP_VALUES = 2**23

_PIXELS = Rule(
    "None, a number of pixels, or one for each axis",
    lambda v: v is None or all(is_integer(n) and n >= 0 for n in (v if isinstance(v, list | tuple) else [v])),
)


class Plan(NamedTuple):
    """The windows a picture is answered in, and how many of them at a time."""

    windows: Windows
    batch: int


def segmented(
    fitted: Fitted,
    picture: Any,
    finish: Finish,
    *,
    window: Sizes | None = None,
    overlap: Sizes | None = None,
    out: Any = None,
    progress: Callable[[int, int], None] | None = None,
    telling: bool = True,
) -> Any:
    r"""Answer a picture of any size, (\*S, C), and give what `finish` makes of its probabilities, (1, K, \*S).

    `window` and `overlap` are those of `Windows`; None: as `plan` chooses. Where the overlap is less than the network
    sees to both sides, the difference that this makes on the middle of the picture is measured and warned of; not
    without `telling`, which takes as long as some windows.
    """
    _check(fitted, picture)
    chosen = plan(fitted, picture.shape[:-1], window, overlap)
    with sheltered(), answering_prediction(1, _device(fitted)), running_threads(_threads(fitted, chosen)):
        answer = _answer(fitted)
        if telling and chosen.windows.count(picture.shape[:-1]) > 1 and not chosen.windows.exact:
            _warn(_cost_of(picture, answer, chosen), chosen.windows)
        how = {"batch": chosen.batch, "finish": finish, "out": out, "progress": progress}
        return in_windows(picture, answer, chosen.windows, **how)


def plan(fitted: Fitted, shape: Sequence[int], window: Sizes | None = None, overlap: Sizes | None = None) -> Plan:
    r"""Choose the windows for a picture of `shape`, (\*S).

    A picture whose largest map has at most 2^23 values is one window. Else windows are as large as that allows, and at
    least as large as what the network was trained on. They share what the network sees to both sides, so that the
    answer is that of one piece, where that is at most half a window; else a quarter of a window.
    """
    ndim, trained = len(shape), fitted.input_shape[1:]
    seen = _sight(fitted)
    multiple = (1,) * ndim if seen is None else seen.multiple
    reach = None if seen is None else seen.reach
    per_place = fitted.cost.largest_map / math.prod(trained)
    for name, sizes in (("window", window), ("overlap", overlap)):
        check(name, sizes, _PIXELS)
    if window is None:
        side = int((MAP_VALUES / per_place) ** (1 / ndim))
        window = [max(side, own) for own in trained]
    asked = per_axis("window", window, ndim)
    # no wider than the picture: what it is padded with beyond its end would be seen
    wide = tuple(-(-min(n, size) // m) * m for n, size, m in zip(asked, shape, multiple, strict=True))
    whole = [n >= size for n, size in zip(wide, shape, strict=True)]  # axes that are one window: nothing is shared
    if reach is not None:
        reach = tuple(0 if one else r for one, r in zip(whole, reach, strict=True))
    if overlap is None:
        both = wide if reach is None else [2 * r for r in reach]
        fits = all(one or o <= n // 2 for one, o, n in zip(whole, both, wide, strict=True))
        overlap = tuple(both) if fits else tuple(n // 4 for n in wide)
    shared = tuple(0 if one else o for one, o in zip(whole, per_axis("overlap", overlap, ndim), strict=True))
    windows = Windows.of(ndim, window=wide, overlap=shared, reach=reach, multiple=multiple)
    batch = max(1, int(MAP_VALUES / per_place / math.prod(wide)))
    return Plan(windows, min(batch, windows.count(tuple(shape))))


def labels_of(fitted: Fitted) -> Finish:
    """Give what makes labels of probabilities."""

    def finish(outputs: Tensor) -> Array:
        return fitted.kind.decode(fitted.problem, fitted.task.decode(outputs))

    return finish


def as_in_fit(fitted: Fitted, X: Any) -> bool:
    """Tell whether X are rows of the size that fit saw: an array of them, or a source."""
    if is_source(X):
        return True
    if fitted.layout is None or not hasattr(X, "shape"):
        return False
    axes = fitted.layout.replace("C", "") if len(X.shape) == len(fitted.layout) - 1 else fitted.layout
    sizes = tuple(n for n, axis in zip(X.shape, axes, strict=False) if axis not in "NC")
    return sizes == fitted.input_shape[1:]


def pictures_in(X: Any, fitted: Fitted) -> list[Any]:
    r"""Give the pictures, (\*S, C) each, of a list of them or of an array (N, \*S), (N, \*S, C) or (N, C, \*S)."""
    channels, ndim = fitted.input_shape[0], len(fitted.input_shape) - 1
    X = [X] if isinstance(X, str | bytes | PathLike) else X
    if not isinstance(X, Iterable):
        raise DataTypeError(f"X must be an array, or a list of pictures, got {type(X).__name__}")
    if hasattr(X, "shape") and len(X.shape) == ndim + 2 and _channels_first(X.shape, fitted):
        X = np.moveaxis(np.asanyarray(X), 1, -1)
    pictures = [_picture(picture, number, channels, ndim) for number, picture in enumerate(X)]
    if not pictures:
        raise DataError("X is empty: 0 pictures while a minimum of 1 is required")
    return pictures


def _picture(picture: Any, number: int, channels: int, ndim: int) -> Any:
    if isinstance(picture, str | bytes | PathLike):
        raise DataTypeError(
            f"X[{number}] is a {type(picture).__name__}, and pictures of any size are arrays; read it first, or use "
            "foveal predict; foveal.open_images reads files to the size of fit"
        )
    made = picture if hasattr(picture, "shape") else np.asarray(picture)
    if len(made.shape) == ndim and channels == 1:
        made = made[..., None]
    shape = tuple(made.shape)
    if len(shape) != ndim + 1 or shape[-1] != channels:
        shapes = f"(*S, {channels})" + (", or (*S)" if channels == 1 else "")
        way = "; of one picture give X[None]" if len(shape) == ndim - (channels == 1) else ""
        raise ShapeError(f"picture {number} must be {shapes}, of {ndim} axes *S, got {shape}{way}")
    if getattr(made.dtype, "kind", "f") not in "buif" or 0 in shape:  # tensors have another sort of dtype
        raise DataError(f"picture {number} must hold real numbers, got {made.dtype} of shape {shape}; convert it")
    return made


def _channels_first(shape: Sequence[int], fitted: Fitted) -> bool:
    """Tell the order of an array's axes: as fit's were or, where it saw patches, as it reads an array's."""
    layout = fitted.layout or fitted.settings["layout"]
    if layout is not None:
        return "NC" in layout
    ends = [shape[axis] == fitted.input_shape[0] for axis in (1, -1)]
    return "NC" in infer_layout(shape) if all(ends) else ends[0]


def _check(fitted: Fitted, picture: Any) -> None:
    if fitted.kind.each_place:
        return
    raise ParameterError(f"windows are for a model that answers each place, and this one is for {fitted.kind.name}")


def _answer(fitted: Fitted) -> Callable[[Tensor], Tensor]:
    """Give what makes probabilities of windows."""
    device, net = _device(fitted), Frozen(fitted.net.eval(), None, fold=True)
    lowered = inference_autocast(fitted.settings["precision"], device)
    temperature = () if fitted.calibration is None else fitted.calibration.temperature

    def answer(x: Tensor) -> Tensor:
        rows = x.movedim(1, -1).contiguous().movedim(-1, 1).to(device)
        with torch.autocast(device.type, lowered or torch.bfloat16, enabled=lowered is not None):
            out = net(rows)
        return divided(out.float(), temperature).softmax(dim=1)

    return answer


def _sight(fitted: Fitted) -> Any:
    return None if is_foreign(fitted.settings["net"]) else sight(fitted.net, len(fitted.input_shape) - 1)


def _device(fitted: Fitted) -> torch.device:
    return next(fitted.net.parameters()).device


def _threads(fitted: Fitted, chosen: Plan) -> int:
    values = math.prod(chosen.windows.window) / math.prod(fitted.input_shape[1:]) * chosen.batch
    return threads_for(int(fitted.cost.multiply_adds * values), _device(fitted))


def _cost_of(picture: Any, answer: Callable[[Tensor], Tensor], chosen: Plan) -> Difference:
    windows = chosen.windows
    most = tuple(n // 2 // m * m for n, m in zip(windows.window, windows.multiple, strict=True))
    more = Windows(windows.window, tuple(map(max, most, windows.overlap)), windows.reach, windows.multiple)
    return difference(picture, answer, windows, more, batch=chosen.batch)


def _warn(found: Difference, windows: Windows) -> None:
    reach = "is not known" if windows.reach is None else f"is {windows.reach} pixels to each side"
    warn_user(
        f"windows of {windows.window} overlap by {windows.overlap}, and what the network sees {reach}: with half a "
        f"window of overlap {100 * found.labels:.2g} % of the labels in the middle of the picture are others, "
        f"probabilities differ by up to {found.largest:.2g}; overlap=... makes that less"
    )
