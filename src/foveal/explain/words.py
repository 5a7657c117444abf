"""Words coloured by what they say for an answer: HTML, and a figure."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from foveal.core.errors import ShapeError
from foveal.explain.figures import new_figure

if TYPE_CHECKING:
    from foveal.explain.figures import Figure

_FOR, _AGAINST = (178, 24, 43), (33, 102, 172)  # red and blue, as maps over pictures
_LINE = 76  # letters


def words_html(words: Sequence[str], map: Any, title: str = "") -> str:
    """Write words as HTML, each over red as far as it speaks for the answer, over blue as far as against it.

    A piece for a page of your own; the value stands in each word's title, and is underlined, not coloured alone.

    Shape: T words, map (T,).

    >>> words_html(["so", "<good>"], [0.0, 2.0])
    '<p class="foveal-words">so <span title="2" style="background:rgba(178,24,43,0.60);text-decoration:underline">\
&lt;good&gt;</span></p>'
    """
    values = _values(words, map)
    span = float(np.abs(values).max(initial=0)) or 1.0
    head = f"<h3>{escape(title)}</h3>" if title else ""
    return (
        f'{head}<p class="foveal-words">{" ".join(_span(w, v, span) for w, v in zip(words, values, strict=True))}</p>'
    )


def words_figure(words: Sequence[str], map: Any, title: str = "") -> "Figure":
    """Draw words as text, each over red as far as it speaks for the answer, over blue as far as against it.

    >>> len(words_figure(["so", "good"], [0.0, 2.0]).texts)
    2
    """
    values = _values(words, map)
    span = float(np.abs(values).max(initial=0)) or 1.0
    lines: list[list[int]] = [[]]
    used = 0
    for number, word in enumerate(words):
        if lines[-1] and used + len(word) > _LINE:
            lines.append([])
            used = 0
        lines[-1].append(number)
        used += len(word) + 1
    height = 0.3 * len(lines) + (0.5 if title else 0.2)
    figure = new_figure(8.0, height)
    figure.set_layout_engine("none")
    for place, line in enumerate(lines):
        left = 0.0
        for number in line:
            value = values[number]
            colour = tuple(c / 255 for c in (_FOR if value > 0 else _AGAINST))
            box = {"facecolor": (*colour, 0.6 * abs(value) / span), "edgecolor": "none", "pad": 1.5}
            bottom = 1 - (0.3 * place + (0.65 if title else 0.3)) / height
            text = figure.text(0.02 + left / _LINE * 0.96, bottom, words[number], family="monospace", fontsize=9)
            text.set_bbox(box)
            text.set_parse_math(False)
            left += len(words[number]) + 1
    if title:
        figure.suptitle(title, fontsize=10).set_parse_math(False)
    return figure


def _values(words: Sequence[str], map: Any) -> np.ndarray:
    values = np.asarray(map, float)
    if values.shape != (len(words),):
        raise ShapeError(f"a map of words must have a value for each of the {len(words)} words, got {values.shape}")
    return values


def _span(word: str, value: float, span: float) -> str:
    if abs(value) < 0.02 * span:
        return escape(word)
    colour = ",".join(map(str, _FOR if value > 0 else _AGAINST))
    strong = ";text-decoration:underline" if abs(value) >= 0.5 * span else ""
    style = f"background:rgba({colour},{0.6 * abs(value) / span:.2f}){strong}"
    return f'<span title="{value:.3g}" style="{style}">{escape(word)}</span>'
