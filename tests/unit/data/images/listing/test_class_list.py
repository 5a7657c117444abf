"""Files of class names beside tars whose labels are numbers."""

import json

import pytest

from foveal.core.errors import DataError
from foveal.data.images.listing.class_list import FILES, are_numbers, class_list, named
from foveal.data.images.listing.tars import list_tars

from ..made import pack


def rows(*labels):
    return [m for i, label in enumerate(labels) for m in ((f"{i}.jpg", b"x"), (f"{i}.cls", str(label).encode()))]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("classes.txt", "cat\n dog \neel\n\n"),
        ("class_names.txt", "\ufeffcat\r\ndog\r\neel"),
        ("classnames.json", json.dumps(["cat", "dog", "eel"])),
        ("classes.json", json.dumps({"0": "cat", "2": "eel", "1": "dog"})),
        ("classes.json", json.dumps({"eel": 2, "cat": 0, "dog": 1})),
    ],
)
def test_numbers_get_their_names(tmp_path, name, text):
    assert name in FILES
    path = pack(tmp_path / "a.tar", *rows(2, 0, 2))
    assert list_tars(path).class_names == ("0", "2")
    (tmp_path / name).write_bytes(text.encode())
    told = []
    listing = list_tars(tmp_path, told=told.append)
    assert (listing.class_names, listing.y.tolist()) == (("cat", "eel"), [1, 0, 1])
    assert told[0] == f"{path}: class names from {name}"


def test_labels_that_are_names_stay(tmp_path):
    (tmp_path / "classes.txt").write_text("cat\ndog\n")
    assert list_tars(pack(tmp_path / "a.tar", *rows("owl", "emu"))).class_names == ("emu", "owl")
    (tmp_path / "classes.txt").unlink()
    (tmp_path / "classes.json").write_text('{"owl": {"id": 3}}')  # somebody's, and no list of names: it is not asked
    assert list_tars(tmp_path / "a.tar").class_names == ("emu", "owl")
    (tmp_path / "classes.json").unlink()
    (tmp_path / "classes.txt").write_text("cat\ndog\n")
    assert are_numbers(["0", "12"])
    assert not are_numbers(["0", "x"])
    assert class_list([tmp_path / "gone", tmp_path])[1] == ["cat", "dog"]
    assert class_list([tmp_path / "gone"]) is None


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "classes.txt",
            b"cat\ndog",
            r"names the classes 0 to 1, and there are labels '2'; give each its line, counted",
        ),
        ("classes.txt", b"cat\n\ndog", "must hold the names of the classes 0, 1, 2 ..., each on a line"),
        ("classes.txt", b"", "must hold the names"),
        ("classes.txt", b"cat\ndog\ncat", "has 'cat' for two classes; give one of them another name"),
        ("classes.txt", b"\xff\xfe", "is no text in UTF-8"),
        ("classes.json", b"{", "is no JSON"),
        ("classes.json", b"3", "in JSON a list"),
        ("classes.json", b'{"1": "cat", "2": "dog"}', "must hold the names"),
    ],
)
def test_what_is_no_list_of_names_is_an_error_that_names_the_file(tmp_path, name, content, message):
    path = pack(tmp_path / "a.tar", *rows(2, 0))
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=f"{name}: .*{message}"):
        list_tars(path)


def test_a_negative_number_has_no_name(tmp_path):
    with pytest.raises(DataError, match="there are labels '-1'"):
        named(["-1", "0"], tmp_path / "classes.txt", ["cat"])
