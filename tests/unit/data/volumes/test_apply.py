import numpy as np
import pytest

from foveal.data.images.records import BadPicture
from foveal.data.volumes.apply import by_rule, check_finite, grid_of, intensities, whole_numbers
from foveal.data.volumes.formats import stored_of
from foveal.data.volumes.rule import make_volume_rule

from .made import nifti

DATA = np.random.default_rng(0).integers(-1000, 1000, (6, 5, 4)).astype(np.int16)


def ruled(path, **how):
    return by_rule(stored_of(path), make_volume_rule(channels=1, **how), "scan")


def test_the_window_of_the_standard_by_hand():
    # PS3.3, C.11.2.1.2.1: with c = 2048, w = 4096 the output is 0 up to 0 and 1 above 4095.
    step = {"step": "window", "centre": 2048, "width": 4096}
    found = intensities(np.array([-1, 0, 1, 2047.5, 4095, 5000]), step)
    np.testing.assert_allclose(found, [0, 0, 1 / 4095, 0.5, 1, 1], rtol=1e-6)
    # With w = 1 it is a threshold: c = 0 parts below 0 from 0 and above.
    assert intensities(np.array([-1, -0.5, 0, 1]), {"step": "window", "centre": 0, "width": 1}).tolist() == [0, 0, 1, 1]
    assert found.dtype == np.float32


def test_percentiles_and_as_is():
    step = {"step": "intensity", "how": "percentiles", "low": 10, "high": 90}
    values = np.arange(101.0)
    np.testing.assert_allclose(intensities(values, step)[[0, 10, 50, 90, 100]], [0, 0, 0.5, 1, 1])
    assert intensities(np.full(5, 7), step).tolist() == [0] * 5
    assert intensities(np.array([3], np.int16), {"step": "intensity", "how": "as_is"}).dtype == np.float32


def test_spacing_of_the_result_and_where_its_voxels_lie(tmp_path):
    affine = np.diag([-2.0, 1, 3, 1])
    affine[:3, 3] = 4, 5, 6
    path = nifti(tmp_path / "a.nii", DATA, affine)
    scan = ruled(path, spacing=(1, 2, 3))
    assert scan.shape == (12, 2, 4, 1)
    assert scan.spacing == (1, 2, 3)
    # The outer face of the first voxel stays: its middle moves by half the difference of the distances.
    first = (4 - 2 * 5 + (1 - 2) / 2, 5 + (2 - 1) / 2, 6)
    np.testing.assert_allclose(scan.affine[:3, 3], first)
    np.testing.assert_allclose(scan.affine.diagonal(), [1, 2, 3, 1])


def test_a_picture_of_its_own_coordinates_keeps_them(tmp_path):
    affine = np.array([[0, -2.0, 0, 5], [1.5, 0, 0, -3], [0, 0, 1, 2], [0, 0, 0, 1]])
    index = np.stack(np.meshgrid(*map(np.arange, (12, 10, 8)), indexing="ij"), -1)
    world = (index @ affine[:3, :3].T + affine[:3, 3]).astype(np.float32)
    scan = ruled_channels(nifti(tmp_path / "a.nii", world, affine), 3, spacing=(1, 1, 2), size=(12, 9, 3))
    at = np.stack(np.meshgrid(*map(np.arange, scan.shape[:3]), indexing="ij"), -1)
    theirs = at @ scan.affine[:3, :3].T + scan.affine[:3, 3]
    inner = tuple(slice(1, -1) for _ in range(3))
    np.testing.assert_allclose(scan.values[inner], theirs[inner], atol=1e-4)


def ruled_channels(path, channels, **how):
    return by_rule(stored_of(path), make_volume_rule(channels=channels, **how), "scan")


def test_the_grid_is_known_before_a_voxel_is_read(tmp_path):
    path = nifti(tmp_path / "a.nii", DATA, np.diag([-2.0, 1, 3, 1]))
    rule = make_volume_rule(channels=1, orient="SLP", spacing=(1.5, 1, 1), size=(10, 3, 20))
    grid, scan = grid_of(stored_of(path), rule), by_rule(stored_of(path), rule, "scan")
    assert grid.sizes == scan.shape[:3] == (10, 3, 20)
    np.testing.assert_array_equal(grid.affine, scan.affine)
    assert scan.code == "SLP"


def test_slices_and_volumes_have_rules_of_their_own(tmp_path):
    flat, deep = nifti(tmp_path / "a.nii", DATA[..., :1]), nifti(tmp_path / "b.nii", DATA)
    assert ruled(flat, size=(8, 8)).shape == (8, 8, 1)
    with pytest.raises(BadPicture, match="is a single slice, and the rule is for three axes"):
        ruled(flat, size=(8, 8, 8))
    with pytest.raises(BadPicture, match=r"has three axes \(6 x 5 x 4\), and the rule is for slices"):
        ruled(deep, spacing=(1, 1))


def test_as_stored(tmp_path):
    path = nifti(tmp_path / "a.nii", DATA, np.diag([-1.0, -1, 1, 1]))
    np.testing.assert_array_equal(ruled(path, orient="as_stored").values[..., 0], DATA)
    np.testing.assert_array_equal(ruled(path).values[..., 0], DATA[::-1, ::-1])


def test_what_cannot_be_answered(tmp_path):
    wrong = DATA.astype(np.float32)
    wrong[0, 0, :2] = np.nan, np.inf
    path = nifti(tmp_path / "a.nii", wrong)
    with pytest.raises(BadPicture, match="holds 2 voxels that are NaN or infinite"):
        ruled(path)
    with pytest.raises(BadPicture, match="has 1 channels, and the rule is for 2"):
        ruled_channels(nifti(tmp_path / "b.nii", DATA), 2, size=(6, 5, 4))
    check_finite(DATA)
    assert whole_numbers(np.array([1.0, 2])).dtype == np.int64
    with pytest.raises(BadPicture, match="is no mask"):
        whole_numbers(np.array([0.5]))


def test_a_fine_grid_that_would_take_all_memory_is_refused(tmp_path):
    with pytest.raises(BadPicture, match="voxels, at most"):
        ruled(nifti(tmp_path / "a.nii", DATA), spacing=(1e-3, 1e-3, 1e-3))
