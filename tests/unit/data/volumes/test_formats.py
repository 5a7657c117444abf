import numpy as np
import pytest

from foveal.data.images.records import BadPicture
from foveal.data.volumes.formats import is_volume, stored_of

from .made import dicom, nifti, slices

PIXELS = np.arange(15, dtype=np.int16).reshape(3, 5)


def test_a_file_is_known_by_what_is_in_it(tmp_path):
    kinds = {
        dicom(tmp_path / "no_ending", PIXELS): "dicom",
        dicom(tmp_path / "named.tif", PIXELS): "dicom",
        nifti(tmp_path / "a.nii.gz", PIXELS[..., None]).rename(tmp_path / "odd"): "nifti",
        slices(tmp_path / "series"): "dicom",
    }
    np.save(tmp_path / "a.npy", PIXELS)
    kinds[(tmp_path / "a.npy").rename(tmp_path / "a.dat")] = "npy"
    assert {path: stored_of(path).kind for path in kinds} == kinds


def test_what_is_none_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text("hello")
    (tmp_path / "empty.nii").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    dicom(tmp_path / "one.dcm", PIXELS)
    for name, words in {
        "a.txt": "is of no known format; volumes are read from DICOM",
        "empty.nii": "is no NIfTI file",
        "folder": "is a folder without a DICOM image",
        "nothing": "is no file or folder",
    }.items():
        with pytest.raises(BadPicture, match=words):
            stored_of(tmp_path / name)
    with pytest.raises(BadPicture, match="is one file, and series= chooses"):
        stored_of(tmp_path / "one.dcm", series=1)


def test_endings():
    assert [is_volume(name) for name in ("a.nii", "b/A.NII.GZ", "a.dcm", "a.gz", "a.png", "nii")] == [True] * 3 + [
        False
    ] * 3
