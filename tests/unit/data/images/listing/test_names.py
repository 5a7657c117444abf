"""What names say: endings, hidden files, parts; how they are ordered and shown."""

import unicodedata

import pytest

from foveal.data.images.listing.names import in_order, is_hidden, is_picture, nfc, part_of, printable, some


@pytest.mark.parametrize("name", ["a.png", "a.JPG", "a.b.Tiff", "d/a.npy", " .png", "-x.webp", "a\nb.gif", "é.avif"])
def test_pictures(name):
    assert is_picture(name)


@pytest.mark.parametrize("name", ["png", "a", "a.svg", "a.png.txt", "a.png ", "d.png/a", "", "a.", "a.jpg~"])
def test_no_pictures(name):
    assert not is_picture(name)


def test_hidden():
    assert all(map(is_hidden, [".git", ".a.png", "__MACOSX", "THUMBS.DB", "Desktop.ini", "._a.jpg"]))
    assert not any(map(is_hidden, ["a", "macosx", "thumbs", "a.db"]))


def test_parts():
    words = {"Train": "train", "TRAINING": "train", "val": "valid", "Valid": "valid", "validation": "valid",
             "test": "test", "Testing": "test", "dev": None, "tests": None, "": None}  # fmt: skip
    assert {word: part_of(word) for word in words} == words


def test_the_order_is_by_code_points_of_nfc():
    nfd = unicodedata.normalize("NFD", "é")
    assert in_order(["z", nfd + "1", "é0", "10", "2", "B"]) == ["10", "2", "B", "z", "é0", nfd + "1"]
    assert nfc(nfd) == "é"


def test_what_is_shown_can_be_written_anywhere():
    strange = b"caf\xe9".decode("utf-8", "surrogateescape")
    assert printable(strange) == "caf\\udce9"
    assert printable("é\n") == "é\n"
    assert some([strange, "a\nb"]).isascii()
    assert some(map(str, range(9)), 2) == "'0', '1' and 7 more"
    assert some([]) == ""
