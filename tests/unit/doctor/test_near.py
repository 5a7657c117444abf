import io

import numpy as np
import pytest

from foveal.doctor import near
from foveal.doctor.near import directions, near_pairs
from foveal.doctor.traits import Traits

from .planted import drawing


def taken(pictures):
    traits = Traits(len(pictures), 3, pictures=True)
    for row, picture in enumerate(pictures):
        pixels = np.asarray(picture.convert("RGB"))
        traits.take(row, pixels, pixels)
    return traits


def as_jpeg(picture):
    from PIL import Image

    picture.save(file := io.BytesIO(), "JPEG", quality=75)
    return Image.open(file)


CHANGES = {
    "re-encoded": as_jpeg,
    "resized": lambda picture: picture.resize((45, 45)),
    "cropped": lambda picture: picture.crop((0, 3, 61, 64)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_changed_copies_are_found_and_nothing_else(change):
    base = [drawing(seed) for seed in range(60)]
    traits = taken([*base, *map(change, base[:20])])
    pairs, shares = near_pairs(traits, np.arange(80))
    assert sorted(map(tuple, pairs.tolist())) == [(row, 60 + row) for row in range(20)]
    assert (np.diff(shares) >= 0).all()


def test_only_the_rows_that_are_asked_for_are_compared():
    traits = taken([drawing(1), drawing(1), drawing(2)])
    assert near_pairs(traits, np.array([0, 2]))[0].shape == (0, 2)
    assert near_pairs(traits, np.empty(0, int))[0].shape == (0, 2)


def test_directions_have_length_one_and_many_copies_of_one_picture_are_one_chain():
    traits = taken([drawing(1)] * 40)
    assert np.linalg.norm(directions(traits.grey), axis=1) == pytest.approx(np.ones(40), abs=1e-5)
    pairs, _ = near_pairs(traits, np.arange(40))
    assert set(np.unique(pairs)) == set(range(40))


def test_pairs_that_are_not_compared_are_told(monkeypatch):
    monkeypatch.setattr(near, "MOST_PAIRS", 5)
    with pytest.warns(UserWarning, match="the nearest 5 are compared: there may be more near duplicates"):
        near_pairs(taken([drawing(1)] * 6), np.arange(6))
