"""Write the tables of docs/parameters.md from the parameter table; a test compares them.

Run it after a change of the table: python docs/make_parameters.py
"""

from pathlib import Path
from typing import get_args

from foveal.core.parameters import TABLE, Group, Parameter

PAGE = Path(__file__).with_name("parameters.md")
BEGIN = "<!-- begin: made by docs/make_parameters.py, not by hand -->"
END = "<!-- end -->"
TITLES = {"network": "The network", "catalogue": "Networks of the catalogue", "training": "Training",
          "data": "The data, and another network",
          "masks": "Masks, of CNNSegmenter alone",
          "histories": "Histories, of Recommender alone", "machine": "The machine"}  # fmt: skip


def tables() -> str:
    """Render the parameter table as Markdown, a table for each group."""
    parts = []
    for group in get_args(Group):
        rows = [row(p) for p in TABLE if p.group == group]
        head = ["| parameter | default | must be | meaning |", "| --- | --- | --- | --- |"]
        parts.append("\n".join([f"## {TITLES[group]}", "", *head, *rows]))
    return "\n\n".join(parts)


def row(parameter: Parameter) -> str:
    """Render one parameter.

    >>> from foveal.core.parameters import PARAMETERS
    >>> row(PARAMETERS["patience"])[:60]
    '| `patience` | `10` | an integer of at least 1 | epochs withou'
    """
    default = "; ".join([f"`{parameter.default!r}`", *(f"{name} `{value!r}`" for name, value in parameter.of.items())])
    cells = (f"`{parameter.name}`", default, parameter.rule.words, parameter.help)
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def rendered(page: str) -> str:
    """Put the tables between the page's two marks."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text("utf-8")), "utf-8")
