"""Pages, links, table and docstrings."""

import dataclasses
import importlib.util
import inspect
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import foveal
import foveal.augment
import foveal.explain
import foveal.layers
import foveal.models
import foveal.train
from foveal.core import errors
from foveal.core.parameters import TABLE
from foveal.train.losses import LOSSES
from foveal.train.optim.muon import Muon
from foveal.train.schedule import SCHEDULES

from .pages import DOCS, PAGES, ROOT, prose

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_ANCHOR_MARKS = re.compile(r"[^\w\- ]")
OTHERS = (ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "changelog.d" / "README.md")
_EXAMPLE = ">>> "
#: A formula, a mapping or a shape: x = ..., a -> b, max(...), |x|, x^2, 1/25.
_FORMULA = re.compile(r"[=→^|]|->|\w\(|\d/\d")
#: Names that need neither: `load` needs a file, and docs/files.md runs it; "stay at 1" is a formula in words.
ELSEWHERE = {"load", "constant"}


def parameter_page() -> ModuleType:
    """Load the script that makes the tables."""
    spec = importlib.util.spec_from_file_location("make_parameters", DOCS / "make_parameters.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_parameters_is_the_table():
    made, page = parameter_page(), (DOCS / "parameters.md").read_text("utf-8")
    assert made.rendered(page) == page, "run: python docs/make_parameters.py"
    for parameter in TABLE:
        assert made.row(parameter) in page


def test_a_changed_table_would_be_seen():
    page = (DOCS / "parameters.md").read_text("utf-8")
    assert parameter_page().rendered(page.replace("| `patience` | `10` |", "| `patience` | `5` |")) == page


def in_nav() -> set[str]:
    """Give the pages that mkdocs.yml names; read as lines, since YAML comes with mkdocs only."""
    nav = (ROOT / "mkdocs.yml").read_text("utf-8").split("\nnav:\n")[1]
    return set(re.findall(r": ([\w-]+\.md)$", nav, re.MULTILINE))


def test_every_page_is_in_the_navigation():
    assert in_nav() == {path.name for path in DOCS.glob("*.md")}


@pytest.mark.parametrize("page", [*PAGES, *OTHERS], ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path):
    broken = []
    for link in _LINK.findall(prose(page.read_text("utf-8"))):
        if link.startswith(("https://", "http://")):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


def anchors(page: Path) -> set[str]:
    """Give the anchors of a page's headings, as GitHub and mkdocs make them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {_ANCHOR_MARKS.sub("", title.lower()).strip().replace(" ", "-") for title in titles}


def public() -> list[Any]:
    """List what the API page shows and what the packages export, but for tables and constants."""
    modules = (foveal, foveal.layers, foveal.models, foveal.augment, foveal.explain)
    found = {f"{m.__name__}.{name}": getattr(m, name) for m in modules for name in m.__all__}
    found |= {f"losses.{name}": f for name, f in LOSSES.items()} | {f"schedules.{n}": f for n, f in SCHEDULES.items()}
    found["Muon"] = Muon
    return [pytest.param(value, id=name) for name, value in found.items() if callable(value)]


@pytest.mark.parametrize("thing", public())
def test_a_public_name_says_what_it_is_with_an_example_or_a_formula(thing: Any):
    """Values (dataclasses) are told by their fields."""
    text = inspect.getdoc(thing)
    assert text, "no docstring"
    told = _EXAMPLE in text or _FORMULA.search(text) or thing.__name__ in ELSEWHERE
    assert told or dataclasses.is_dataclass(thing), "neither example nor formula"


def methods() -> list[Any]:
    """List the public methods of the estimators, of the engine's values and of the errors."""
    engine = [getattr(foveal.train, name) for name in foveal.train.__all__]
    kinds = [e for e in vars(errors).values() if inspect.isclass(e) and issubclass(e, errors.FovealError)]
    own = [f for n, f in vars(foveal.CNN.__mro__[1]).items() if not n.startswith("_") and callable(f)]
    return [pytest.param(f, id=f.__name__) for f in (*engine, *kinds, *own)]


@pytest.mark.parametrize("thing", methods())
def test_what_else_is_public_has_a_docstring_of_its_own(thing: Any):
    assert thing.__doc__
    assert thing.__doc__.strip()[0].isupper() or thing.__doc__.startswith("`")


def test_what_the_api_page_names_is_written_where_it_says():
    """mkdocstrings reads files: a name that is only imported there would not be found."""
    named = re.findall(r"^::: ([\w.]+)$", (DOCS / "api.md").read_text("utf-8"), re.MULTILINE)
    assert len(named) > 20
    for name in named:
        thing = pkgutil.resolve_name(name)
        home = thing.__name__ if inspect.ismodule(thing) else f"{thing.__module__}.{thing.__qualname__}"
        assert home == name


def test_the_error_page_shows_the_tree():
    page = (DOCS / "errors.md").read_text("utf-8")
    for name, error in vars(errors).items():
        if inspect.isclass(error) and issubclass(error, errors.FovealError):
            line = next(line for line in page.splitlines() if re.search(rf"(^|── ){name}\b", line))
            code = re.search(r" (\d) ", line)
            assert code is None or int(code[1]) == error.exit_code, line


def test_the_site_builds_and_loads_nothing_from_elsewhere(tmp_path: Path):
    pytest.importorskip("mkdocs", reason="mkdocs comes with the docs extra: make docs")
    pytest.importorskip("mkdocstrings", reason="mkdocstrings comes with the docs extra: make docs")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=_environment())
    assert done.returncode == 0, done.stderr
    for page in tmp_path.glob("*.html"):
        text = page.read_text("utf-8")
        loads = re.findall(r"<(?:script|img|iframe)[^>]*src=\"?(?:https?:)?//|<link[^>]*href=\"?(?:https?:)?//", text)
        assert not loads, page.name
    assert "foveal.layers.conv_block.ConvBlock" in (tmp_path / "api.html").read_text("utf-8")


def _environment() -> dict[str, str]:
    return os.environ | {"NO_MKDOCS_2_WARNING": "1"}
