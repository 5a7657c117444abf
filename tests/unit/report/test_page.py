"""Every number on the page is the one that stands in results.json, and nothing on it asks the network for anything."""

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from foveal.core.errors import ModelFileError
from foveal.report.page import Told, page, seconds, write_page, written
from foveal.report.results import is_number, value_at

RUNS = ("digits_run", "values_run", "masks_run", "signals_run")
#: What the page says with a number in it that is no figure of the run.
FIXED = ("95 %", "80 %", "80 of 100", "95 of 100", "95 of 100 are", "F1", "valid_size=0.1", "--cv 5", "--sets 0.9")


class Numbers(HTMLParser):
    """The page's figures, as path, value, form and text; and the text that is neither a figure nor in a chart."""

    def __init__(self) -> None:
        super().__init__()
        self.figures: list[tuple[str, str, str, str]] = []
        self.plain: list[str] = []
        self.open: list[str] = []
        self.attributes: dict[str, str] = {}
        self.asks: list[str] = []

    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "link", "img", "circle", "line", "path", "br"):
            self.open.append(tag)
        values = dict(attributes)
        self.asks += [v for k, v in values.items() if k in ("src", "href") and not v.startswith(("data:", "#"))]
        if tag == "data":
            self.attributes = values

    def handle_startendtag(self, tag, attributes):
        """Skip what has no end and no text: lines and points of charts."""

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, text):
        if self.open and self.open[-1] == "data":
            a = self.attributes
            self.figures.append((a["data-from"], a["value"], a["data-form"], text))
        elif not {"style", "svg", "title", "script"} & set(self.open):
            self.plain.append(text)


def read(folder: Path) -> tuple[Numbers, dict]:
    numbers = Numbers()
    numbers.feed((folder / "report.html").read_text())
    return numbers, json.loads((folder / "results.json").read_text())


def strings_in(value):
    """Give every string and key that stands in the results."""
    if isinstance(value, dict):
        yield from value
        for one in value.values():
            yield from strings_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings_in(one)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("run", RUNS)
def test_every_figure_is_that_of_the_results(run, request):
    numbers, results = read(request.getfixturevalue(run))
    assert len(numbers.figures) > 60
    for path, value, form, text in numbers.figures:
        found = value_at(results, path)
        assert is_number(found), path
        assert (repr(found), written(found, form)) == (value, text), path


@pytest.mark.parametrize("run", RUNS)
def test_no_figure_stands_on_it_beside_those(run, request):
    numbers, results = read(request.getfixturevalue(run))
    settings = {str(value) for value in results["settings"].values()}
    known = {text for text in strings_in(results) if re.search(r"\d", text)} | settings | set(FIXED)
    known |= {str(Path(results["paths"]["model"]).parent)}
    told = re.compile("|".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in sorted(known, key=len, reverse=True)))
    for text in numbers.plain:
        assert not re.search(r"\d", told.sub("", text)), text


@pytest.mark.parametrize("run", RUNS)
def test_it_asks_for_nothing(run, request):
    folder = request.getfixturevalue(run)
    numbers, _ = read(folder)
    assert numbers.asks == []
    text = (folder / "report.html").read_text()
    assert "default-src 'none'" in text
    assert "<script" not in text


def test_every_kind_has_its_own_sections(digits_run, values_run, masks_run, signals_run):
    found = {run: (run / "report.html").read_text() for run in (digits_run, values_run, masks_run, signals_run)}
    assert "What is (rows) beside what was answered" in found[digits_run]
    assert "The worst mistakes" in found[digits_run]
    assert "Labels that may be wrong" in found[digits_run]
    assert "Beside simple methods" in found[digits_run]
    assert "Predictions beside the truth" in found[values_run]
    assert "shows what is answered wrongly" in found[masks_run]
    assert 'class="curve"' in found[signals_run]
    for text in found.values():
        assert "What it means, and what to do next" in text


def test_a_reader_finds_his_way(digits_run):
    text = (digits_run / "report.html").read_text()
    assert 'lang="en"' in text
    assert text.count("<h1>") == 1
    assert text.count("<main>") == 1
    for target in re.findall(r'href="#([\w-]+)"', text):
        assert f'id="{target}"' in text
    assert all("alt=" in image for image in re.findall(r"<img [^>]*>", text))
    assert all("<caption>" in table for table in re.findall(r"<table.*?</table>", text, re.DOTALL))


def test_it_can_be_made_again(digits_run):
    before = (digits_run / "report.html").read_bytes()
    assert write_page(digits_run).read_bytes() == before


def test_what_is_in_names_is_not_taken_for_markup(results, digits_run):
    evil = {**results, "source": "<script>alert(1)</script>"}
    assert "<script" not in page(evil, digits_run)


@pytest.mark.parametrize("name", ["../secret.png", "pictures/../../x.png", "/etc/passwd", "pictures/gone.png"])
def test_a_picture_comes_out_of_the_runs_folder_alone(results, digits_run, name):
    with pytest.raises(ModelFileError, match="train again"):
        Told(results, digits_run).picture(name)


def test_a_picture_that_is_none(results, tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures/a.png").write_bytes(b"GIF89a")
    with pytest.raises(ModelFileError, match="is no PNG"):
        Told(results, tmp_path).picture("pictures/a.png")


def test_what_is_missing_is_a_dash(results, digits_run):
    told = Told({**results, "test_score": None}, digits_run)
    assert told.number("test_score") == '<span class="none">-</span>'
    assert told.interval("nothing") == '<span class="none">-</span>'


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [(0.5, "", "0.500"), (1.0, "", "1.000"), (-0.25, "", "-0.250"), (1234.5, "", "1,234.5"), (7, "", "7"),
     (0.999, "%", "99.9 %"), (3.0, "s", "3.0 s"), (61, "s", "1 min 1 s")],
)  # fmt: skip
def test_numbers_as_people_write_them(value, form, text):
    assert written(value, form) == text


def test_times():
    assert [seconds(value) for value in (2e-5, 0.5, 59.94, 3600)] == ["20 µs", "500 ms", "59.9 s", "1 h 0 min"]


def test_a_link_out_of_the_runs_folder_is_not_followed(results, tmp_path):
    (tmp_path / "run/pictures").mkdir(parents=True)
    (tmp_path / "secret.png").write_bytes(b"\x89PNG")
    (tmp_path / "run/pictures/a.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(ModelFileError, match="a link out of the run's folder"):
        Told(results, tmp_path / "run").picture("pictures/a.png")


def test_a_name_in_a_sentence_is_not_taken_for_a_path(results, digits_run):
    lines = [{**line, "name": "{parameters}"} for line in results["per_class"]]
    told = Told({**results, "per_class": lines}, digits_run)
    assert told.sentence("{per_class.0.name}: {per_class.0.rows}.").startswith("{parameters}: <data")


@pytest.mark.parametrize(
    ("name", "value"),
    [("findings", None), ("findings", [{}]), ("paths", 3), ("measured", None), ("mistakes", [None]),
     ("filters", {"size": 3}), ("classes", -3), ("network", True), ("history", {}), ("settings", [])],
)  # fmt: skip
def test_damaged_results_are_named(results, digits_run, tmp_path, name, value):
    shutil.copytree(digits_run, tmp_path / "run")
    (tmp_path / "run/results.json").write_text(json.dumps({**results, name: value}))
    with pytest.raises(ModelFileError, match=r"results\.json of .* is damaged: .*; train again"):
        write_page(tmp_path / "run")
