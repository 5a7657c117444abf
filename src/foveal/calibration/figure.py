"""The reliability curve as a drawing: SVG, which needs no plotter and no network."""

from collections.abc import Mapping
from html import escape

from foveal.calibration.measures import Reliability

#: Sides of the square and of the margin around it, in pixels; colours that are told apart by people who see fewer.
_SIDE, _MARGIN = 320, 48
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")


def reliability_svg(curves: Mapping[str, Reliability], title: str = "How often answers are right") -> str:
    """Draw reliability curves: what answers say across, what share of them is right upwards, the diagonal is honest.

    A point is a bin of equally many answers. At most four curves, named in the legend with their calibration error.

    >>> svg = reliability_svg({"before": Reliability((0.9,), (0.5,), (10,))})
    >>> svg.startswith("<svg"), "before, error 0.400" in svg
    (True, True)
    """
    low = min((min(*curve.said, *curve.right) for curve in curves.values()), default=0.0)
    first = max(0.0, int(low * 10) / 10)
    size = _SIDE + 2 * _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" role="img" font-family="sans-serif" '
        f'font-size="12" fill="currentColor"><title>{escape(title)}</title>',
        _line([(first, first), (1.0, 1.0)], first, 'stroke="currentColor" stroke-dasharray="4 4" opacity="0.5"'),
        f'<rect x="{_MARGIN}" y="{_MARGIN}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="currentColor"/>',
        *_ticks(first),
        _text(size / 2, size - 12, "what answers say (probability)", "middle"),
        f'<g transform="rotate(-90 14 {size / 2})">{_text(14, size / 2, "share that is right", "middle")}</g>',
        _text(size / 2, 24, title, "middle"),
    ]
    for number, ((name, curve), colour) in enumerate(zip(curves.items(), _COLOURS, strict=False)):
        points = list(zip(curve.said, curve.right, strict=True))
        parts.append(_line(points, first, f'stroke="{colour}" stroke-width="2"'))
        places = [_place(point, first) for point in points]
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        y = _MARGIN + 20 + 18 * number
        parts.append(f'<rect x="{_MARGIN + 10}" y="{y - 9}" width="10" height="10" fill="{colour}"/>')
        parts.append(_text(_MARGIN + 26, y, f"{name}, error {curve.error:.3f}", "start"))
    return "\n".join([*parts, "</svg>"])


def _ticks(first: float) -> list[str]:
    marks = []
    for value in (first, (first + 1) / 2, 1.0):
        x, y = _place((value, value), first)
        marks.append(_text(x, _MARGIN + _SIDE + 16, f"{value:.2g}", "middle"))
        marks.append(_text(_MARGIN - 6, y + 4, f"{value:.2g}", "end"))
    return marks


def _place(point: tuple[float, float], first: float) -> tuple[float, float]:
    across, up = ((value - first) / (1 - first or 1) for value in point)
    return _MARGIN + _SIDE * across, _MARGIN + _SIDE * (1 - up)


def _line(points: list[tuple[float, float]], first: float, style: str) -> str:
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_place(point, first) for point in points))
    return f'<polyline points="{places}" fill="none" {style}/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
