"""Parts as numbers of rows, and what must hold between them."""

import numpy as np
import pytest

from foveal.core.errors import DataError
from foveal.data.images.listing.splits import check_parts, parts_of
from foveal.data.images.records import Listing, Place


def listing(split, y=None, groups=None, names=("a", "b", "c")):
    places = tuple(Place(str(i), str(i)) for i in range(len(split)))
    y = None if y is None else np.array(y)
    return Listing("here", places, y, names, np.array(split), None if groups is None else np.array(groups))


def rows(listing):
    return [part.tolist() for part in parts_of(listing)]


def test_rows_of_each_part():
    assert rows(listing(["test", "train", "valid", "train"])) == [[1, 3], [2], [0]]
    assert rows(Listing("here", (Place("a", "a"),))) == [[0], [], []]


def test_good_parts_are_given_back():
    for good in (
        listing(["train", "train", "test"], [0, 1, 1], [1, 1, 2]),
        listing(["train", "valid"]),
        listing(["train", "valid"], [0.5, 1.5], names=None),
        listing(["train", "test"], [[1, 1], [0, 1]], names=("a", "b")),
        Listing("here", (Place("a", "a"),), np.array([0]), ("a",)),
    ):
        assert check_parts(good) is good


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (
            listing(["valid", "test", "test"]),
            r"here: no picture is for training, of 1 valid, 2 test; name some of them",
        ),
        (listing(["train", "valid"], [0, 2]), r"here: valid has pictures of 'c', train has none of them; give train"),
        (listing(["train", "test", "test"], [1, 0, 2]), r"test has pictures of 'a', 'c', train has none"),
        (listing(["train", "test"], [[1, 0], [1, 1]], names=("a", "b")), r"test has pictures of 'b', train has none"),
        (listing(["train", "test"], groups=["p1", "p1"]), r"the group 'p1' has pictures in train and in test; a group"),
        (listing(["train", "valid", "test"], groups=[0, 1, 1]), r"the group '1' has pictures in valid and in test"),
    ],
)
def test_bad_parts_are_told(bad, message):
    with pytest.raises(DataError, match=message):
        check_parts(bad)
