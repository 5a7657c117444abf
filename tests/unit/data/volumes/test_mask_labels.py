import numpy as np
import pytest

from foveal.data.images.reading.mask_rule import labels_step
from foveal.data.images.records import BadPicture, Place
from foveal.data.volumes.mask_labels import placed, read_labels, read_mask, varying
from foveal.data.volumes.rule import make_volume_rule

from .made import nifti


def places(tmp_path, mask, **fields):
    nifti(tmp_path / "v.nii", np.zeros(mask.shape, np.int16), np.diag([1.0, 1, 1, 1]))
    nifti(tmp_path / "m.nii", mask, np.diag([1.0, 1, 1, 1]), **fields)
    return Place(str(tmp_path / "v.nii"), "v.nii"), Place(str(tmp_path / "m.nii"), "m.nii")


def test_labels_are_copied_from_the_nearest_voxel(tmp_path):
    mask = np.arange(64, dtype=np.uint8).reshape(4, 4, 4)
    rule = make_volume_rule(channels=1, size=(9, 9, 9), spacing=(2, 2, 2))
    assert varying(rule)[3]["to"] is None
    found = read_labels(*places(tmp_path, mask), rule)
    np.testing.assert_array_equal(found, mask[1::2, 1::2, 1::2])
    whole = read_mask(*places(tmp_path, mask), rule, labels_step(ignored=255), np.uint8)
    assert whole.shape == (9, 9, 9)
    assert (whole == 255).sum() == 9**3 - 8


def test_the_smallest_type_that_holds_labels(tmp_path):
    rule = make_volume_rule(channels=1)
    for high, kind in ((255, np.uint8), (1002, np.uint16)):
        assert read_labels(*places(tmp_path, np.full((2, 2, 2), high, np.int32)), rule).dtype == kind
    with pytest.raises(BadPicture, match="has the label 70000, which must be from 0 to 65535"):
        read_labels(*places(tmp_path, np.full((2, 2, 2), 70_000, np.int32)), rule)


def test_labels_without_a_number():
    rule = make_volume_rule(channels=1, size=(1, 1, 2))
    with pytest.raises(BadPicture, match="has the label 3, which is not among those that are known: 0, 7"):
        placed(np.array([[[0, 3]]], np.uint8), rule, labels_step(numbers=[(0, 0), (7, 1)]), np.uint8)
