"""Tiles seen as an array: every pixel is in one, and what is read is what was asked for."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foveal.data.tile_array import TileArray, grid

SHAPES = st.lists(st.tuples(st.integers(1, 15), st.integers(1, 15)), min_size=1, max_size=3)


@settings(deadline=None, max_examples=50)
@given(SHAPES, st.integers(1, 12), st.integers(1, 12), st.data())
def test_tiles_cover_every_pixel_and_hold_what_the_image_holds(shapes, height, width, data):
    overlap = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    places = grid(shapes, (height, width), overlap)
    images = [np.arange(h * w).reshape(h, w) for h, w in shapes]
    tiles = np.asarray(TileArray(images, places, (height, width), np.int64, beyond=-1))
    seen = [np.zeros((h, w), bool) for h, w in shapes]
    for number, (row, column), tile in zip(places.images, places.corners, tiles, strict=True):
        own = images[number][row : row + height, column : column + width]
        np.testing.assert_array_equal(tile[: own.shape[0], : own.shape[1]], own)
        assert (tile == -1).sum() == tile.size - own.size
        seen[number][row : row + height, column : column + width] = True
    assert all(covered.all() for covered in seen)


def test_beyond_the_end_the_edge_goes_on():
    image = np.arange(6.0).reshape(2, 3, 1)
    (tile,) = TileArray([image], grid([(2, 3)], (3, 4), (0, 0)), (3, 4), np.float32)[:]
    assert tile[..., 0].tolist() == [[0, 1, 2, 2], [3, 4, 5, 5], [3, 4, 5, 5]]
    assert tile.dtype == np.float32


def test_tiles_are_chosen_by_number_slice_and_mask():
    image = np.arange(40)
    tiles = TileArray([image], grid([(40,)], (10,), (0,)), (10,), image.dtype)
    assert tiles.shape == (4, 10)
    assert tiles.ndim == 2
    assert tiles[2].tolist() == list(range(20, 30))
    assert tiles[-1][0] == 30
    assert tiles[1:3][:, 0].tolist() == [10, 20]
    assert tiles[np.array([3, 0])][:, 0].tolist() == [30, 0]
    assert tiles[np.array([True, False, False, True])][:, 0].tolist() == [0, 30]
    assert tiles.chosen(np.array([3, 1])).chosen(np.array([1]))[0][0] == 10
    with pytest.raises(IndexError):
        tiles[4]


def test_images_in_files_are_sent_by_their_place(tmp_path):
    np.save(tmp_path / "image.npy", np.arange(3000.0).reshape(1000, 3))
    mapped = np.load(tmp_path / "image.npy", mmap_mode="r")
    tiles = TileArray([mapped], grid([(1000,)], (10,), (0,)), (10,), mapped.dtype)
    assert tiles.in_files
    sent = pickle.dumps(tiles.chosen(np.array([5])))
    assert len(sent) < 2000
    np.testing.assert_array_equal(pickle.loads(sent)[0], mapped[50:60])
    assert not TileArray([np.asarray(mapped).copy()], tiles.places, (10,), mapped.dtype).in_files
