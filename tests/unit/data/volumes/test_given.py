import numpy as np
import pytest

from foveal.core.errors import DataError, DataTypeError, ShapeError
from foveal.data.volumes.given import volumes_given
from foveal.data.volumes.open import open_volume
from foveal.data.volumes.rule import make_volume_rule

from .made import dicom, nifti, slices

RULE = make_volume_rule(channels=1, size=(5, 3, 2))


def test_files_folders_series_volumes_and_arrays(tmp_path):
    series = slices(tmp_path / "s", count=2)
    path = nifti(tmp_path / "n" / "a.nii", np.ones((5, 3, 2), np.float32))
    rows = volumes_given([str(series), path, open_volume(path), tmp_path / "n"], RULE)
    assert len(rows) == 4
    assert rows.form[0].shape == (1, 5, 3, 2)
    assert rows.read(np.arange(4))[0][:, 0, 0, 1, 0].tolist() == [1, 1, 1, 1]
    assert len(volumes_given(str(series), RULE)) == 1
    assert len(volumes_given(tmp_path, RULE)) == 2
    assert len(volumes_given(np.zeros((3, 5, 3, 2, 1)), RULE)) == 3


def test_where_the_rule_is_for_slices_each_file_is_a_row(tmp_path):
    for name in ("a.dcm", "b.dcm"):
        dicom(tmp_path / "x" / name, np.zeros((4, 4), np.uint8))
    assert len(volumes_given(tmp_path / "x", make_volume_rule(channels=1, size=(4, 4)))) == 2


def test_what_is_refused(tmp_path):
    for X, words in {
        7: "must be files",
        ("a", 5): "there is no file",
        (5,): "must hold paths",
        (): "holds no volume",
    }.items():
        with pytest.raises(DataError, match=words):
            volumes_given(X, RULE)
    with pytest.raises(ShapeError, match=r"rows of shape \(5, 3, 2, 1\)"):
        volumes_given(np.zeros((3, 5, 3, 3, 1)), RULE)
    with pytest.raises(DataError, match="one volume at a time"):
        volumes_given([], make_volume_rule(channels=1))
    assert issubclass(DataTypeError, DataError)
