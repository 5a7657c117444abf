"""What a translation takes over as it is: numbers, and what no piece is known for. Placeholders stand for it meanwhile.

The i-th such part of a source, of at most `MOST`, becomes the private-use character U+E000 + i, in the source and
wherever the target has it; a network learns to put the character, and gets the part back.
"""

import re
from collections.abc import Sequence

#: Parts of a text that have a placeholder; more of them stay as they are.
MOST = 16
_FIRST = 0xE000
PLACEHOLDERS = "".join(chr(_FIRST + number) for number in range(MOST))
_PIECE = re.compile(r"\d[\d.,:]*\d|(?P<other>\w+|[^\w\s]+)")
_PLACED = re.compile(f"[{PLACEHOLDERS}]")


def hidden(source: str, known: frozenset[str] | None = None) -> tuple[str, tuple[str, ...]]:
    r"""Put placeholders for numbers of several digits, and for runs of characters that are not known.

    >>> hidden("1024 x 768 \u2764", frozenset("x"))[1]
    ('1024', '768', '❤')
    """
    if source.isascii() and not any(map(str.isdigit, source)) and (known is None or known.issuperset(source)):
        return source, ()
    found: list[str] = []

    def put(match: re.Match[str]) -> str:
        if match["other"] and (known is None or known.issuperset(match[0])) and not _PLACED.search(match[0]):
            return match[0]
        if len(found) == MOST:
            return _PLACED.sub(" ", match[0])
        found.append(match[0])
        return PLACEHOLDERS[len(found) - 1]

    return _PIECE.sub(put, source), tuple(found)


def hidden_in(target: str, parts: Sequence[str]) -> str:
    """Put the placeholders of a source's parts where its target has them; each stands once.

    >>> hidden_in("bis 1024", ("1024",)) == "bis " + PLACEHOLDERS[0]
    True
    """
    target = _PLACED.sub(" ", target)
    for number, part in enumerate(parts):
        place = re.search(rf"(?<!\d){re.escape(part)}(?!\d)", target)
        if place is not None:
            target = target[: place.start()] + PLACEHOLDERS[number] + target[place.end() :]
    return target


def shown_again(text: str, parts: Sequence[str]) -> str:
    """Put the parts back; a placeholder that stands for none goes.

    >>> shown_again("bis " + PLACEHOLDERS[0] + PLACEHOLDERS[1], ("1024",))
    'bis 1024'
    """

    def part(match: re.Match[str]) -> str:
        number = ord(match[0]) - _FIRST
        return parts[number] if number < len(parts) else ""

    return _PLACED.sub(part, text)
