import numpy as np

from foveal.data.images.listing.chosen import only, words
from foveal.data.images.records import Listing, Place

PLACES = tuple(Place(f"/{n}", str(n)) for n in range(3))


def test_some_rows_with_all_that_is_known_of_them():
    listing = Listing("/", PLACES, np.array([0, 1, 0]), ("a", "b"), np.array(["train", "test", "train"]), np.arange(3))
    chosen = only(listing, np.array([2, 1]))
    assert [place.name for place in chosen.places] == ["2", "1"]
    assert (chosen.y.tolist(), chosen.split.tolist(), chosen.groups.tolist()) == ([0, 1], ["train", "test"], [2, 1])
    assert only(Listing("/", PLACES), np.array([0])).y is None


def test_labels_by_their_names():
    assert words(Listing("/", PLACES, np.array([0, 1, 0]), ("a", "b"))).tolist() == ["a", "b", "a"]
    assert words(Listing("/", PLACES)) is None
    several = np.eye(3, 2, dtype=np.uint8)
    assert words(Listing("/", PLACES, several, ("a", "b"))) is several
