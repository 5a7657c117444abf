import numpy as np
import pytest

from foveal import CNNSegmenter, load, open_images
from foveal.core.errors import ModelFileError, ParameterError
from foveal.data.images.own_size import PicturesOfOwnSize
from foveal.fitted.predict import rows_of

from .drawn import draw, pixels
from .masks_made import labels, pairs, save

SIZES = ((12, 9), (20, 16), (12, 9), (7, 30))


@pytest.fixture
def folders(tmp_path):
    for i, size in enumerate(SIZES):
        draw(tmp_path / "images" / f"{i}.png", i, size)
        save(tmp_path / "masks" / f"{i}.png", labels(i, size))
    return tmp_path / "images", tmp_path / "masks"


@pytest.mark.parametrize("cache", [True, False])
def test_each_has_its_size(folders, cache):
    found = open_images(folders[0], masks=folders[1], size="own", cache=cache)
    assert isinstance(found, PicturesOfOwnSize)
    assert [picture.shape for picture in found] == [(*size, 3) for size in SIZES]
    for i, size in enumerate(SIZES):
        np.testing.assert_array_equal(found[i], pixels(i, size))
        np.testing.assert_array_equal(found.y[i], labels(i, size))
    assert [picture.shape[0] for picture in found[1:3]] == [20, 12]
    assert len(found.chosen(np.array([3, 0]))) == 2
    np.testing.assert_array_equal(found.chosen(np.array([3, 0])).y[0], labels(3, SIZES[3]))
    assert found.ignored is None


def test_patches_are_learnt_from_and_all_is_answered(folders, tmp_path):
    found = open_images(folders[0], masks=folders[1], size="own", class_names=("a", "b", "c"))
    patches = found.patches(8)
    assert patches.form[0].sizes == (3, 8, 8)
    assert patches.input_rule[-1] == {"step": "resize", "how": "own", "size": [8, 8]}
    model = CNNSegmenter(net="unet(depth=1, width=4)", patch=8, n_epochs=1, random_state=0).fit(found, found.y)
    assert [mask.shape for mask in model.predict(found)] == list(SIZES)
    model.save(tmp_path / "m.safetensors")
    again = load(tmp_path / "m.safetensors")
    assert again.fitted_.input_rule == patches.input_rule
    assert again.fitted_.data["masks"] == found.mask_rule
    assert again.fitted_.class_names == ("a", "b", "c")
    others = open_images(folders[0], masks=folders[1], input_rule=again.fitted_.input_rule)
    np.testing.assert_array_equal(others[1], found[1])
    with pytest.raises(ModelFileError, match="leaves pictures their sizes"):
        rows_of(again.fitted_, [str(folders[0] / "0.png")])


def test_pictures_with_the_same_pixels_are_held_out_together(tmp_path):
    images, masks = pairs(tmp_path, 3, (10, 10))
    draw(images / "2.png", 0, (10, 10))
    found = open_images(images, masks=masks, size="own")
    groups = found.patches(8).groups
    assert len(set(groups.tolist())) == 2
    assert groups[0] == groups[-1]


def test_what_does_not_go_with_it(folders):
    with pytest.raises(ParameterError, match="size='own' is for pictures with masks, without store_size"):
        open_images(folders[0], masks=folders[1], size="own", store_size=8)
    with pytest.raises(ParameterError, match=r"part 'tset' is not there: these pictures have no parts"):
        open_images(folders[0], masks=folders[1], size="own").part("tset")
