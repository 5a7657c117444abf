"""One self-contained page of a run: everything on it comes out of results.json and the pictures that this names.

Every number is written by `Told.number` from a path in the results, and says in the page which one: what is shown can
be held against the file. There is no script, and the page's own policy forbids every request.
"""

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from foveal.core.errors import ModelFileError
from foveal.core.files import write_atomically
from foveal.report import charts
from foveal.report.results import is_number, read_from, read_report, value_at

#: The page in the folder of a run.
REPORT = "report.html"
#: A path in the text of a finding.
PATH = re.compile(r"\{([\w.\-]+)(%?)\}")
_PICTURE = re.compile(r"pictures/[\w-]+\.png")
#: Bytes of a picture, at most: those that foveal writes have some ten thousand.
_MOST_BYTES = 2**22


def write_page(folder: Path) -> Path:
    """Write the page of the run in a folder, and give its path."""
    path = folder / REPORT
    results = read_report(folder)
    with read_from(folder):
        content = page(results, folder).encode()
    write_atomically(path, content)
    return path


def page(results: Mapping[str, Any], folder: Path) -> str:
    """Make the page of a run; pictures are read from its folder."""
    told = Told(results, folder)
    return environment().get_template("report.html").render(r=results, t=told, charts=charts)


def environment() -> Environment:
    """Give the templates, which escape whatever is put into them."""
    found = Environment(
        loader=PackageLoader("foveal.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    found.filters |= {"markup": Markup, "parent": lambda path: str(Path(path).parent)}
    return found


class Told:
    """What the template writes: numbers by their paths, sentences with numbers in them, pictures."""

    def __init__(self, results: Mapping[str, Any], folder: Path | None) -> None:
        self.results, self.folder = results, folder

    def at(self, path: str) -> Any:
        """Give what stands at a path; None where nothing does."""
        return value_at(self.results, path)

    def number(self, path: str, form: str = "") -> Markup:
        """Write the number at a path: `form` "" for scores and counts, "%" for shares, "s" for seconds."""
        value = self.at(path)
        if not is_number(value):
            return Markup('<span class="none">-</span>')
        return Markup('<data value="{}" data-from="{}" data-form="{}">{}</data>').format(
            repr(value), path, form, written(value, form)
        )

    def interval(self, path: str, form: str = "") -> Markup:
        """Write an interval, from where to where."""
        if not self.at(path):
            return Markup('<span class="none">-</span>')
        return Markup("{} to {}").format(self.number(f"{path}.0", form), self.number(f"{path}.1", form))

    def sentence(self, text: str) -> Markup:
        """Write a sentence, and numbers and names in the place of the paths in braces."""
        parts, done = [], 0
        for match in PATH.finditer(text):
            value = self.at(match[1])
            told = escape(value) if isinstance(value, str) else self.number(match[1], match[2])
            parts += [escape(text[done : match.start()]), told]
            done = match.end()
        return Markup("").join([*parts, escape(text[done:])])

    @property
    def systems(self) -> dict[str, str]:
        """Give what was measured beside each other, and the path of each."""
        found = self.at("comparison") or {}
        if "systems" in found:
            return {name: f"comparison.systems.{name}" for name in found["systems"]}
        beside = {name: f"comparison.baselines.{name}" for name in found.get("baselines", ())}
        return {"network": "comparison.network", **beside} if beside else {}

    @property
    def columns(self) -> list[str]:
        """Give the measures that any of them has, by name: what are single numbers."""
        values = (self.at(path) for path in self.systems.values())
        return list(dict.fromkeys(name for value in values for name, one in value.items() if is_number(one)))

    def picture(self, name: str) -> Markup:
        """Give a picture that lies beside the results as a data URI."""
        if self.folder is None or not _PICTURE.fullmatch(name):
            raise ModelFileError(f"results name a picture {name!r}, which is none of the folder pictures; train again")
        try:
            if not (self.folder / name).resolve().is_relative_to(self.folder.resolve()):
                raise ModelFileError(f"{self.folder / name} is a link out of the run's folder; put the picture there")
            content = (self.folder / name).read_bytes()[: _MOST_BYTES + 1]
        except OSError as error:
            raise ModelFileError(f"{self.folder / name} is missing, which the results name; train again") from error
        if len(content) > _MOST_BYTES or content[:4] != b"\x89PNG":
            raise ModelFileError(f"{self.folder / name} is no PNG that foveal has written; train again")
        return Markup("data:image/png;base64,{}").format(base64.b64encode(content).decode())


def written(value: float, form: str = "") -> str:
    """Write a number for people.

    >>> written(0.98765), written(12345), written(0.5, "%"), written(75.2, "s"), written(0.00012), written(1e-7)
    ('0.988', '12,345', '50.0 %', '1 min 15 s', '0.00012', '1e-07')
    """
    if form == "%":
        return f"{100 * value:.1f} %"
    if form == "s":
        return seconds(value)
    if isinstance(value, int):
        return f"{value:,}"
    if abs(value) >= 1000:
        return f"{value:,.1f}"
    return f"{value:.3f}" if 0.01 <= abs(value) <= 1 or not value else f"{value:.3g}"


def seconds(value: float) -> str:
    """Write a time.

    >>> seconds(0.0123), seconds(3.21), seconds(3720)
    ('12 ms', '3.2 s', '1 h 2 min')
    """
    if value < 0.001:
        return f"{1e6 * value:.0f} µs"
    if value < 1:
        return f"{1000 * value:.0f} ms"
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
