"""The pages of the documentation and the fenced blocks on them."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", *sorted(DOCS.glob("*.md")))

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the line that its text begins on, and what stands before it."""

    language: str
    text: str
    line: int
    follows: bool  # nothing but an empty line parts it from the block before


def blocks(page: str) -> list[Block]:
    """List the fenced blocks of a page.

    >>> blocks("a\\n```python\\nx = 1\\n```\\n")
    [Block(language='python', text='x = 1\\n', line=3, follows=False)]
    """
    found, end = [], -1
    for match in _FENCE.finditer(page):
        follows = end >= 0 and not page[end : match.start()].strip()
        found.append(Block(match[1], match[2], page.count("\n", 0, match.start()) + 2, follows))
        end = match.end()
    return found


def prose(page: str) -> str:
    """Give a page without its fenced blocks and code spans."""
    return re.sub(r"`[^`\n]+`", "", _FENCE.sub("", page))


def commands(block: str) -> list[tuple[str, list[str]]]:
    """Split a console block into commands and what it shows that each prints.

    >>> commands("$ foveal info\\n$ make x  # why\\nout\\n")
    [('foveal info', []), ('make x  # why', ['out'])]
    """
    found: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found
