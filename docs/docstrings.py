"""Docstrings for the site, in the form that mkdocstrings parses. Used by mkdocs.yml.

In the source an example stands without a heading, an entry is `name : what it is` in one line, several names may share
one, and text may follow a list. Here examples become a section, each name an entry of its own, such text Notes.
"""

import re
from typing import Any

import griffe

_HEADING = re.compile(r"^\w[\w ]*\n-{3,}$", re.MULTILINE)
_ENTRY = re.compile(r"^(\w+(?:, \w+)*) : (.*)$")
_TYPE = re.compile(r"^(?:str|int|float|bool|Path|tuple)(?:(?: or |, | of )\w+)*$")


def with_sections(text: str) -> str:
    """Sort a docstring's paragraphs: text, sections, notes, examples."""
    body: list[str] = []
    notes: list[str] = []
    examples: list[str] = []
    in_list = False
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        heading = _HEADING.match("\n".join(paragraph.split("\n")[:2]))
        in_list = in_list or bool(heading)
        if paragraph.startswith(">>>"):
            examples.append(paragraph)
        elif in_list and not heading:
            notes.append(paragraph)
        else:
            body.append(_entries(paragraph) if heading else paragraph)
    for title, paragraphs in (("Notes", notes), ("Examples", examples)):
        if paragraphs:
            body.append(f"{title}\n{'-' * len(title)}\n" + "\n\n".join(paragraphs))
    return "\n\n".join(body)


def _entries(section: str) -> str:
    lines: list[str] = []
    names: list[str] = []
    words: list[str] = []

    def flush() -> None:
        for name in names:
            lines.extend([name, *words])
        names.clear()
        words.clear()

    for line in section.split("\n"):
        entry = _ENTRY.match(line)
        if entry:
            flush()
            if _TYPE.match(entry[2]):  # name : type, as numpydoc has it
                lines.append(line)
            else:
                names.extend(entry[1].split(", "))
                words.append(f"    {entry[2]}")
        else:
            (words if names else lines).append(line)
    flush()
    return "\n".join(lines)


class Docstrings(griffe.Extension):
    """Give every docstring its sections before it is parsed."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Rewrite the docstring of an object that has just been read."""
        if obj.docstring is not None:
            obj.docstring.value = with_sections(obj.docstring.value)
