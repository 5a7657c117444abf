import re
from html.parser import HTMLParser

import numpy as np
import pytest

from foveal.doctor.findings import Diagnosis, Finding
from foveal.doctor.page import ROWS, page, smaller

from .planted import drawing, of_arrays, opened, saved

TABLE = (("class", "rows"), *((f"c{n}", str(n)) for n in range(60)))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page") / "<b>&pets"
    for n in range(9):
        saved(folder / "cat" / f"{n}.png", drawing(n, (300, 100)))
    subject = opened(folder)
    findings = [
        Finding("exact-duplicates", "warning", "two <i>rows</i>", "drop", (tuple(range(9)), (1, 2)), ("a", "b")),
        Finding("imbalance", "error", "worse", "gather", table=TABLE),
    ]
    return page(subject, Diagnosis(subject.source, "pictures", 9, subject.facts, findings, {"x": "y"})).decode()


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def tags(text, name):
    reader = Reader()
    reader.feed(text)
    return [attrs for tag, attrs in reader.tags if tag == name]


def test_nothing_is_loaded_and_no_script_runs(drawn):
    policy = tags(drawn, "meta")[1]["content"]
    assert "default-src 'none'; img-src data:; style-src 'sha256-" in policy
    assert not re.search(r"https?://|<script|<link|@import|url\(", drawn)
    assert all(image["src"].startswith("data:image/png;base64,") for image in tags(drawn, "img"))


def test_the_style_is_the_one_that_the_policy_allows(drawn):
    import base64
    from hashlib import sha256

    style = re.search(r"<style>(.*?)</style>", drawn, re.DOTALL)[1]
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    assert f"sha256-{digest}" in tags(drawn, "meta")[1]["content"].replace("&#43;", "+")


def test_names_of_the_users_are_text_and_no_markup(drawn):
    assert "<b>&pets" not in drawn
    assert "two &lt;i&gt;rows&lt;/i&gt;" in drawn


def test_pictures_have_texts_tables_have_headers_and_headings_follow_each_other(drawn):
    images = tags(drawn, "img")
    assert len(images) == ROWS + 2
    assert images[0]["alt"] == "cat/0.png, labelled cat"
    assert (images[0]["width"], images[0]["height"]) == ("96", "32")
    assert {attrs["scope"] for attrs in tags(drawn, "th")} == {"col", "row"}
    assert len(tags(drawn, "h1")) == 1
    assert len(tags(drawn, "h2")) == 1 + 2 + 1  # the list, the findings, what was left out
    assert drawn.index("worse") < drawn.index("two &lt;i&gt;")  # an error comes before a warning
    assert "and 3 more" in drawn  # rows of the group
    assert "and 10 more lines" in drawn


def test_signals_are_curves_and_texts_are_quoted(tmp_path):
    X = np.random.default_rng(0).normal(size=(4, 2, 30))
    subject = of_arrays(X, np.array([0, 1, 0, 1]), layout="NCL")
    found = [Finding("blank", "note", "w", "a", ((1,),))]
    assert "<polyline points=" in page(subject, Diagnosis("s", "arrays", 4, {}, found)).decode()
    (tmp_path / "t.csv").write_text("text,label\n<u>hello</u>,a\n")
    subject = opened(tmp_path / "t.csv")
    found = [Finding("empty", "note", "w", "a", ((0,),))]
    assert "&lt;u&gt;hello&lt;/u&gt;</blockquote>" in page(subject, Diagnosis("t", "texts", 1, {}, found)).decode()


def test_nothing_found_is_said_and_small_pictures_stay_as_they_are():
    subject = of_arrays(np.zeros((2, 6, 6), np.uint8), np.array([0, 1]))
    assert "Nothing was found" in page(subject, Diagnosis("s", "arrays", 2, {}, [])).decode()
    assert smaller(np.zeros((5, 7, 3), np.uint8)).shape == (5, 7, 3)
