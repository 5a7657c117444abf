"""Tables for notebooks, as HTML in which nothing that a user brought is markup. Torch-free."""

from collections.abc import Iterable, Sequence
from html import escape

_LEFT, _RIGHT = "text-align: left", "text-align: right"


def html_table(header: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "", *, left: int = 1) -> str:
    """Write rows under a header; the first `left` columns are text, the others numbers. All of it is escaped.

    >>> html_table((), [("classes", "<b>")])
    '<table><tbody><tr><th style="text-align: left">classes</th><td style="text-align: right">&lt;b&gt;</td></tr>\
</tbody></table>'
    """
    parts = ["<table>"]
    if caption:
        parts.append(f"<caption>{escape(caption)}</caption>")
    if header:
        cells = (f'<th style="{_side(i, left)}">{escape(name)}</th>' for i, name in enumerate(header))
        parts.append(f"<thead><tr>{''.join(cells)}</tr></thead>")
    parts.append("<tbody>")
    for row in rows:
        tags = (f'<{_tag(i)} style="{_side(i, left)}">{escape(cell)}</{_tag(i)}>' for i, cell in enumerate(row))
        parts.append(f"<tr>{''.join(tags)}</tr>")
    return "".join([*parts, "</tbody></table>"])


def _tag(column: int) -> str:
    return "th" if column == 0 else "td"


def _side(column: int, left: int) -> str:
    return _LEFT if column < left else _RIGHT
