"""A model card: what a network is for, what it was trained on, how good it is and where it fails, as Markdown."""

import hashlib
from collections.abc import Mapping
from itertools import chain, count
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from foveal.core.files import write_atomically
from foveal.report.page import PATH, written
from foveal.report.results import is_number, read_from, read_report, value_at

#: The card in the folder of a run.
CARD = "model_card.md"
#: Before the digest by which it is known whether somebody has changed a card.
_MARK = "<!-- as foveal wrote it: "


def write_card(folder: Path) -> Path:
    """Write the card of the run in a folder, and give its path.

    What its owner has written into it is not lost: a card that is no longer as foveal left it becomes
    model_card.old.md, model_card.old2.md and so on.
    """
    path = folder / CARD
    results = read_report(folder)
    with read_from(folder):
        content = card(results)
    if path.is_file() and not _untouched(path.read_bytes()):
        aside = (folder / f"model_card.old{number}.md" for number in chain(("",), count(2)))
        path.rename(next(one for one in aside if not one.exists()))
    write_atomically(path, f"{content.rstrip()}\n\n{_MARK}{_digest(content)} -->\n".encode())
    return path


def _untouched(held: bytes) -> bool:
    """Tell whether a card is as it was written: its last line holds the digest of the others."""
    content, mark, digest = held.decode("utf-8", "replace").rpartition(_MARK)
    return bool(mark) and digest.strip() == f"{_digest(content)} -->"


def _digest(content: str) -> str:
    return hashlib.sha256(content.strip().encode()).hexdigest()[:16]


def card(results: Mapping[str, Any]) -> str:
    """Make the card of a run.

    Sections are those of Mitchell et al., "Model cards for model reporting", FAT* 2019, as far as a run knows them;
    what only its owner can say is asked for.
    """

    def number(path: str, form: str = "") -> str:
        value = value_at(results, path)
        if isinstance(value, str):  # a name in a sentence
            return value
        return written(value, form) if is_number(value) else "-"

    # Markdown, not HTML: what it holds is escaped by `text`.
    templates = Environment(  # noqa: S701
        loader=PackageLoader("foveal.report"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    templates.filters["text"] = text
    return templates.get_template("card.md").render(r=results, n=number, sentence=sentence_of(number))


def sentence_of(number: Any) -> Any:
    """Give a function that writes numbers in the place of a sentence's paths."""
    return lambda says: PATH.sub(lambda match: number(match[1], match[2]), says)


def text(value: Any) -> str:
    r"""Write a value so that Markdown takes no sign of it for its own, in one line.

    >>> text("a|b\n<c>")
    'a\\|b \\<c\\>'
    """
    plain = " ".join(str(value).split())
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|" else sign for sign in plain)
