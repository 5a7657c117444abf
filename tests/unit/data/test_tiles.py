"""Images of differing sizes as a source of tiles, and their masks beside them."""

import pickle

import numpy as np
import pytest
import torch

from foveal import CNNClassifier
from foveal.core.errors import DataError, DataTypeError, FovealError, ParameterError, ShapeError
from foveal.data.promises import check_source, digest_of, statistics_of
from foveal.data.rows import Rows
from foveal.data.source import is_source
from foveal.data.store import store_of
from foveal.data.tiles import Tiles

RNG = np.random.default_rng(0)
IMAGES = [RNG.integers(0, 256, (h, w, 3), np.uint8) for h, w in ((40, 30), (9, 50), (16, 16), (25, 61))]
MASKS = [image[..., 0] // 64 for image in IMAGES]


def tiles_of(images=IMAGES, masks=MASKS, **more):
    return Tiles(images, masks, **{"size": (16, 16), "overlap": 4, **more})


def in_files(folder):
    found = []
    for kind, arrays in (("image", IMAGES), ("mask", MASKS)):
        for number, array in enumerate(arrays):
            np.save(folder / f"{kind}{number}.npy", array)
        found.append([np.load(folder / f"{kind}{n}.npy", mmap_mode="r") for n in range(len(arrays))])
    return found


def test_tiles_keep_the_contract_of_a_source():
    tiles = tiles_of()
    assert is_source(tiles)
    check_source(tiles)
    assert [(part.name, part.shape, part.dtype) for part in tiles.form] == [("x", (3, 16, 16), "uint8")]
    assert tiles.in_memory
    assert isinstance(digest_of(tiles), bytes)
    assert statistics_of(tiles, np.arange(len(tiles)), np.float32).scale == 255


def test_a_row_is_its_tile_and_so_is_its_mask():
    tiles = tiles_of()
    (block,) = tiles.read(np.arange(len(tiles)))
    masks = tiles.masks[np.arange(len(tiles))]
    assert masks.dtype == np.uint8
    for row in range(len(tiles)):
        number, (top, left) = tiles.tile_of(row)
        own = IMAGES[number][top : top + 16, left : left + 16]
        height, width = own.shape[:2]
        np.testing.assert_array_equal(block[row, :height, :width], own)
        np.testing.assert_array_equal(masks[row, :height, :width], MASKS[number][top : top + 16, left : left + 16])
        assert (masks[row, height:] == 255).all()
        assert (masks[row, :, width:] == 255).all()
        np.testing.assert_array_equal(
            block[row, height:], np.broadcast_to(block[row, height - 1], (16 - height, 16, 3))
        )


def test_tiles_of_one_image_are_one_group():
    tiles = tiles_of()
    assert tiles.groups.tolist() == [tiles.tile_of(row).image for row in range(len(tiles))]


def test_chosen_tiles_bring_their_masks_groups_and_places():
    tiles = tiles_of()
    some = tiles.chosen(np.array([7, 2, 9])).chosen(np.array([2, 0]))
    np.testing.assert_array_equal(some.read(np.arange(2))[0], tiles.read(np.array([9, 7]))[0])
    np.testing.assert_array_equal(some.masks[:], tiles.masks[np.array([9, 7])])
    assert some.groups.tolist() == tiles.groups[[9, 7]].tolist()
    assert some.tile_of(1) == tiles.tile_of(7)
    assert tiles_of(masks=None).chosen(np.arange(2)).masks is None


def test_statistics_and_digest_are_those_of_the_same_rows_in_an_array():
    tiles = tiles_of()
    rows, some = Rows(tiles.read(np.arange(len(tiles)))[0]), np.array([0, 3, 5])
    np.testing.assert_allclose(tiles.statistics(some, np.float32).mean, rows.statistics(some, np.float32).mean)
    assert tiles.digest() == rows.digest()
    assert tiles.chosen(some).digest() != tiles.digest()
    assert tiles_of([IMAGES[0] + 1, *IMAGES[1:]]).digest() != tiles.digest()


@pytest.mark.parametrize("workers", [0, 2])
def test_tiles_in_files_are_gathered_as_those_in_memory(tmp_path, workers):
    images, masks = in_files(tmp_path)
    mapped, index = tiles_of(images, masks), [torch.tensor([5, 0, 5]), torch.tensor([3, 1])]
    assert not mapped.in_memory
    assert mapped.digest() == tiles_of().digest()
    stores = (store_of(source, torch.float32, torch.device("cpu"), workers) for source in (mapped, tiles_of()))
    streamed, resident = (list(store.gathered(index)) for store in stores)
    assert all(torch.equal(a, b) for (a,), (b,) in zip(streamed, resident, strict=True))
    np.testing.assert_array_equal(mapped.masks[:], tiles_of().masks[:])


def test_tiles_in_files_are_sent_by_their_place(tmp_path):
    tiles = tiles_of(*in_files(tmp_path))
    sent = pickle.dumps(tiles)
    assert len(sent) < 4000 < sum(image.nbytes for image in IMAGES)
    again = pickle.loads(sent)
    assert again.digest() == tiles.digest()
    np.testing.assert_array_equal(again.masks[:], tiles.masks[:])


def test_a_network_learns_from_tiles():
    images = [np.full((20 + n, 24, 1), 200 * (n % 2) + n, np.uint8) for n in range(8)]
    tiles = Tiles(images, size=(8, 8), overlap=2)
    y = tiles.groups % 2
    model = CNNClassifier(in_channels_list=[None, 4], in_features_list=[None, 8], n_epochs=3, random_state=0)
    assert model.fit(tiles, y).score(tiles, y) == 1


class Sliced:
    """What has a shape, a dtype and slices, and is no array: as readers of large pictures have it."""

    def __init__(self, values):
        self.values, self.shape, self.dtype = values, values.shape, values.dtype

    def __getitem__(self, place):
        return self.values[place]


def test_grey_images_and_volumes():
    grey = [image[..., 0] for image in IMAGES]
    tiles = tiles_of(grey)
    assert tiles.form[0].shape == (1, 16, 16)
    lazily = tiles_of([Sliced(image) for image in grey])
    assert not lazily.in_memory
    np.testing.assert_array_equal(lazily.read(np.arange(5))[0], tiles.read(np.arange(5))[0])
    volumes = Tiles([np.zeros((9, 10, 11, 2), np.float32)], size=(4, 8, 8), overlap=(0, 4, 4))
    assert volumes.form[0].shape == (2, 4, 8, 8)
    assert len(volumes) == 3 * 2 * 2
    assert volumes.tile_of(11) == (0, (5, 2, 3))


def test_masks_are_of_a_dtype_that_holds_them_and_what_is_ignored():
    assert tiles_of(masks=[mask > 1 for mask in MASKS]).masks.dtype == np.uint8
    signed = tiles_of(ignored=-1)
    assert signed.masks.dtype == np.int16
    assert signed.masks[:].min() == -1
    mixed = tiles_of(masks=[MASKS[0].astype(np.int32), *MASKS[1:]])
    assert mixed.masks.dtype == np.int32


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"images": []}, DataError, "images is empty: 0 images"),
        ({"images": [IMAGES[0], "a.png"]}, DataTypeError, r"images\[1\] must have a shape, .* got str"),
        (
            {"images": [IMAGES[0], IMAGES[1].ravel()]},
            ShapeError,
            r"images\[1\] must have 2 spatial axes.* got \(1350,\)",
        ),
        ({"images": [IMAGES[0], IMAGES[1][:0]]}, ShapeError, r"images\[1\] .* none of them empty, got \(0, 50, 3\)"),
        ({"images": [IMAGES[0], IMAGES[1][..., :2]]}, DataError, r"images\[1\] has 2 channels of uint8, images\[0\] 3"),
        ({"images": [IMAGES[0], IMAGES[1] / 255]}, DataError, r"images\[1\] has 3 channels of float64"),
        ({"images": [IMAGES[0].astype(complex)]}, DataTypeError, r"images\[0\] must hold numbers, got complex128"),
        ({"masks": MASKS[:3]}, DataError, "masks must be one for each image, got 3 for 4 images"),
        ({"masks": MASKS[::-1]}, ShapeError, r"masks\[0\] must have the size of its image, \(40, 30\), got \(25, 61\)"),
        ({"masks": [m / 3 for m in MASKS]}, DataTypeError, r"masks\[0\] must hold whole numbers, got float64"),
        ({"overlap": 16}, ParameterError, r"overlap less than size along each axis, got \(16, 16\) and \(16, 16\)"),
        ({"size": (0, 16)}, ParameterError, r"size must be at least 1"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_number(change, error, words):
    with pytest.raises(FovealError, match=words) as caught:
        tiles_of(**change)
    assert isinstance(caught.value, error)
