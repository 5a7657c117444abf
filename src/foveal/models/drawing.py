"""A network drawn as a picture: boxes for its layers, and lines for how they hang together (SVG)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Any

from torch import nn

from foveal.layers import EachFrame
from foveal.layers.wiring import Join, Wiring, wiring_of
from foveal.models.drawing_words import belongs, word_of

_BOX, _GAP, _LETTER = 26, 14, 6.6  # heights of a box and of the line between two, width of a letter
_SIGNS = {"add": "+", "concatenate": "&#8214;", "scale": "&#215;", "overlap": "&#8214;", "lay out": "&#8599;"}
_STYLE = "font: 11px sans-serif; fill: none; stroke: currentColor"
_COLOURS = "svg{color:#222}@media(prefers-color-scheme:dark){svg{color:#ddd}}"
#: In a module's own words: input channels of convolutions, channels of norms, rates.
_NOT_DRAWN = re.compile(r"(?<=Conv[123]d\()\d+|(?<=Norm\()\d+|(?<=StochasticDepth\()[^)]*")


@dataclass(frozen=True)
class Part:
    """A piece of the drawing: its line comes in at the middle of its top and goes out at the middle of its bottom."""

    width: float
    height: float
    svg: tuple[str, ...]


def drawing(net: nn.Module) -> str:
    """Draw a network from top to bottom, as SVG text; what stands several times in a row is drawn once, "x 3".

    A box is a convolution, a dense layer or a pooling with the norm and activation after it. Rows side by side meet in
    a circle: + adds, two strokes lay channels behind one another, x multiplies, an arrow lays one map out over the
    places of the other. Lines are light where pages are dark.

    >>> drawing(nn.Sequential(nn.Conv1d(1, 4, 3), nn.ReLU())).count("<rect")
    1
    """
    part = _column(_steps((net,)))
    width, height = round(part.width + 20), round(part.height + 20)
    lines = "\n".join(_moved(part, 10, 10))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'style="{_STYLE}">\n<style>{_COLOURS}</style>\n{lines}\n</svg>\n'
    )


def _steps(wiring: Wiring) -> list[Any]:
    """Flatten nested sequences; a block is followed into, blocks in a row that look alike become one and their number.

    What is not drawn may differ in them: input channels, rates of stochastic depth.
    """
    found: list[Any] = []
    for _, group in groupby(_plain(wiring), key=_looks):
        members = list(group)
        inner = None if isinstance(members[0], Join) else wiring_of(members[0])
        if inner is None:
            found += members
        elif len(members) > 1:
            found.append((len(members), _steps(inner)))
        else:
            found += _steps(inner)
    return found


def _plain(wiring: Wiring) -> Iterable[Any]:
    """Give the steps; a join of one row is that row."""
    for step in wiring:
        if isinstance(step, Join) and len(step.rows) == 1:
            yield from _plain(step.rows[0])
        else:
            yield step


def _looks(step: Any) -> Any:
    """Give what tells blocks apart, in a drawing; a join looks like itself alone."""
    return step if isinstance(step, Join) else _NOT_DRAWN.sub("", str(step))


def _column(steps: Sequence[Any]) -> Part:
    """Draw steps one under the other."""
    parts = list(_parts(steps))
    if not parts:
        return Part(20, 0, ())
    width = max(part.width for part in parts)
    svg: list[str] = []
    top = 0.0
    for i, part in enumerate(parts):
        if i:
            svg.append(_line(width / 2, top, width / 2, top + _GAP))
            top += _GAP
        svg += _moved(part, (width - part.width) / 2, top)
        top += part.height
    return Part(width, top, tuple(svg))


def _parts(steps: Sequence[Any]) -> Iterable[Part]:
    rest = list(steps)
    while rest:
        step = rest.pop(0)
        if isinstance(step, Join):
            yield _joined(step)
        elif isinstance(step, tuple):
            yield _framed(f"x {step[0]}", step[1])
        elif isinstance(step, EachFrame):
            yield _framed("each frame", _steps((step.body,)))
        else:
            words = [word_of(step)]
            while rest and isinstance(rest[0], nn.Module) and belongs(rest[0]):
                words.append(word_of(rest.pop(0)))
            text = ", ".join(word for word in words if word)
            if text:
                yield _box(text)


def _box(text: str) -> Part:
    width = len(text) * _LETTER + 16
    svg = (
        f'<rect width="{width:.0f}" height="{_BOX}" rx="4"/>',
        f'<text x="{width / 2:.0f}" y="{_BOX / 2 + 4:.0f}" text-anchor="middle" fill="currentColor" stroke="none">'
        f"{escape(text)}</text>",
    )
    return Part(width, _BOX, svg)


def _framed(word: str, steps: Sequence[Any]) -> Part:
    """Draw a block that runs several times once, in a frame with a word."""
    inner = _column(steps)
    width, height = inner.width + 40 + 2 * len(word) * _LETTER, inner.height + 2 * _GAP
    middle = width / 2
    svg = (
        f'<rect width="{width:.0f}" height="{height:.0f}" rx="6" stroke-dasharray="4 3"/>',
        f'<text x="{width - 8:.0f}" y="16" text-anchor="end" fill="currentColor" stroke="none">{word}</text>',
        _line(middle, 0, middle, _GAP),
        *_moved(inner, (width - inner.width) / 2, _GAP),
        _line(middle, height - _GAP, middle, height),
    )
    return Part(width, height, svg)


def _joined(join: Join) -> Part:
    """Draw rows side by side, from where they part to where they meet."""
    rows = [_column(_steps(row)) for row in join.rows]
    inner = max(row.height for row in rows)
    width = sum(row.width for row in rows) + 20 * (len(rows) - 1)
    middle, low = width / 2, _GAP + inner
    svg, left = [], 0.0
    for row in rows:
        at = left + row.width / 2
        svg += [_line(middle, 0, at, _GAP), *_moved(row, left, _GAP), _line(at, _GAP + row.height, at, low)]
        svg.append(_line(at, low, middle, low + _GAP))
        left += row.width + 20
    svg += [
        f'<circle cx="{middle:.0f}" cy="{low + _GAP + 9:.0f}" r="9"/>',
        f'<text x="{middle:.0f}" y="{low + _GAP + 13:.0f}" text-anchor="middle" fill="currentColor" stroke="none">'
        f"{_SIGNS[join.how]}</text>",
    ]
    return Part(width, low + _GAP + 18, tuple(svg))


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path d="M{x1:.0f} {y1:.0f}L{x2:.0f} {y2:.0f}"/>'


def _moved(part: Part, x: float, y: float) -> list[str]:
    if not part.svg:
        return [_line(x + part.width / 2, y, x + part.width / 2, y + part.height)] if part.height else []
    return [f'<g transform="translate({x:.0f} {y:.0f})">', *part.svg, "</g>"]
