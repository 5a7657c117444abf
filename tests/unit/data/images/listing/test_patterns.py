"""Labels off names: the simple form, regular expressions, and what does not match."""

import re

import pytest

from foveal.core.errors import DataError, ParameterError
from foveal.data.images.listing.patterns import compile_pattern, read_names
from foveal.data.images.records import Listing, Place


def read(pattern, *names):
    told = []
    listing = read_names(Listing("here", tuple(Place(name, name) for name in names)), pattern, told=told.append)
    return listing, [listing.class_names[number] for number in listing.y], told


@pytest.mark.parametrize(
    ("pattern", "name", "label"),
    [
        ("{label}_{}.png", "cat_1.png", "cat"),
        ("{label}_{}.png", "deep/er/great_dane_1.png", "great_dane"),
        ("{}_{label}.png", "1_great_dane.png", "dane"),
        ("{label}/{}", "cat/1.png", "cat"),
        ("{}/{label}/{}.png", "a/cat/1.png", "cat"),
        ("{label}/{label}_{}.png", "cat/cat_1.png", "cat"),
        ("a+b{{x}}.{label}.png", "a+b{x}.cat.png", "cat"),
        ("{label} ({}).png", "a\nb (1).png", "a\nb"),
        ("{label}", "cat", "cat"),
        (r"(?P<label>[a-z]+)\d+\.(png|jpg)", "x/cat12.jpg", "cat"),
        (r".*/(?P<label>[^/]+)/\d+\.png", "a/b/cat/12.png", "cat"),
        (re.compile(r"(?P<label>CAT)\d\.png", re.IGNORECASE), "cat1.png", "cat"),
        (r"(?P<label>\w{3})_\d{2}\.png", "cat_12.png", "cat"),
    ],
)
def test_a_label(pattern, name, label):
    listing, labels, told = read(pattern, name)
    assert labels == [label]
    assert told == [f"here: 1 picture of 1 class ({label} 1), by their names"]
    assert (listing.split, listing.groups) == (None, None)


def test_split_and_group():
    names = ["Train/p1_cat_1.png", "val/p2_cat_2.png", "train/p1_dog_3.png"]
    listing, labels, _ = read("{split}/{group}_{label}_{}.png", *names)
    assert labels == ["cat", "cat", "dog"]
    assert listing.split.tolist() == ["train", "valid", "train"]
    assert listing.groups.tolist() == ["p1", "p2", "p1"]
    assert [place.name for place in listing.places] == names


def test_numbers_are_ordered_as_numbers():
    assert read("{}_{label}.png", "a_10.png", "a_2.png")[0].class_names == ("2", "10")


def test_files_that_do_not_match_are_named():
    with pytest.raises(
        DataError, match=r"pattern '\{label\}_\{\}\.png' does not match 2 of 3 files: 'a\.png', 'x/b\.png'"
    ):
        read("{label}_{}.png", "a.png", "a_1.png", "x/b.png")
    with pytest.raises(DataError, match=r"does not match 1 of 1 file: 'cat_1\.jpg'; mend it, or move these files away"):
        read(re.compile(r"(?P<label>[a-z]+)_\d+"), "cat_1.jpg")
    with pytest.raises(DataError, match=r"does not match 1 of 1 file"):
        read(r"(?P<label>[a-z]*)_\d+\.jpg", "_1.jpg")
    with pytest.raises(DataError, match=r"does not match 1 of 1 file"):
        read("{label}_{}.png", " _1.png")


def test_a_split_that_means_nothing_is_named():
    with pytest.raises(DataError, match=r"the pattern finds the split 'dev', 'xx'; known are train, val,"):
        read("{split}_{label}.png", "train_a.png", "xx_a.png", "dev_a.png")


def test_parts_are_checked():
    with pytest.raises(DataError, match=r"here: test has pictures of 'b', train has none"):
        read("{split}_{label}.png", "train_a.png", "test_b.png")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{}_{}.png", r"pattern '\{\}_\{\}\.png' has no label; write \{label\} or \(\?P<label>"),
        (r"(?P<name>.*)", r"has no label"),
        ("{label}_{class}", r"cannot be read: \{class\} is none of \{label\}, \{split\}, \{group\}, \{\}; write it as"),
        ("{label", r"cannot be read: "),
        ("{label!r}", r"cannot be read: "),
        ("{label:3}", r"cannot be read: "),
        (r"(\w+)_\d{3}\.png", r"\{3\} is none of"),
        (r"(?P<label>[a-z", r"cannot be read: unterminated character set"),
        (3, r"pattern must be a string such as '\{label\}_\{\}\.png', got 3"),
        (re.compile(b"x"), r"pattern must be a string"),
    ],
)
def test_a_pattern_that_is_none_is_told(pattern, message):
    with pytest.raises(ParameterError, match=message):
        compile_pattern(pattern)
