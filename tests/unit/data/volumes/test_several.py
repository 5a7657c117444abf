import numpy as np
import pytest

from foveal.core.errors import DataError
from foveal.data.volumes.several import read_volumes

from .made import nifti


def test_scans_and_masks_of_their_own_sizes_on_the_same_grids(tmp_path):
    for depth in (4, 6):
        data = np.arange(depth * 20, dtype=np.float32).reshape(depth, 4, 5)
        nifti(tmp_path / "scans" / f"{depth}.nii", data, np.diag([-2.0, 1, 1, 1]))
        nifti(tmp_path / "masks" / f"{depth}.nii", (data > 30).astype(np.uint8), np.diag([-2.0, 1, 1, 1]))
    scans, rule = read_volumes(tmp_path / "scans", spacing=(1, 1, 1), window=(20, 40))
    masks, _ = read_volumes(tmp_path / "masks", input_rule=rule, labels=True)
    assert [scan.shape for scan in scans] == [mask.shape for mask in masks] == [(8, 4, 5, 1), (12, 4, 5, 1)]
    assert all((a.affine == b.affine).all() for a, b in zip(scans, masks, strict=True))
    assert set(np.unique(masks[0].values)) == {0, 1}
    assert all(0 <= scan.values.min() < scan.values.max() <= 1 for scan in scans)


def test_bad_ones_stop_or_are_left_out(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((2, 3, 4)))
    np.save(tmp_path / "b.npy", np.full((2, 3, 4), np.nan))
    (tmp_path / "c.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(DataError, match=r"1 of 3 files is no volume.*\n  c\.npy: "):
        read_volumes(tmp_path)
    volumes, _ = read_volumes(tmp_path, on_bad="skip")
    assert [volume.name for volume in volumes] == ["a.npy"]
    with pytest.raises(DataError, match="is no volume"):
        read_volumes([tmp_path / "c.npy"], on_bad="skip")
