import numpy as np
import pytest

from foveal.data.file_sorts import OWN, sort_of_file, sort_of_files, whose

from .volumes.made import dicom, nifti

tifffile = pytest.importorskip("tifffile")


def touch(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return str(root)


@pytest.mark.parametrize(
    ("names", "sort"),
    [
        (("a/notes.txt", "b/1.mp4"), "videos"),
        (("a/1.png", "b/1.mp4"), ""),
        (("a/notes.txt",), ""),
        ((".x/1.png", "b/1.mp4"), "videos"),
        (("a/1.wav", "b/1.png"), "sounds"),
        (("a/1.nii.gz", "b/1.png"), "volumes"),
        (("a/1.DCM",), "volumes"),
        (("a/1.tif", "b/1.nii"), ""),
    ],
)
def test_folders_are_told_by_their_first_file(tmp_path, names, sort):
    assert sort_of_files(touch(tmp_path, *names), {}) == sort


def test_dicom_needs_no_ending(tmp_path):
    dicom(tmp_path / "scans" / "IM0001", np.zeros((3, 4), np.int16))
    touch(tmp_path / "scans", "A_README")
    assert sort_of_files(str(tmp_path / "scans"), {}) == "volumes"


def test_tiff_and_npy_are_volumes_where_they_are_deep_or_a_setting_says_so(tmp_path):
    for name, shape in (("flat", (6, 7)), ("stack", (5, 6, 7))):
        (tmp_path / name).mkdir()
        tifffile.imwrite(tmp_path / name / "1.tif", np.zeros(shape, np.uint16))
    assert [sort_of_files(str(tmp_path / name), {}) for name in ("flat", "stack")] == ["", "volumes"]
    assert sort_of_files(str(tmp_path / "flat"), {"spacing": (1, 1, 1)}) == "volumes"
    np.save(tmp_path / "a.npy", np.zeros((2, 3, 4, 1)))
    np.save(tmp_path / "b.npy", np.zeros((2, 3, 4)))
    assert [sort_of_file(str(tmp_path / name)) for name in ("a.npy", "b.npy")] == ["volumes", "pictures"]
    assert sort_of_file(str(tmp_path / "b.npy"), deep=True) == "volumes"


def test_tables_are_told_by_their_first_path(tmp_path):
    nifti(tmp_path / "1.nii", np.zeros((2, 2, 2), np.uint8))
    for name, path in (("v", "1.mp4"), ("p", "1.png"), ("n", "1.nii"), ("w", "1.wav")):
        (tmp_path / f"{name}.csv").write_text(f"path,label\n{path},a\n")
    (tmp_path / "odd.csv").write_text("\0")
    found = [sort_of_files(str(tmp_path / f"{name}.csv"), {}) for name in ("v", "p", "n", "w", "odd", "none")]
    assert found == ["videos", "", "volumes", "sounds", "", ""]
    assert sort_of_files(str(tmp_path / "none.mp4"), {}) == ""


def test_settings_of_a_sort():
    assert [whose(name) for name in ("every", "spacing", "mels", "colour")] == [
        "videos",
        "volumes",
        "sounds",
        "pictures",
    ]
    assert set(OWN) == {"videos", "volumes", "sounds"}
