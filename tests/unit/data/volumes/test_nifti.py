import gzip

import numpy as np
import pytest

from foveal.data.images.records import BadPicture
from foveal.data.volumes.formats import stored_of
from foveal.data.volumes.nifti import is_nifti, opened, stored_nifti

from .made import nibabel, nifti

DATA = np.arange(24, dtype=np.int16).reshape(2, 3, 4)


def test_slope_and_intercept(tmp_path):
    path = nifti(tmp_path / "a.nii", DATA)
    with path.open("r+b") as file:  # nibabel would scale what it writes
        file.seek(112)
        file.write(np.array([2.5, -10], np.float32).tobytes())
    values = stored_nifti(str(path)).load()
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values[..., 0], DATA * 2.5 - 10)
    with path.open("r+b") as file:
        file.seek(112)
        file.write(np.array([0, 7], np.float32).tobytes())
    assert stored_nifti(str(path)).load().dtype == np.int16  # a slope of 0 means none


def test_the_matrix_is_sforms_then_qforms_then_that_of_distances(tmp_path):
    image = nibabel.Nifti1Image(DATA, np.diag([2.0, 3, 4, 1]))
    image.set_sform(np.diag([-5.0, 6, 7, 1]), 2)
    image.set_qform(np.diag([-2.0, 3, 4, 1]), 1)
    nibabel.save(image, tmp_path / "a.nii")
    assert stored_of(tmp_path / "a.nii").affine.diagonal().tolist() == [-5, 6, 7, 1]
    image.header["sform_code"] = 0
    nifti_of = nibabel.Nifti1Image(DATA, None, image.header)
    nibabel.save(nifti_of, tmp_path / "b.nii")
    np.testing.assert_allclose(stored_of(tmp_path / "b.nii").affine.diagonal(), [-2, 3, 4, 1])
    image.header["qform_code"] = 0
    nibabel.save(nibabel.Nifti1Image(DATA, None, image.header), tmp_path / "c.nii")
    plain = stored_of(tmp_path / "c.nii")
    np.testing.assert_allclose(np.abs(plain.affine.diagonal()), [2, 3, 4, 1])
    assert plain.said == ("says nothing of directions: axes are taken as right, front, head",)


@pytest.mark.parametrize(("code", "mm"), [(1, 1000.0), (2, 1.0), (3, 0.001), (0, 1.0)])
def test_units(tmp_path, code, mm):
    path = nifti(tmp_path / "a.nii.gz", DATA, np.diag([2.0, 2, 2, 1]), xyzt_units=code)
    np.testing.assert_allclose(stored_of(path).affine.diagonal(), [2 * mm, 2 * mm, 2 * mm, 1])


def test_a_fourth_axis_is_channels_and_a_single_slice_is_flat(tmp_path):
    four = np.arange(48, dtype=np.float32).reshape(2, 3, 4, 2)
    stored = stored_of(nifti(tmp_path / "a.nii", four))
    assert (stored.shape, stored.channels, stored.dropped) == ((2, 3, 4), 2, None)
    np.testing.assert_array_equal(stored.load(), four)
    vector = stored_of(nifti(tmp_path / "b.nii", four.reshape(2, 3, 4, 1, 2)))
    np.testing.assert_array_equal(vector.load(), four)
    assert stored_of(nifti(tmp_path / "c.nii", DATA[..., :1])).dropped == 2
    with pytest.raises(BadPicture, match=r"has 5 axes \(2 x 3 x 2 x 2 x 2\)"):
        stored_of(nifti(tmp_path / "d.nii", np.zeros((2, 3, 2, 2, 2), np.uint8)))


def test_colours_and_both_versions_and_both_orders_of_bytes(tmp_path):
    colours = np.zeros((2, 3, 4), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    colours["G"] = 7
    stored = stored_of(nifti(tmp_path / "a.nii", colours))
    assert stored.channels == 3
    assert stored.load()[0, 0, 0].tolist() == [0, 7, 0]
    for kind in (nibabel.Nifti2Image, nibabel.Nifti1Image):
        for order in "<>":
            image = kind(DATA, np.eye(4), kind.header_class(endianness=order))
            nibabel.save(image, tmp_path / "b.nii")
            np.testing.assert_array_equal(stored_of(tmp_path / "b.nii").load()[..., 0], DATA)


def test_what_is_not_read_is_refused_with_the_reason(tmp_path):
    with pytest.raises(BadPicture, match="holds numbers of the kind complex64"):
        stored_of(nifti(tmp_path / "a.nii", DATA.astype(np.complex64)))
    nibabel.save(nibabel.Nifti1Pair(DATA, np.eye(4)), tmp_path / "b.img")
    with pytest.raises(BadPicture, match="one half of a pair"):
        stored_of(tmp_path / "b.hdr")
    (tmp_path / "c.nii").write_bytes(b"\0" * 400)
    with pytest.raises(BadPicture, match="is no NIfTI file"):
        stored_of(tmp_path / "c.nii")


def test_a_bomb_is_refused_before_memory_is_taken(tmp_path):
    header = nibabel.Nifti2Header()
    header.set_data_dtype(np.uint8)
    header.set_data_shape((60_000, 60_000, 60_000))
    header["vox_offset"] = 544
    (tmp_path / "bomb.nii").write_bytes(header.binaryblock + b"\0" * 100)
    with pytest.raises(BadPicture, match="60000 x 60000 x 60000 voxels"):
        stored_of(tmp_path / "bomb.nii")
    header.set_data_shape((1000, 1000, 10))
    for name, pack in (("cut.nii", bytes), ("cut.nii.gz", gzip.compress)):
        (tmp_path / name).write_bytes(pack(header.binaryblock + b"\0" * 100))
        with pytest.raises(BadPicture, match="is cut off"):
            stored_of(tmp_path / name).load()
    header["vox_offset"] = 2**40
    (tmp_path / "far.nii").write_bytes(header.binaryblock)
    with pytest.raises(BadPicture, match="voxels begin at byte"):
        stored_of(tmp_path / "far.nii")


def test_nibabels_own_files_read_as_nibabel_reads_them():
    from pathlib import Path

    read = 0
    for path in sorted((Path(nibabel.__file__).parent / "tests" / "data").glob("*.nii*")):
        if ".dconn" in path.name:
            continue
        image = nibabel.load(path)
        stored = stored_of(path)
        np.testing.assert_allclose(stored.affine, image.affine)
        theirs = np.asarray(image.get_fdata()).reshape(*stored.shape, stored.channels)
        np.testing.assert_allclose(stored.load(), theirs, rtol=1e-6)
        read += 1
    if not read:
        pytest.skip("nibabel was installed without its test files")


def test_packed_or_not(tmp_path):
    path = nifti(tmp_path / "a.nii.gz", DATA)
    with opened(str(path)) as file:
        assert is_nifti(file.read(352))
    assert not is_nifti(path.read_bytes()[:352])
