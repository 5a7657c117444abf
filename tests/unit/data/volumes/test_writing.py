from itertools import permutations, product

import numpy as np
import pytest

from foveal.core.errors import ParameterError, ShapeError
from foveal.data.volumes.open import answer_file, open_volume
from foveal.data.volumes.rule import make_volume_rule
from foveal.data.volumes.writing import on_own_grid, write_like

from .made import dicom, nibabel, nifti, slices

DATA = np.random.default_rng(0).integers(0, 9, (4, 5, 6)).astype(np.uint8)


@pytest.mark.parametrize("worlds", list(permutations(range(3))))
def test_nifti_in_all_48_orders_of_axes_as_nibabel_turns_them_and_back(tmp_path, worlds):
    seen = set()
    for signs in product((1, -1), repeat=3):
        affine = np.zeros((4, 4))
        affine[3] = 0, 0, 0, 1
        affine[:3, 3] = -8.5, 12, 40
        for axis, (world, sign, mm) in enumerate(zip(worlds, signs, (2.0, 1.0, 0.5), strict=True)):
            affine[world, axis] = sign * mm
        path = nifti(tmp_path / "a.nii", DATA, affine)
        seen.add(nibabel.aff2axcodes(affine))
        scan, theirs = open_volume(path), nibabel.as_closest_canonical(nibabel.load(path))
        np.testing.assert_array_equal(scan.values[..., 0], theirs.get_fdata())
        np.testing.assert_allclose(scan.affine, theirs.affine)
        assert scan.spacing == tuple(np.array((2.0, 1.0, 0.5))[np.argsort(worlds)])
        write_like(scan.values[..., 0].astype(int), scan, tmp_path / "b.nii.gz")
        back = nibabel.load(tmp_path / "b.nii.gz")
        np.testing.assert_array_equal(np.asarray(back.dataobj), DATA)
        np.testing.assert_array_equal(back.affine, nibabel.load(path).affine)
    assert len(seen) == 8


def test_the_geometry_is_written_as_it_was_and_nothing_else(tmp_path):
    image = nibabel.Nifti1Image(DATA, None)
    image.set_qform(np.array([[0, -2.0, 0, 1], [1, 0, 0, 2], [0, 0, 3, 3], [0, 0, 0, 1]]), 1)
    image.set_sform(np.array([[0.1, -2, 0, 1], [1, 0.2, 0, 2], [0, 0, 3, 3], [0, 0, 0, 1]]), 4)
    image.header["xyzt_units"], image.header["descrip"] = 3, b"SMITH^ANNA"
    nibabel.save(image, tmp_path / "a.nii")
    scan = open_volume(tmp_path / "a.nii")
    write_like(np.zeros(scan.shape[:3], bool), scan, tmp_path / "b.nii")
    old, new = (nibabel.load(tmp_path / name).header for name in ("a.nii", "b.nii"))
    for name in ("qform_code", "sform_code", "quatern_b", "qoffset_x", "srow_x", "srow_y", "xyzt_units"):
        np.testing.assert_array_equal(old[name], new[name])
    np.testing.assert_array_equal(old["pixdim"][:4], new["pixdim"][:4])
    assert b"SMITH" not in (tmp_path / "b.nii").read_bytes()
    assert new.get_data_dtype() == np.uint8


@pytest.mark.parametrize("size", [(12, 10, 3), (3, 20, 20)])
def test_an_answer_on_another_grid_lies_over_the_file(tmp_path, size):
    inside = np.zeros((12, 10, 8), np.float32)
    inside[4:8, 3:7, 2:6] = 1
    affine = np.array([[0, 0, 2.0, -5], [-1, 0, 0, 3], [0, 1.5, 0, 7], [0, 0, 0, 1]])
    path = nifti(tmp_path / "a.nii.gz", inside, affine)
    scan = open_volume(path, spacing=(1, 0.5, 0.75), labels=True)
    write_like(scan.values[..., 0], scan, tmp_path / "b.nii.gz")
    back = np.asarray(nibabel.load(tmp_path / "b.nii.gz").dataobj)
    np.testing.assert_array_equal(back, inside)
    cut = open_volume(path, size=size)
    write_like(np.ones(size, int), cut, tmp_path / "c.nii.gz")
    back = np.asarray(nibabel.load(tmp_path / "c.nii.gz").dataobj)
    kept = tuple(min(new, old) for new, old in zip(size, (8, 12, 10), strict=True))  # R, A, S of the file's K, I, J
    assert back.sum() == np.prod(kept)


def test_numbers_of_each_class_become_a_fourth_axis(tmp_path):
    scan = open_volume(nifti(tmp_path / "a.nii", DATA))
    scores = np.random.default_rng(0).random((4, 5, 6, 3))
    write_like(scores, scan, tmp_path / "b.nii")
    back = nibabel.load(tmp_path / "b.nii")
    assert (back.shape, back.get_data_dtype()) == ((4, 5, 6, 3), np.float32)
    np.testing.assert_allclose(back.get_fdata(), scores, rtol=1e-6)


def test_dicom_gets_a_matrix_that_lies_over_it(tmp_path):
    scan = open_volume(slices(tmp_path / "s", count=4))
    assert scan.shape == (5, 3, 4, 1)
    labels = scan.values[..., 0] == 2
    write_like(labels, scan, tmp_path / "b.nii.gz")
    back = nibabel.load(tmp_path / "b.nii.gz")
    np.testing.assert_allclose(back.affine, scan.origin.affine, atol=1e-6)
    where = back.affine @ [*np.argwhere(np.asarray(back.dataobj))[0], 1]
    assert where[2] == 34  # the slice of twos lies 2 x 2 mm above the first, at 30 mm
    single = open_volume(tmp_path / "s" / "00.dcm")
    assert (single.shape, single.code) == ((5, 3, 1), "RAS")
    write_like(single.values[..., 0], single, tmp_path / "c.nii")
    assert nibabel.load(tmp_path / "c.nii").shape == (5, 3, 1)


def test_tiff_and_npy_in_the_order_of_the_file(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    stack = np.arange(24, dtype=np.uint16).reshape(2, 3, 4)
    tifffile.imwrite(
        tmp_path / "a.tif",
        stack,
        imagej=True,
        resolution=(4, 2),
        metadata={"spacing": 3.0, "unit": "mm", "axes": "ZYX"},
    )
    scan = open_volume(tmp_path / "a.tif")
    assert scan.spacing == (3, 0.5, 0.25)
    write_like(scan.values[..., 0].astype(int), scan, tmp_path / "b.tif")
    again = open_volume(tmp_path / "b.tif")
    np.testing.assert_array_equal(again.values, scan.values)
    assert again.spacing == scan.spacing
    scores = np.random.default_rng(0).random((2, 3, 4, 2)).astype(np.float32)
    write_like(scores, scan, tmp_path / "c.tif")
    np.testing.assert_array_equal(open_volume(tmp_path / "c.tif").values, scores)
    with pytest.raises(ShapeError, match="labels from 0 to 65535, got 0 to 70000"):
        write_like(np.array([0, 70_000] * 12).reshape(2, 3, 4), scan, tmp_path / "d.tif")
    write_like(scan.values[..., 0].astype(int), scan, tmp_path / "b.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "b.npy"), stack)
    picture = open_volume(dicom(tmp_path / "x.dcm", stack[0]))
    write_like(picture.values[..., 0].astype(int), picture, tmp_path / "x.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy")[0], stack[0])


def test_what_is_refused(tmp_path):
    scan = open_volume(nifti(tmp_path / "a.nii", DATA))
    with pytest.raises(ParameterError, match=r"path must end in one of \.nii, .*, got 'b\.png'"):
        write_like(DATA, scan, tmp_path / "b.png")
    with pytest.raises(ShapeError, match=r"the volume's shape \(4, 5, 6\), or one axis more, got \(4, 5\)"):
        on_own_grid(DATA[..., 0], scan)
    with pytest.raises(ShapeError, match="range of int32"):
        on_own_grid(np.full(DATA.shape, 2**40), scan)
    with pytest.raises(ShapeError, match="must be numbers"):
        on_own_grid(DATA.astype(str), scan)
    assert not list(tmp_path.glob("b.*"))


def test_a_file_is_answered_by_a_models_rule(tmp_path):
    path = nifti(tmp_path / "a.nii.gz", DATA, np.diag([-1.0, 1, 1, 1]))
    rule = make_volume_rule(channels=1)
    answer_file(path, rule, lambda volume: volume.values[..., 0] > 4, tmp_path / "b.nii.gz")
    np.testing.assert_array_equal(np.asarray(nibabel.load(tmp_path / "b.nii.gz").dataobj), DATA > 4)
