"""Small charts as SVG: colours, also of the dark, are the page's own; every chart has a title that is read out."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from zlib import crc32

from foveal.report.results import is_number

#: The size of a chart, and the room for its axes, in its own units.
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 360, 230, 46, 36, 22
Point = tuple[float, float]


@dataclass(frozen=True)
class Scale:
    """What values an axis shows, from where to where."""

    low: float
    high: float

    def at(self, value: float, begin: float, end: float) -> float:
        """Give the place of a value between two places.

        >>> Scale(0, 10).at(5, 100, 200)
        150.0
        """
        return begin + (value - self.low) / ((self.high - self.low) or 1.0) * (end - begin)

    @property
    def ticks(self) -> list[float]:
        """Give some round values.

        >>> Scale(0, 1).ticks, Scale(0.83, 0.95).ticks
        ([0.0, 0.5, 1.0], [0.85, 0.9, 0.95])
        """
        span = (self.high - self.low) or 1.0
        step = 10 ** math.floor(math.log10(span))
        step *= next((by for by in (0.1, 0.2, 0.5, 1, 2, 5) if span / (step * by) <= 3.01), 10)
        first = math.ceil(self.low / step - 1e-9)
        return [round(i * step, 10) for i in range(first, math.floor(self.high / step + 1e-9) + 1)]


def scale_of(values: Sequence[Any], *, zero: bool = False) -> Scale:
    """Give a scale that shows all numbers among some values, with a little room.

    >>> scale_of([1, None, 3])
    Scale(low=0.9, high=3.1)
    """
    numbers = [float(value) for value in values if is_number(value)] or [0.0, 1.0]
    low, high = min(numbers), max(numbers)
    room = 0.05 * (high - low) or 0.5 * abs(high) or 0.5
    return Scale(0.0 if zero and low >= 0 else low - room, high + room)


def lines(
    title: str, x: Sequence[float], series: Mapping[str, Sequence[Any]], *, across: str, up: str = "",
    bands: Mapping[str, Sequence[Sequence[float]]] | None = None, diagonal: bool = False,
) -> str:  # fmt: skip
    """Draw series over x as lines with points, what is no number left out, and a band where intervals are given.

    >>> chart = lines("loss", [1, 2], {"train": [0.5, 0.4]}, across="epoch")
    >>> chart.count("<circle"), "<title" in chart
    (2, True)
    """
    band_values = [bound for band in (bands or {}).values() for pair in band for bound in pair]
    xs, ys = scale_of(x), scale_of([*(y for one in series.values() for y in one), *band_values])
    if diagonal:
        xs = ys = Scale(0.0, 1.0)
    body = [_axes(xs, ys, across, up)]
    if diagonal:
        body.append(_path([(0, 0), (1, 1)], xs, ys, "diagonal"))
    for i, (name, values) in enumerate(series.items()):
        points = [(a, b) for a, b in zip(x, values, strict=False) if is_number(b)]
        if bands and name in bands:
            body.append(_band(x, bands[name], xs, ys, i))
        body.append(_path(points, xs, ys, f"line s{i}"))
        if len(points) <= 40:
            body.append(_dots(points, xs, ys, i))
    return _svg(title, body) + _legend(list(series))


def scatter(title: str, pairs: Sequence[Sequence[float]], *, across: str, up: str) -> str:
    """Draw pairs of truth and prediction as points, beside the line on which both are equal.

    >>> scatter("values", [[1, 2], [3, 4]], across="truth", up="prediction").count("<circle")
    2
    """
    both = scale_of([value for pair in pairs for value in pair])
    points = [(float(a), float(b)) for a, b in pairs]
    ends = [(both.low, both.low), (both.high, both.high)]
    return _svg(
        title, [_axes(both, both, across, up), _path(ends, both, both, "diagonal"), _dots(points, both, both, 0)]
    )


def curve(title: str, curves: Sequence[Sequence[float]], weights: Sequence[float] | None) -> str:
    """Draw a signal, and below it, where it is explained, what speaks for the answer.

    >>> curve("row 1", [[0, 1, 0]], [0, 1, 0]).count("<path")
    2
    """
    height, below = 96, 24
    ys = scale_of([value for one in curves for value in one])
    xs = Scale(0, max(1, len(curves[0]) - 1))
    paths = [
        _d([(xs.at(i, 2, WIDTH - 2), ys.at(y, height - 4, 4)) for i, y in enumerate(one)], f"line s{k}")
        for k, one in enumerate(curves)
    ]
    if weights:
        most = max(map(abs, weights)) or 1.0
        tops = [(xs.at(i, 2, WIDTH - 2), height + below - below * abs(w) / most) for i, w in enumerate(weights)]
        paths.append(_d([(2, height + below), *tops, (WIDTH - 2, height + below)], "area"))
    return (f'<svg class="curve" viewBox="0 0 {WIDTH} {height + below}" role="img" aria-label="{escape(title)}">'
            + "".join(paths) + "</svg>")  # fmt: skip


def _svg(title: str, body: Sequence[str]) -> str:
    name = f"c{crc32((title + ''.join(body)).encode())}"  # within the page
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{name}"><title id="{name}">{escape(title)}'
        f"</title>{''.join(body)}</svg>"
    )


def _axes(xs: Scale, ys: Scale, across: str, up: str) -> str:
    parts = []
    for tick in ys.ticks:
        y = ys.at(tick, HEIGHT - BOTTOM, TOP)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - 6}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for tick in xs.ticks:
        x = xs.at(tick, LEFT, WIDTH - 6)
        parts.append(f'<text class="tick" x="{x:.1f}" y="{HEIGHT - BOTTOM + 15}" text-anchor="middle">{tick:g}</text>')
    middle = (LEFT + WIDTH) / 2
    parts.append(f'<text class="axis" x="{middle}" y="{HEIGHT - 4}" text-anchor="middle">{escape(across)}</text>')
    if up:
        parts.append(f'<text class="axis" x="4" y="12">{escape(up)}</text>')
    return "".join(parts)


def _placed(points: Sequence[Point], xs: Scale, ys: Scale) -> Iterator[Point]:
    return ((xs.at(a, LEFT, WIDTH - 6), ys.at(b, HEIGHT - BOTTOM, TOP)) for a, b in points)


def _path(points: Sequence[Point], xs: Scale, ys: Scale, sort: str) -> str:
    return _d(list(_placed(points, xs, ys)), sort)


def _d(points: Sequence[Point], sort: str) -> str:
    steps = " ".join(f"{'L' if i else 'M'}{x:.1f} {y:.1f}" for i, (x, y) in enumerate(points))
    return f'<path class="{sort}" d="{steps}"/>' if points else ""


def _band(x: Sequence[float], band: Sequence[Sequence[float]], xs: Scale, ys: Scale, number: int) -> str:
    there = [(a, low, high) for a, (low, high) in zip(x, band, strict=False) if is_number(low) and is_number(high)]
    round_it = [(a, low) for a, low, _ in there] + [(a, high) for a, _, high in reversed(there)]
    return _path(round_it, xs, ys, f"band s{number}")


def _dots(points: Sequence[Point], xs: Scale, ys: Scale, number: int) -> str:
    return "".join(
        f'<circle class="dot s{number}" cx="{a:.1f}" cy="{b:.1f}" r="2.5"/>' for a, b in _placed(points, xs, ys)
    )


def _legend(names: Sequence[str]) -> str:
    if len(names) < 2:
        return ""
    entries = "".join(f'<li class="s{i}">{escape(name)}</li>' for i, name in enumerate(names))
    return f'<ul class="legend">{entries}</ul>'
