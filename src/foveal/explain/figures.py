"""Maps drawn over their rows: pictures, signals, volumes, clips, words. Functions that give a matplotlib figure."""

import io
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import ResourceError, ShapeError

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Axes
    from matplotlib.figure import Figure as Figure

Array = NDArray[Any]

#: Colours of maps from 0 up, and of signed ones: red speaks for, blue against.
_UP, _BOTH = "inferno", "RdBu_r"
_FRAMES = 8


def new_figure(width: float, height: float) -> "Figure":
    """Make a figure of inches that no window and no list of figures holds; `ResourceError` without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ResourceError('figures need matplotlib: pip install "foveal[explain]"') from error
    return Figure(figsize=(width, height), layout="constrained")


def png_bytes(figure: "Figure", dpi: int = 100) -> bytes:
    r"""Draw a figure as the bytes of a PNG file.

    >>> png_bytes(overlay(np.zeros((4, 4)), np.eye(4)))[:4]
    b'\x89PNG'
    """
    content = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # names in scripts that the font has not
        figure.savefig(content, format="png", dpi=dpi, metadata={"Software": None})
    return content.getvalue()


def overlay(picture: Any, map: Any, title: str = "", *, signed: bool | None = None) -> "Figure":
    """Draw a picture, and beside it the map over the picture; `signed` None: where the map has values below 0.

    Shape: picture (H, W) or (H, W, C), map (H, W).

    >>> len(overlay(np.zeros((4, 4, 3), np.uint8), np.eye(4), "eye").axes)
    3
    """
    picture, map = _alike(picture, map, 2)
    figure = new_figure(7.2, 3.4 * min(2.0, max(0.4, map.shape[0] / map.shape[1])) + 0.5)
    plain, over = figure.subplots(1, 2)
    shown = to_look_at(picture)
    plain.imshow(shown, interpolation="nearest")
    drawn = lay_over(over, shown, map, span_of(map), signed=_is_signed(map, signed))
    figure.colorbar(drawn, ax=over, shrink=0.85)
    return _finished(figure, [plain, over], title)


def under_signal(signal: Any, map: Any, title: str = "", *, signed: bool | None = None) -> "Figure":
    """Draw a signal's curves, and its map as an area below them, on the same axis of places.

    Shape: signal (T,) or (T, C), map (T,).

    >>> len(under_signal(np.sin(np.arange(9.0)), np.ones(9)).axes)
    2
    """
    signal, map = _alike(signal, map, 1)
    figure = new_figure(7.2, 3.4)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    places = np.arange(len(map))
    above.plot(places, signal, linewidth=1)
    above.set_ylabel("signal")
    below.fill_between(places, np.maximum(map, 0), color="#b2182b", step="mid")
    if _is_signed(map, signed):
        below.fill_between(places, np.minimum(map, 0), color="#2166ac", step="mid")
    below.set_ylabel("map")
    below.set_xlabel("place")
    below.margins(x=0)
    _titled(figure, title)
    return figure


def slices(volume: Any, map: Any, title: str = "", *, signed: bool | None = None) -> "Figure":
    """Draw three planes of a volume through the place where its map is largest, the map over them.

    Shape: volume (D, H, W) or (D, H, W, C), map (D, H, W).

    >>> len(slices(np.zeros((4, 5, 6)), np.ones((4, 5, 6))).axes)
    4
    """
    volume, map = _alike(volume, map, 3)
    at = np.unravel_index(int(np.abs(map).argmax()), map.shape)
    figure = new_figure(9.6, 3.4)
    axes, span, sign = figure.subplots(1, 3), span_of(map), _is_signed(map, signed)
    shown = to_look_at(volume)
    drawn = None
    for axis, place in enumerate(at):
        drawn = lay_over(axes[axis], shown.take(place, axis), map.take(place, axis), span, signed=sign)
        axes[axis].set_title(f"{('first', 'second', 'third')[axis]} axis at {place}", fontsize=9)
    figure.colorbar(drawn, ax=axes, shrink=0.85)  # type: ignore[arg-type]
    return _finished(figure, axes, title)


def strip(clip: Any, map: Any, title: str = "", *, signed: bool | None = None) -> "Figure":
    """Draw frames of a clip, at most 8 in even distances, and below each the same with its map over it.

    Shape: clip (T, H, W) or (T, H, W, C), map (T, H, W).

    >>> len(strip(np.zeros((3, 5, 6)), np.ones((3, 5, 6))).axes)
    7
    """
    clip, map = _alike(clip, map, 3)
    chosen = np.unique(np.linspace(0, len(clip) - 1, min(_FRAMES, len(clip))).astype(int))
    figure = new_figure(1.2 * len(chosen) + 1.2, 3.2)
    axes, span, sign = figure.subplots(2, len(chosen), squeeze=False), span_of(map), _is_signed(map, signed)
    shown = to_look_at(clip)
    drawn = None
    for column, frame in enumerate(chosen):
        axes[0, column].imshow(shown[frame], interpolation="nearest")
        axes[0, column].set_title(f"frame {frame}", fontsize=8)
        drawn = lay_over(axes[1, column], shown[frame], map[frame], span, signed=sign)
    figure.colorbar(drawn, ax=axes, shrink=0.85)  # type: ignore[arg-type]
    return _finished(figure, list(axes.flat), title)


def drawn_row(row: Any, map: Any, title: str = "", *, signed: bool | None = None, frames: bool = False) -> "Figure":
    r"""Draw a row, (\*S, C), with its map, (\*S), by its number of axes; of three axes as `frames` of a clip or slices.

    >>> len(drawn_row(np.zeros((9, 1)), np.ones(9)).axes)
    2
    """
    axes = np.ndim(map)
    draw = {1: under_signal, 2: overlay, 3: strip if frames else slices}[axes]
    return draw(row, map, title, signed=signed)


def to_look_at(values: Any) -> Array:
    r"""Make colours of values (\*S, 3), or greys of (\*S): (\*S, 3) of uint8.

    Bytes are taken as they are, other values between their 1st and 99th percentile. A last axis of three is colours.

    >>> to_look_at(np.array([[0, 255]], np.uint8)).tolist()
    [[[0, 0, 0], [255, 255, 255]]]
    """
    values = np.asarray(values)
    if values.dtype != np.uint8:
        values = values.astype(float)
        low, high = np.nanpercentile(values, [1, 99])
        values = np.nan_to_num((values - low) / ((high - low) or 1.0)).clip(0, 1) * 255
    if values.ndim < 3 or values.shape[-1] != 3:
        values = np.repeat(values[..., None], 3, axis=-1)
    return np.asarray(values.astype(np.uint8))


def _alike(row: Any, map: Any, axes: int) -> tuple[Array, Array]:
    """Hold a row against its map, and give it its channels last; of channels that are no colours the mean."""
    row, map = np.asarray(row), np.asarray(map, float)
    if map.ndim != axes or row.shape[:axes] != map.shape or row.ndim > axes + 1:
        raise ShapeError(f"a map of {axes} axes must lie over a row of the same, got {map.shape} over {row.shape}")
    row = row if row.ndim == axes + 1 else row[..., None]
    if axes > 1 and row.shape[-1] != 3:
        row = np.repeat(row.mean(-1, keepdims=True).astype(row.dtype), 3, axis=-1)
    return row, map


def _is_signed(map: Array, signed: bool | None) -> bool:
    return bool((map < 0).any()) if signed is None else signed


def span_of(map: Array) -> float:
    """Give the value that has the strongest colour; single places beyond it do not pale all others."""
    return float(np.percentile(np.abs(map), 99.5)) or float(np.abs(map).max()) or 1.0


def lay_over(axes: "Axes", shown: Array, map: Array, span: float, *, signed: bool) -> Any:
    """Draw a map over a pale grey picture: the stronger, the less of the picture is seen."""
    pale = 60 + 0.55 * shown.mean(-1, keepdims=True)  # black and white would hide what lies over them
    axes.imshow(np.repeat(pale.astype(np.uint8), 3, axis=-1), interpolation="nearest")
    strength = np.clip(np.abs(map) / span, 0, 1)
    low = -span if signed else 0.0
    alpha = 0.9 * strength if signed else 0.1 + 0.75 * strength
    return axes.imshow(map, cmap=_BOTH if signed else _UP, vmin=low, vmax=span, alpha=alpha, interpolation="nearest")


def _finished(figure: "Figure", axes: Sequence["Axes"], title: str) -> "Figure":
    for each in axes:
        each.set_xticks([])
        each.set_yticks([])
    _titled(figure, title)
    return figure


def _titled(figure: "Figure", title: str) -> None:
    if title:
        figure.suptitle(title, fontsize=10).set_parse_math(False)  # a name may hold "$"
