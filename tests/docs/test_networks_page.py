"""Every family of the catalogue has its section: idea, formula, use, source, figures and the library's drawing."""

import importlib.util
import re
from itertools import chain
from types import ModuleType
from xml.etree import ElementTree

import pytest

from foveal.models import MODELS

from .pages import DOCS

PAGE = (DOCS / "networks.md").read_text("utf-8")
SVG = "{http://www.w3.org/2000/svg}"


def script() -> ModuleType:
    """Load the script that makes figures and drawings."""
    spec = importlib.util.spec_from_file_location("make_networks", DOCS / "make_networks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKE = script()
FAMILIES = {names[0]: names for names in MAKE.families(PAGE)}
SECTIONS = {s.split("<!-- family: ")[1].split()[0]: s for s in re.split(r"^###? ", PAGE, flags=re.M) if "family: " in s}


def test_every_network_has_one_family():
    names = list(chain.from_iterable(FAMILIES.values()))
    assert sorted(names) == sorted(MODELS)


def test_the_figures_are_those_of_the_table():
    assert MAKE.rendered(PAGE) == PAGE, "run: python docs/make_networks.py --draw"
    changed = PAGE.replace("| `vgg11` | 132,863,336 |", "| `vgg11` | 132,863,337 |")
    assert changed != PAGE
    assert MAKE.rendered(changed) == PAGE


@pytest.mark.parametrize("first", FAMILIES)
def test_a_section_says_what_is_to_be_said(first):
    title, _, text = SECTIONS[first].partition("\n")
    idea = text.strip().partition("\n\n")[0]
    formula = re.findall(r"^    .+$", text, re.M)
    assert title
    assert len(idea) > 60
    assert any(re.search("[=]|becomes", line) for line in formula)
    assert "\nGood for: " in text
    assert re.search(r"^Source: .*\d{4}", text, re.M)
    assert f"](drawings/{first}.svg)" in text


@pytest.mark.parametrize("first", FAMILIES)
def test_the_drawing_is_the_librarys(first):
    drawn = (DOCS / "drawings" / f"{first}.svg").read_text("utf-8")
    assert drawn == MAKE.drawn(first), "run: python docs/make_networks.py --draw"


def boxes(element, x=0.0, y=0.0):
    """Give the places of boxes, frames left out, and circles: left, top, right, bottom."""
    moved = re.match(r"translate\((\S+) (\S+)\)", element.get("transform") or "")
    x, y = (x + float(moved[1]), y + float(moved[2])) if moved else (x, y)
    if element.tag == f"{SVG}rect" and not element.get("stroke-dasharray"):
        yield x, y, x + float(element.get("width")), y + float(element.get("height"))
    if element.tag == f"{SVG}circle":
        middle, height, r = (float(element.get(name)) for name in ("cx", "cy", "r"))
        yield x + middle - r, y + height - r, x + middle + r, y + height + r
    for child in element:
        yield from boxes(child, x, y)


@pytest.mark.parametrize("first", FAMILIES)
def test_nothing_in_a_drawing_overlaps_or_is_cut(first):
    root = ElementTree.parse(DOCS / "drawings" / f"{first}.svg").getroot()
    found = sorted(boxes(root))
    width, height = float(root.get("width")), float(root.get("height"))
    for i, (left, top, right, bottom) in enumerate(found):
        assert left >= 0 <= top
        assert right <= width
        assert bottom <= height
        for other in found[i + 1 :]:
            if other[0] >= right - 1:
                break  # sorted by their left sides
            assert other[1] >= bottom - 1 or other[3] <= top + 1, (first, found[i], other)


def test_no_drawing_is_of_a_family_that_is_not_there():
    assert {path.stem for path in (DOCS / "drawings").glob("*.svg")} == FAMILIES.keys()
