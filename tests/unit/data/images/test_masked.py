import csv
import shutil

import numpy as np
import pytest
from PIL import Image

from foveal import CNNSegmenter, open_images
from foveal.core.errors import DataError, ParameterError
from foveal.data.images.masked import Flat
from foveal.data.images.progress import Progress
from foveal.data.images.reading.nearest import placed

from .drawn import draw, pixels
from .masks_made import labels, pairs, save


def opened(images, masks, **how):
    said = []
    return open_images(images, masks=masks, **how, progress=Progress(said.append, lambda *values: None)), said


@pytest.fixture
def folders(tmp_path):
    return pairs(tmp_path)


def test_masks_are_y(folders):
    found, _ = opened(*folders)
    assert (found.shape, found.y.shape, found.y.dtype) == ((4, 4, 4, 3), (4, 4, 4), np.uint8)
    np.testing.assert_array_equal(found.y, [labels(i, (4, 4)) for i in range(4)])
    np.testing.assert_array_equal(found[:], [pixels(i) for i in range(4)])
    assert (found.ignored, found.class_names) == (None, None)
    np.testing.assert_array_equal(found.chosen(np.array([2, 0])).y, found.y[[2, 0]])
    again, said = opened(*folders)
    np.testing.assert_array_equal(again.y, found.y)
    assert sum(sentence.endswith("from before") for sentence in said) == 2


@pytest.mark.parametrize("cache", [True, False])
@pytest.mark.parametrize("how", ["pad", "squash", "crop"])
def test_masks_follow_the_geometry(tmp_path, how, cache):
    images, masks = pairs(tmp_path, 3, (6, 9))
    found, _ = opened(images, masks, size=(8, 8), resize=how, cache=cache)
    np.testing.assert_array_equal(found.y, [placed(labels(i, (6, 9)), (8, 8), how, 255) for i in range(3)])
    assert found.ignored == (255 if how == "pad" else None)


def test_masks_of_larger_rows_are_as_large(tmp_path):
    found, _ = opened(*pairs(tmp_path, 2, (8, 8)), size=4, store_size=6)
    assert (found.shape[1:3], found.larger.shape[1:3], found.y.shape) == ((4, 4), (6, 6), (2, 6, 6))


def test_a_network_learns_from_them(tmp_path):
    images, masks = pairs(tmp_path, 6, (8, 6))
    found, _ = opened(images, masks, size=8)
    model = CNNSegmenter(net="unet(depth=1, width=4)", n_epochs=2, random_state=0).fit(found, found.y)
    assert model.fitted_.problem.ignored == 255
    assert model.classes_.tolist() == [0, 1, 2]
    assert model.predict(found).shape == (6, 8, 8)
    with pytest.raises(ParameterError, match=r"ignore=1, but .* have the label 255; .*open_images\(ignore=1\)"):
        CNNSegmenter(net="unet(depth=1, width=4)", n_epochs=2, ignore=1).fit(found, found.y)


@pytest.mark.parametrize(
    ("values", "numbers", "ignored"),
    [
        ((0, 255), (0, 1), None),
        ((0, 128, 255), (0, 1, 2), None),
        ((0, 1, 255), (0, 1, 255), 255),
        ((1, 2, 255), (1, 2, 255), 255),
        ((0, 255, 255), (0, 1, 1), None),
        ((3, 7, 9), (3, 7, 9), None),
    ],
)
def test_what_255_means(tmp_path, values, numbers, ignored):
    images, masks = pairs(tmp_path)
    for i in range(4):
        save(masks / f"{i}.png", np.array(values, np.uint8)[labels(i, (4, 4), len(values))])
    found, said = opened(images, masks)
    np.testing.assert_array_equal(found.y, [np.array(numbers)[labels(i, (4, 4), len(values))] for i in range(4)])
    assert found.ignored == ignored
    assert any("masks: " in sentence for sentence in said) == (values != numbers or ignored is not None)
    padded, _ = opened(images, masks, size=(4, 6))
    np.testing.assert_array_equal(padded.y[:, :, 1:5], found.y)
    assert (padded.y[:, :, [0, 5]] == 255).all()
    assert padded.ignored == 255
    others, _ = opened(images, masks, input_rule=padded.input_rule, mask_rule=padded.mask_rule)
    np.testing.assert_array_equal(others.y, padded.y)


def test_names(folders):
    names = ("sky", "road", "car")
    assert opened(*folders, class_names=names)[0].class_names == names
    found, _ = opened(*folders, class_names={2: "car", 0: "sky", 1: "road"})
    assert found.class_names == ("car", "sky", "road")
    np.testing.assert_array_equal(found.y[0], np.array([1, 2, 0])[labels(0, (4, 4))])
    found, _ = opened(*folders, ignore=0)
    assert (found.ignored, sorted(np.unique(found.y).tolist())) == (0, [0, 1, 2])
    found, _ = opened(*folders, ignore=0, class_names=("road", "car"))
    np.testing.assert_array_equal(found.y[0], np.array([255, 0, 1])[labels(0, (4, 4))])
    assert (found.ignored, found.class_names) == (255, ("road", "car"))


def test_colours(tmp_path):
    images, masks = pairs(tmp_path)
    table = {"sky": (0, 0, 255), "road": (90, 90, 90), "void": (0, 0, 0)}
    for i in range(4):
        save(masks / f"{i}.png", np.array(list(table.values()), np.uint8)[labels(i, (4, 4))])
    found, _ = opened(images, masks, colours=table, ignore="void")
    np.testing.assert_array_equal(found.y[0], np.array([0, 1, 255])[labels(0, (4, 4))])
    assert (found.class_names, found.ignored) == (("sky", "road"), 255)
    with (tmp_path / "t.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("name", "r", "g", "b"), *((name, *rgb) for name, rgb in table.items())])
    again, _ = opened(images, masks, colours=tmp_path / "t.csv", ignore="void")
    np.testing.assert_array_equal(again.y, found.y)
    others, _ = opened(images, masks, mask_rule=found.mask_rule)
    assert others.class_names == found.class_names
    with pytest.raises(DataError) as error:
        opened(images, masks, colours={"sky": (0, 0, 255), "road": (90, 90, 90)})
    lines = str(error.value).splitlines()
    assert lines[0].startswith("4 of 4 pictures and their masks cannot be used; mend")
    assert "masks/0.png: has the colour (0, 0, 0), in " in lines[1]
    assert "the nearest is 'road', (90, 90, 90)" in lines[1]


def test_sixteen_bits(tmp_path):
    images, masks = pairs(tmp_path)
    for i in range(4):
        save(masks / f"{i}.png", labels(i, (4, 4)).astype(np.uint16) * 300)
    found, _ = opened(images, masks)
    assert (found.y.dtype, np.unique(found.y).tolist()) == (np.uint16, [0, 300, 600])
    found, _ = opened(images, masks, class_names=("a", "b", "c"), size=(4, 6))
    assert (found.y.dtype, np.unique(found.y).tolist()) == (np.uint8, [0, 1, 2, 255])


def wrong(images, masks, kind):
    """Spoil the mask 1.png in one way, and say what is told of it."""
    path, mask = masks / "1.png", labels(1, (4, 4))
    if kind == "size":
        save(path, labels(1, (5, 4)))
        return "masks/1.png: is a mask of 4 x 5 pixels, and its picture has 4 x 4"
    if kind == "float":
        path.unlink()
        np.save(masks / "1.npy", mask.astype(np.float32))
        return "masks/1.npy: holds numbers with a point, a mask must hold whole numbers"
    if kind == "ignored":
        save(path, np.full((4, 4), 255, np.uint8))
        return "masks/1.png: says nothing: each pixel has the label 255, which does not count"
    if kind == "class":
        save(path, mask + 5)
        return "masks/1.png: has the label 5, which is not among the 3 classes, a, b, c"
    if kind == "missing":
        path.unlink()
        return "1.png: has no mask: none is named '1'"
    if kind == "spare":
        save(masks / "9.png", mask)
        return "masks/9.png: is a mask without a picture"
    if kind == "colours":
        save(path, np.repeat(mask[..., None], 3, 2) * np.array([1, 2, 3], np.uint8))
        return "masks/1.png: is a picture in colours, and nothing says what they stand for"
    path.write_bytes(b"")
    return "masks/1.png: is empty: 0 bytes"


@pytest.mark.parametrize("kind", ["size", "float", "ignored", "class", "missing", "spare", "colours", "empty"])
def test_wrong_masks_are_told_by_their_files(folders, kind):
    images, masks = folders
    told = wrong(images, masks, kind)
    how = {"class_names": ("a", "b", "c")} if kind in ("class", "ignored") else {}
    how |= {"ignore": 255} if kind == "ignored" else {}
    with pytest.raises(DataError) as error:
        open_images(images, masks=masks, **how)
    lines = str(error.value).splitlines()
    assert lines[0].startswith("1 of 4 pictures and their masks cannot be used; mend or remove them")
    assert len(lines) == 2
    assert lines[1].startswith(f"  {told}")
    found, said = opened(images, masks, on_bad="skip", **how)
    kept = [0, 1, 2, 3] if kind == "spare" else [0, 2, 3]
    assert found.files.tolist() == [f"{i}.png" for i in kept]
    np.testing.assert_array_equal(found.y, [labels(i, (4, 4)) for i in kept])
    assert any("cannot be used, and left out" in sentence for sentence in said)


def test_several_wrong_ones_are_told_together(folders):
    images, masks = folders
    save(masks / "1.png", labels(1, (5, 4)))
    (masks / "2.png").unlink()
    (images / "3.png").write_bytes(b"")
    with pytest.raises(DataError) as error:
        open_images(images, masks=masks)
    assert sorted(line.split(":")[0].strip() for line in str(error.value).splitlines()[1:]) == [
        "2.png",
        "3.png",
        "masks/1.png",
    ]


def test_objects_are_no_classes(tmp_path):
    images, masks = pairs(tmp_path, 1, (20, 20))
    save(masks / "0.png", np.arange(400, dtype=np.uint16).reshape(20, 20))
    with pytest.raises(DataError, match=r"400 different labels: .* foveal\.boundary_classes makes such masks"):
        open_images(images, masks=masks)


def test_what_says_of_masks_needs_some(folders):
    with pytest.raises(ParameterError, match="colours says what masks hold, and there are none"):
        open_images(folders[0], colours={"a": (0, 0, 0)}, pattern="{label}.png")


def test_masks_that_no_store_has_room_for(folders, monkeypatch):
    found, _ = opened(*folders, size=6)
    monkeypatch.setattr("foveal.data.images.cache.kept.available_memory", lambda device: 0)
    anew, _ = opened(*folders, size=6, cache=False)
    assert isinstance(anew.y, Flat)
    np.testing.assert_array_equal(np.asarray(anew.y), found.y)
    np.testing.assert_array_equal(anew.y[1:3], found.y[1:3])
    assert (anew.y.shape, len(anew.y), anew.y.ndim) == (found.y.shape, 4, 3)


def test_parts(tmp_path):
    for part in ("train", "val"):
        images, masks = pairs(tmp_path / part, 2)
        shutil.move(images, tmp_path / "images" / part)
        shutil.move(masks, tmp_path / "masks" / part)
    found, _ = opened(tmp_path / "images", tmp_path / "masks")
    assert found.split.tolist() == ["train", "train", "valid", "valid"]
    np.testing.assert_array_equal(found.part("valid").y, [labels(i, (4, 4)) for i in range(2)])


def test_a_turned_picture_needs_a_turned_mask(tmp_path):
    images, masks = pairs(tmp_path, 1, (4, 6))
    image = Image.open(draw(tmp_path / "a.png", 0, (4, 6)))
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(images / "0.png", exif=exif)
    with pytest.raises(DataError, match="mask of 6 x 4 pixels, and its picture has 4 x 6; its picture is turned by EX"):
        open_images(images, masks=masks)
    save(masks / "0.png", np.rot90(labels(0, (4, 6)), -1))
    assert opened(images, masks)[0].y.shape == (1, 6, 4)
