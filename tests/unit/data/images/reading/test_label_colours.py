import json

import numpy as np
import pytest

from foveal.core.errors import DataError, ParameterError, ResourceError
from foveal.data.images.reading.label_colours import DISTINCT, Coloured, drawn_in, labels_of_colours, read_colours
from foveal.data.images.records import BadPicture

TABLE = [Coloured(0, "sky", (0, 0, 255)), Coloured(1, "road", (90, 90, 90))]


@pytest.mark.parametrize(
    "text",
    ["name,r,g,b\nsky,0,0,255\nroad,90,90,90\n", "r,g,b, Name\n0,0,255,sky\n90, 90,90,road\n",
     "name,label,r,g,b\nsky,0,0,0,255\nroad,1,90,90,90\n"],
)  # fmt: skip
def test_a_table_in_csv(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    assert list(read_colours(tmp_path / "t.csv")) == TABLE


@pytest.mark.parametrize(
    "found", [{"sky": [0, 0, 255], "road": [90, 90, 90]}, [{"name": each.name, **dict(zip("rgb", each.colour))} for each in TABLE]]  # noqa: B905, E501
)  # fmt: skip
def test_a_table_in_json(tmp_path, found):
    (tmp_path / "t.json").write_text(json.dumps(found))
    assert list(read_colours(str(tmp_path / "t.json"))) == TABLE


def test_labels_and_the_name_that_does_not_count():
    assert [each.label for each in read_colours({7: (0, 0, 0), "a": (1, 1, 1), 0: (2, 2, 2)})] == [7, 1, 0]
    table = read_colours({"void": (0, 0, 0), "a": (1, 1, 1), "b": (2, 2, 2)}, ignore="void")
    assert [each.label for each in table] == [255, 0, 1]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "colours: has no colour; give"),
        ({"a": (0, 0)}, r"colours: 'a' has the colour \(0, 0\); give .* each from 0 to 255"),
        ({"a": (0, 0, 256)}, "'a' has the colour"),
        ({"a": "red"}, "'a' has the colour 'red'"),
        ({"a": (0, 0, 0), "b": (0, 0, 0)}, r"has the colour \(0, 0, 0\) twice"),
        ({300: (0, 0, 0)}, "has the label 300, at most 255"),
    ],
)
def test_what_is_no_table(given, message):
    with pytest.raises(DataError, match=message):
        read_colours(given)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [("t.csv", "name,r,g\nsky,0,0\n", r"t\.csv: row 1 is "), ("t.json", "{", "is no JSON"),
     ("t.json", "3", "is no table of colours"), ("t.csv", "name,r,g,b\nsky,0,0,x\n", "row 1 is")],
)  # fmt: skip
def test_files_that_are_no_tables(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=message):
        read_colours(tmp_path / name)
    with pytest.raises(ResourceError, match="cannot be read"):
        read_colours(tmp_path / "none.csv")


def test_a_colour_of_no_class_is_told_with_the_nearest():
    rgb = np.array([[[0, 0, 255], [91, 90, 90]]], np.uint8)
    message = r"has the colour \(91, 90, 90\), in 1 pixels, .* the nearest is 'road', \(90, 90, 90\)"
    with pytest.raises(BadPicture, match=message):
        labels_of_colours(rgb, TABLE)


def test_colours_to_draw_in_differ():
    assert len(set(DISTINCT)) == len(DISTINCT)
    found = drawn_in(list(range(256)), [str(i) for i in range(256)], TABLE)
    assert found[1].colour == (90, 90, 90)
    assert len({each.colour for each in found}) == 256
    with pytest.raises(ParameterError, match="labels from 0 to 255"):
        drawn_in([300], ["x"])
