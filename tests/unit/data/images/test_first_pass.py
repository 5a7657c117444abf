import pytest

from foveal.core.errors import DataError
from foveal.data.images.first_pass import first_pass
from foveal.data.images.listing.door import open_listing
from foveal.data.images.listing.mask_pairs import pair_masks
from foveal.data.images.progress import SILENT

from .masks_made import labels, pairs, save


def test_rows_that_are_good_and_bad_ones(tmp_path):
    images, masks = pairs(tmp_path, 4)
    save(masks / "1.png", labels(1, (3, 3)))
    (images / "2.png").write_bytes(b"")
    (masks / "3.png").unlink()
    listing = open_listing(images, labelled=False)
    found = pair_masks(images, listing, masks)
    passed = first_pass(found, on_bad="skip", cached=False, progress=SILENT)
    assert passed.wanted.tolist() == [0]
    assert {bad.place.name for bad in passed.bad} == {"masks/1.png", "2.png", "3.png"}
    assert [header.width for header in passed.to_learn_from] == [4]
    assert passed.files is None
    with pytest.raises(DataError, match="3 of 4 pictures and their masks"):
        first_pass(found, on_bad="stop", cached=False, progress=SILENT)
    alone = first_pass(listing, on_bad="skip", cached=True, progress=SILENT)
    assert (alone.wanted.tolist(), alone.masks) == ([0, 1, 3], None)
    assert len(alone.files.each) == 4
