import shutil

import pytest

from foveal.core.errors import DataError
from foveal.data.images.listing.door import open_listing
from foveal.data.images.listing.mask_pairs import pair_masks

from ..masks_made import pairs


def names(found):
    return [(place.name, mask and mask.name) for place, mask in zip(found.listing.places, found.masks, strict=True)]


def paired(source, masks, **how):
    said = []
    found = pair_masks(source, open_listing(source, labelled=False, **how), masks, told=said.append, **how)
    return found, said


@pytest.mark.parametrize("ending", ["", "_mask", "_label", "_gt"])
def test_a_folder(tmp_path, ending):
    images, masks = pairs(tmp_path, 2, ending=ending)
    found, said = paired(images, masks)
    assert names(found) == [(f"{i}.png", f"masks/{i}{ending}.png") for i in range(2)]
    assert found.bad == []
    assert said == ([f"masks are the files whose names end in {ending}"] if ending else [])


def test_folders_below_and_other_endings(tmp_path):
    images, masks = pairs(tmp_path, 2)
    for folder in (images, masks):
        (folder / "a").mkdir()
        shutil.move(folder / "1.png", folder / "a")
    (masks / "a/1.png").rename(masks / "a/1.tif")
    assert names(paired(images, masks)[0]) == [("0.png", "masks/0.png"), ("a/1.png", "masks/a/1.tif")]


def test_masks_beside_or_below_their_pictures(tmp_path):
    images, masks = pairs(tmp_path, 2, ending="_mask")
    below = tmp_path / "below"
    shutil.copytree(images, below)
    shutil.copytree(masks, below / "masks")
    assert names(paired(below, below / "masks")[0]) == [(f"{i}.png", f"masks/{i}_mask.png") for i in range(2)]
    for mask in masks.iterdir():
        shutil.move(mask, images)
    found, _ = paired(images, images)
    assert names(found) == [(f"{i}.png", f"images/{i}_mask.png") for i in range(2)]
    assert found.bad == []


def test_what_cannot_be_paired(tmp_path):
    images, masks = pairs(tmp_path, 3)
    (masks / "0.png").unlink()
    shutil.copy(masks / "1.png", masks / "1.tif")
    shutil.copy(images / "2.png", images / "2.jpg")
    shutil.copy(masks / "1.png", masks / "7.png")
    found, _ = paired(images, masks)
    told = {bad.place.name: bad.reason for bad in found.bad}
    assert told == {
        "0.png": "has no mask: none is named '0'",
        "1.png": "has several masks: 'masks/1.png', 'masks/1.tif'",
        "2.png": "has the mask that '2.jpg' has, 'masks/2.png'",
        "masks/7.png": "is a mask without a picture",
    }


def test_no_name_fits(tmp_path):
    images, masks = pairs(tmp_path, 1, ending="x")
    with pytest.raises(DataError, match="no mask has the name of a picture: '0x' beside '0'; name them alike"):
        paired(images, masks)


def test_lists(tmp_path):
    images, masks = pairs(tmp_path, 2)
    files, of_them = [images / "1.png", images / "0.png"], [masks / "1.png", masks / "0.png"]
    found, _ = paired(files, of_them)
    assert [mask.path for mask in found.masks] == [str(mask) for mask in of_them]
    assert [mask.path for mask in paired(files, masks)[0].masks] == [str(mask) for mask in of_them]
    assert names(paired(images / "1.png", masks / "1.png")[0])[0][1].endswith("1.png")
    with pytest.raises(DataError, match="masks must be one for each picture, got 1 for 2 pictures"):
        paired(files, of_them[:1])


def test_a_table(tmp_path):
    pairs(tmp_path, 2)
    table = tmp_path / "t.csv"
    table.write_text(
        "path,mask,split\nimages/1.png,masks/1.png,train\nimages/0.png,masks/0.png,test\nimages/0.png,,test\n"
    )
    with pytest.raises(DataError, match=r"neither a folder nor a column .* did you mean 'mask'"):
        paired(table, "maks")
    table.write_text("path,mask,split\nimages/1.png,masks/1.png,train\nimages/0.png,,test\n")
    found, _ = paired(table, "mask")
    assert names(found) == [("images/1.png", "masks/1.png"), ("images/0.png", None)]
    assert [bad.reason for bad in found.bad] == ["has no mask: its cell in the column 'mask' is no path"]
    assert found.listing.split.tolist() == ["train", "test"]
    assert names(paired(table, tmp_path / "masks")[0])[1] == ("images/0.png", "masks/0.png")
