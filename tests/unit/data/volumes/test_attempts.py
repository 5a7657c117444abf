import numpy as np
import pytest

from foveal.core.errors import DataError
from foveal.data.images.records import Place
from foveal.data.volumes.attempts import VolumeAttempts, is_one, volumes_at
from foveal.data.volumes.rule import make_volume_rule

from .made import dicom, nifti, slices


def test_what_is_no_volume_is_a_row_of_zeros_and_told(tmp_path):
    nifti(tmp_path / "a.nii", np.full((2, 3, 4), 7, np.int16))
    (tmp_path / "b.nii").write_bytes(b"no")
    places = [Place(str(tmp_path / name), name) for name in ("a.nii", "b.nii", "c.nii", "a.nii")]
    rows = VolumeAttempts(places, make_volume_rule(channels=1, size=(2, 3, 4)))
    assert (rows.shape, rows.ndim, len(rows), rows.dtype) == ((4, 2, 3, 4, 1), 5, 4, np.float32)
    assert rows[1:4].reshape(3, -1).max(axis=1).tolist() == [0, 0, 7]
    assert rows.problems[1].startswith("is no NIfTI file")
    assert rows.problems[2] == "is no file or folder"
    with pytest.raises(DataError, match="it answers one volume at a time"):
        VolumeAttempts(places, make_volume_rule(channels=1))


def test_paths_that_lead_to_volumes(tmp_path):
    slices(tmp_path / "all" / "series")
    nifti(tmp_path / "all" / "x.nii", np.zeros((2, 2, 2), np.uint8))
    (tmp_path / "t.csv").write_text("path\nall/x.nii\n")
    given = {"all": ["series", "x.nii"], "all/series": ["series"], "all/x.nii": ["x.nii"], "t.csv": ["x.nii"]}
    for path, names in given.items():
        found = volumes_at(tmp_path / path, slices=False)
        assert [place.name.rpartition("/")[2] for place in found] == names
    assert len(volumes_at(tmp_path / "all" / "series", slices=True)) == 4
    with pytest.raises(DataError, match=r"INPUT: there is no file or folder .*y.nii"):
        volumes_at(tmp_path / "all" / "y.nii", slices=False)


def test_one_volume_or_rows(tmp_path):
    dicom(tmp_path / "IM1", np.zeros((2, 3), np.int16))
    for name, shape in (("volume.npy", (2, 3, 4)), ("rows.npy", (2, 2, 3, 4, 1))):
        np.save(tmp_path / name, np.zeros(shape))
    (tmp_path / "bad.npy").write_bytes(b"no")
    names = ("IM1", "a.nii.gz", "volume.npy", "rows.npy", "bad.npy", "x.png")
    assert [is_one(tmp_path / name) for name in names] == [True, True, True, False, False, False]
