from dataclasses import replace

import numpy as np
import pytest

from foveal.data.images.records import BadPicture
from foveal.data.volumes.mask_grids import over_volume
from foveal.data.volumes.stored import Stored, plain


def stored(shape=(4, 5, 6), affine=None, kind="nifti", oriented=True, channels=1):
    affine = np.diag([2.0, 1, 3, 1]) if affine is None else affine
    return Stored(kind, shape, channels, affine, oriented, None, lambda: np.zeros((*shape, channels)))


def test_another_order_of_axes_is_the_same_grid():
    turned = np.array([[0, 0, -2.0, 6], [1, 0, 0, 0], [0, 3, 0, 0], [0, 0, 0, 1]])
    mask = stored((5, 6, 4), turned)
    assert over_volume(mask, stored(), "RAS") is mask
    with pytest.raises(BadPicture, match="is a mask of 5 x 6 x 4 voxels, and its volume has 4 x 5 x 6"):
        over_volume(mask, stored(), "as_stored")


@pytest.mark.parametrize(("moved", "fits"), [(0.05, True), (0.09, True), (0.2, False)])
def test_a_tenth_of_a_voxel_may_differ(moved, fits):
    affine = np.diag([2.0, 1, 3, 1])
    affine[1, 3] = moved
    if fits:
        assert over_volume(stored(affine=affine), stored(), "RAS")
        return
    with pytest.raises(BadPicture, match=r"lies elsewhere than its volume: a corner is 0.2 mm away"):
        over_volume(stored(affine=affine), stored(), "RAS")


def test_another_spacing_is_elsewhere():
    with pytest.raises(BadPicture, match=r"a corner is 5 mm away"):
        over_volume(stored(affine=np.diag([2.0, 1, 2, 1])), stored(), "RAS")


def test_one_without_directions_takes_its_volumes_distances():
    volume = stored(affine=plain((3.0, 2.0, 1.0)), kind="tiff", oriented=False)
    mask = stored(affine=plain((1.0, 1.0, 1.0)), kind="npy", oriented=False)
    np.testing.assert_array_equal(over_volume(mask, volume, "RAS").affine, volume.affine)
    of_nifti = stored(affine=plain((1.0, 1.0, 1.0)), oriented=False)
    assert over_volume(of_nifti, stored(), "RAS").oriented
    for one, other, says in ((mask, stored(), "knows no directions, and its volume does; write it"),
                             (stored(), volume, "knows directions, and its volume does not; write it")):  # fmt: skip
        with pytest.raises(BadPicture, match=says):
            over_volume(one, other, "RAS")


def test_channels():
    with pytest.raises(BadPicture, match="has 3 channels, and a mask has one"):
        over_volume(replace(stored(), channels=3), stored(), "RAS")
