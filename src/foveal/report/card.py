"""A model card: what a network is for, what it was trained on, how good it is and where it fails, as Markdown."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from foveal.core.files import write_atomically
from foveal.report.page import written
from foveal.report.results import is_number, read_results, value_at

#: The card in the folder of a run.
CARD = "model_card.md"


def write_card(folder: Path) -> Path:
    """Write the card of the run in a folder, and give its path."""
    path = folder / CARD
    write_atomically(path, card(read_results(folder)).encode())
    return path


def card(results: Mapping[str, Any]) -> str:
    """Make the card of a run.

    Sections are those of Mitchell et al., "Model cards for model reporting", FAT* 2019, as far as a run knows them;
    what only its owner can say is asked for.
    """

    def number(path: str, form: str = "") -> str:
        value = value_at(results, path)
        return written(value, form) if is_number(value) else "-"

    # Markdown, not HTML: what it holds is escaped by `text`.
    templates = Environment(  # noqa: S701
        loader=PackageLoader("foveal.report"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    templates.filters["text"] = text
    return templates.get_template("card.md").render(r=results, n=number, sentence=sentence_of(number))


def sentence_of(number: Any) -> Any:
    """Give a function that writes numbers in the place of a sentence's paths."""
    from foveal.report.page import PATH

    return lambda says: PATH.sub(lambda match: number(match[1], match[2]), says)


def text(value: Any) -> str:
    r"""Write a value so that Markdown takes no sign of it for its own, in one line.

    >>> text("a|b\n<c>")
    'a\\|b \\<c\\>'
    """
    plain = " ".join(str(value).split())
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|" else sign for sign in plain)
