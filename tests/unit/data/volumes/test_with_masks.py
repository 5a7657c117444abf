import numpy as np
import pytest

from foveal import CNNSegmenter, open_volumes
from foveal.core.errors import DataError, ParameterError
from foveal.data.volumes.with_masks import stem_of

from .made import nifti
from .masks_made import affine, folders, opened, scene

tifffile = pytest.importorskip("tifffile")


def test_masks_lie_over_their_volumes_whichever_way_these_are_stored(tmp_path):
    rows, said = opened(folders(tmp_path))
    assert (rows.shape, rows.y.shape, rows.y.dtype) == ((12, 12, 10, 8, 1), (12, 12, 10, 8), np.uint8)
    assert rows.split.tolist() == ["test"] * 6 + ["train"] * 6
    assert rows.class_names is None
    for row in range(12):
        values, mask = np.asarray(rows[row])[..., 0], rows.y[row]
        assert values[mask == 1].min() > values[mask == 0].mean()
        seed = row % 6 + 100 * (row < 6)
        stored = scene(seed)[1]
        np.testing.assert_array_equal(mask, stored[::-1] if row % 2 else stored)
    assert any("12 volumes with masks" in line for line in said)


def test_sizes_that_differ_are_cut_and_filled_with_what_does_not_count(tmp_path):
    folders(tmp_path, 2, parts=("",))
    volume, mask = scene(5, (9, 12, 8))
    nifti(tmp_path / "scans" / "x.nii", volume)
    nifti(tmp_path / "masks" / "x_seg.nii", mask)
    with pytest.raises(DataError, match=r"x.nii: has no mask"):
        opened(tmp_path)
    (tmp_path / "masks" / "x_seg.nii").rename(tmp_path / "masks" / "x.nii")
    rows, _ = opened(tmp_path, size=(12, 10, 8))
    assert rows.ignored == 255
    last = rows.y[2]
    assert (last[0] == 255).all()
    assert not (last[1:10] == 255).any()


def test_the_grid_that_is_asked_for_is_that_of_masks_too(tmp_path):
    rows, _ = opened(folders(tmp_path, 3, parts=("",)), spacing=(2, 2, 2), size=(6, 5, 8))
    stored = scene(0)[1]
    np.testing.assert_array_equal(rows.y[0], stored[1::2, 1::2])


def test_own_sizes_and_patches(tmp_path):
    folders(tmp_path, 3, parts=("",))
    volume, mask = scene(5, (9, 12, 8))
    nifti(tmp_path / "scans" / "x.nii", volume)
    nifti(tmp_path / "masks" / "x.nii", mask)
    rows, said = opened(tmp_path, size="own")
    assert "size='own': none is changed" in said[1]
    assert [row.shape for row in rows] == [(12, 10, 8, 1)] * 3 + [(9, 12, 8, 1)]
    assert rows.input_rule[3]["to"] is None
    assert rows.patches(6).form[0].sizes == (1, 6, 6, 6)
    model = CNNSegmenter(net="unet(depth=1, width=2)", patch=6, n_epochs=1, valid_size=0, random_state=0)
    found = model.fit(rows, rows.y).predict(rows)
    assert [mask.shape for mask in found] == [row.shape[:-1] for row in rows]


WRONG = {
    "another size": (lambda m, a: (m[:-1], a), "is a mask of 11 x 10 x 8 voxels, and its volume has 12 x 10 x 8"),
    "elsewhere": (lambda m, a: (m, a + _moved(5)), "lies elsewhere than its volume: a"),
    "with a point": (lambda m, a: (m * 0.5, a), "is no mask: its voxels are not whole numbers"),
    "below zero": (lambda m, a: (m.astype(np.int16) * -1, a), "has the label -1, which must be from 0 to 65535"),
    "channels": (lambda m, a: (np.stack([m, m], -1), a), "has 2 channels, and a mask has one"),
    "nothing counts": (lambda m, a: (m * 0 + 255, a), "says nothing: each pixel has the label 255"),
}  # fmt: skip


def _moved(mm):
    found = np.zeros((4, 4))
    found[0, 3] = mm
    return found


@pytest.mark.parametrize("case", WRONG)
def test_wrong_masks_are_one_line_each_with_the_file(tmp_path, case):
    change, reason = WRONG[case]
    folders(tmp_path, 3, parts=("",))
    mask, matrix = change(scene(1)[1], affine(1))
    nifti(tmp_path / "masks" / "1.nii.gz", mask, matrix)
    how = {"ignore": 255} if case == "nothing counts" else {}
    with pytest.raises(DataError) as error:
        opened(tmp_path, **how)
    first, *lines = str(error.value).splitlines()
    assert first.startswith("1 of 3 volumes and their masks cannot be used")
    assert len(lines) == 1
    assert lines[0].startswith(f"  masks/1.nii.gz: {reason}")
    rows, said = opened(tmp_path, **how, on_bad="skip")
    assert (len(rows), len(rows.skipped)) == (2, 1)
    assert reason in said[-1]


def test_missing_and_spare_masks_and_what_is_damaged_are_told_together(tmp_path):
    folders(tmp_path, 4, parts=("",))
    (tmp_path / "masks" / "0.nii.gz").rename(tmp_path / "masks" / "9.nii.gz")
    (tmp_path / "masks" / "2.nii.gz").write_bytes(b"no")
    (tmp_path / "scans" / "3.nii.gz").write_bytes(b"no")
    with pytest.raises(DataError) as error:
        opened(tmp_path)
    lines = [line.strip().partition(": ")[0] for line in str(error.value).splitlines()[1:]]
    assert lines == ["0.nii.gz", "masks/2.nii.gz", "3.nii.gz", "masks/9.nii.gz"]
    assert "is a mask without a volume" in str(error.value)


def test_stacks_have_masks_that_are_stacks(tmp_path):
    volume, mask = scene(0)
    for n in range(2):
        for kind, data in (("scans", volume.astype(np.uint16)), ("masks", mask)):
            (tmp_path / kind).mkdir(exist_ok=True)
            tifffile.imwrite(tmp_path / kind / f"{n}.tif", data, imagej=True, metadata={"axes": "ZYX"})
    rows, _ = opened(tmp_path)
    np.testing.assert_array_equal(rows.y[0], mask)
    (tmp_path / "masks" / "1.tif").unlink()
    np.save(tmp_path / "masks" / "1.npy", mask)
    np.testing.assert_array_equal(opened(tmp_path)[0].y[1], mask)
    (tmp_path / "masks" / "1.npy").unlink()
    nifti(tmp_path / "masks" / "1.nii", mask)
    with pytest.raises(DataError, match=r"masks/1.nii: knows directions, and its volume does not; write it with the"):
        opened(tmp_path)


def test_a_mask_that_knows_no_directions_says_so(tmp_path):
    folders(tmp_path, 2, parts=("",))
    (tmp_path / "masks" / "1.nii.gz").unlink()
    np.save(tmp_path / "masks" / "1.npy", scene(1)[1])
    with pytest.raises(DataError, match=r"masks/1.npy: knows no directions, and its volume does; write it with"):
        opened(tmp_path)


def test_what_is_said_of_masks_needs_masks(tmp_path):
    with pytest.raises(ParameterError, match="ignore says what masks hold, and there are none"):
        open_volumes(tmp_path, ignore=3)
    with pytest.raises(ParameterError, match="size='own' is for volumes with masks"):
        open_volumes(tmp_path, size="own")


def test_names_without_endings():
    names = ["a/T1.NII.GZ", "T1.nii", "1.2.840", "x.tif"]
    assert [stem_of(name) for name in names] == ["a/T1", "T1", "1.2.840", "x"]
