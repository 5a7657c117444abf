"""Columns by name and by the usual names."""

import pytest

from foveal.core.errors import DataError, ParameterError
from foveal.data.images.listing.table_columns import Columns, find_columns
from foveal.data.images.listing.table_files import Table


def table(*names):
    return Table("t.csv", "here", names, lambda name: [], [], "line")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("path", "label"), Columns("path", "label")),
        (("File Name", "Class", "other"), Columns("File Name", "Class")),
        (("image-path", "target", "Subset", "Patient ID"),
         Columns("image-path", "target", split="Subset", group="Patient ID")),
    ],
)  # fmt: skip
def test_usual_names(names, expected):
    assert find_columns(table(*names)) == expected


def test_names_that_are_given():
    odd = table("a", "b", "c", "d", "e")
    assert find_columns(odd, path="a", label="b", split="c", group="d") == Columns("a", "b", split="c", group="d")
    assert find_columns(odd, path="a", labels=["b", "c"]) == Columns("a", labels=("b", "c"))
    assert find_columns(odd, path="a", labels="b") == Columns("a", words="b")
    assert find_columns(odd, path="a", target="b") == Columns("a", target=("b",))
    assert find_columns(odd, path="a", target=["b", "c"]) == Columns("a", target=("b", "c"))
    assert find_columns(table("path", "file", "label"), path="file") == Columns("file", "label")
    assert find_columns(table("path", "label", "x"), target="x") == Columns("path", target=("x",))


def test_without_labels():
    assert find_columns(table("path", "label", "class"), labelled=False) == Columns("path")
    assert find_columns(table("path", "split"), labelled=False) == Columns("path", split="split")


@pytest.mark.parametrize(
    ("names", "given", "message"),
    [
        (
            ("path", "label"),
            {"label": "labell"},
            r"t\.csv: has no column 'labell', but 'path', 'label'; did you mean 'la",
        ),
        (("path", "label"), {"labels": ["label", "x"]}, r"has no column 'x'"),
        (("path", ""), {"label": ""}, r"has no column ''"),
        (("a", "label"), {}, r"which column holds paths\? It has 'a', 'label'; give path='\.\.\.'"),
        (
            ("path", "species"),
            {},
            r"which column holds labels\? It has 'path', 'species'; give label= \(one column\), ",
        ),
        (("path", "file", "label"), {}, r"'path', 'file' could each be the column for path; say which: path='path'"),
        (("path", "label", "class"), {}, r"'label', 'class' could each be the column for label; say which: label="),
        (("path", "label", "split", "part"), {}, r"'split', 'part' could each be the column for split"),
    ],
)
def test_columns_that_are_not_there_or_several(names, given, message):
    with pytest.raises(DataError, match=message):
        find_columns(table(*names), **given)


def test_parameters_that_do_not_go_together():
    with pytest.raises(ParameterError, match=r"^label= and target= do not go together; give one of label= \(one col"):
        find_columns(table("path", "a", "b"), label="a", target="b")
    with pytest.raises(ParameterError, match=r"^label= must name a column, got 3"):
        find_columns(table("path", "a"), label=3)


def test_what_is_said_of_columns():
    assert Columns("a", labels=("b", "c"), split="d").sentence() == (
        "paths from the column 'a', labels from 'b', 'c', parts from 'd'"
    )
    assert Columns("a", target=("b",)).sentence() == "paths from the column 'a', targets from 'b'"
    assert Columns("a", words="b").sentence() == "paths from the column 'a', labels from 'b'"
