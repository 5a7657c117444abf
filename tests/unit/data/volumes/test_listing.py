import numpy as np
import pytest

from foveal.core.errors import DataError, ParameterError
from foveal.data.volumes.listing import list_volumes

from .made import dicom, nifti, slices

DATA = np.zeros((2, 3, 4), np.uint8)


def names(listing):
    return [place.name for place in listing.places]


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "data"
    nifti(root / "ill" / "a.nii.gz", DATA)
    slices(root / "ill" / "patient" / "t1", count=2)
    slices(root / "well" / "7", count=2, names=["1.2.3", "1.2.4"])
    dicom(root / "well" / "xray.dcm", DATA[0])
    (root / "well" / "7" / "DICOMDIR").write_bytes(b"\0" * 128 + b"DICM")
    (root / "well" / "notes.txt").write_text("hello")
    return root


def test_class_folders_with_files_and_series(folder):
    said = []
    listing = list_volumes(folder, told=said.append)
    assert names(listing) == ["ill/a.nii.gz", "ill/patient/t1", "well/7", "well/xray.dcm"]
    assert (listing.class_names, listing.y.tolist()) == (("ill", "well"), [0, 0, 1, 1])
    assert any("notes.txt" in sentence for sentence in said)


def test_parts(folder):
    for part in ("train", "test"):
        for name in ("ill", "well"):
            slices(folder.parent / "parts" / part / name / "p", count=2)
            nifti(folder.parent / "parts" / part / name / "b.nii", DATA)
    listing = list_volumes(folder.parent / "parts")
    assert listing.split.tolist() == ["train"] * 4 + ["test"] * 4
    assert names(listing)[:2] == ["train/ill/b.nii", "train/ill/p"]


def test_all_that_lie_in_a_folder(folder):
    everything = list_volumes(folder, labelled=False)
    assert names(everything) == ["ill/a.nii.gz", "ill/patient/t1", "well", "well/7"]  # xray.dcm is a series of one
    each = list_volumes(folder, labelled=False, slices=True)
    assert names(each)[-3:] == ["well/7/1.2.3", "well/7/1.2.4", "well/xray.dcm"]


def test_lists_tables_patterns_and_one_file(folder):
    paths = [folder / "ill" / "a.nii.gz", folder / "well" / "7"]
    listing = list_volumes(paths, y=["x", "y"])
    assert listing.class_names == ("x", "y")
    table = folder.parent / "t.csv"
    table.write_text("scan,what\ndata/ill/a.nii.gz,x\ndata/well/7,y\n")
    read = list_volumes(table, columns={"path": "scan", "label": "what"})
    assert (names(read), read.y.tolist()) == (["data/ill/a.nii.gz", "data/well/7"], [0, 1])
    assert list_volumes(paths[0], labelled=False).places[0].path == str(paths[0])
    nifti(folder.parent / "named" / "ill_1.nii", DATA)
    assert list_volumes(folder.parent / "named", pattern="{label}_{}.nii").class_names == ("ill",)


def test_what_is_refused(folder, tmp_path):
    with pytest.raises(ParameterError, match=r"y= does not go with a folder"):
        list_volumes(folder, y=[1])
    with pytest.raises(DataError, match="unpack them"):
        list_volumes(tmp_path / "a.tar")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="expected volumes"):
        list_volumes(tmp_path / "empty", labelled=False)
    with pytest.raises(DataError, match="no labels"):
        list_volumes([folder / "ill" / "a.nii.gz"])
