import numpy as np
import pytest

from foveal.data.images.records import BadPicture
from foveal.data.volumes.dicom.series import files_in, seems_dicom, stored_file, stored_series
from foveal.data.volumes.formats import stored_of

from ..made import dicom, pydicom, slices


def test_slices_are_sorted_by_where_they_lie_not_by_name(tmp_path):
    stored = stored_series(str(slices(tmp_path / "s", count=5)))
    assert (stored.shape, stored.channels, stored.oriented, stored.dropped) == ((5, 3, 5), 1, True, None)
    assert stored.load()[0, 0, :, 0].tolist() == [0, 1, 2, 3, 4]
    assert stored.affine.diagonal().tolist() == [-0.8, -0.5, 2, 1]
    assert stored.affine[:3, 3].tolist() == [-10, -20, 30]


def test_columns_rows_slices(tmp_path):
    pixels = np.arange(15, dtype=np.int16).reshape(3, 5)
    placed = {"ImagePositionPatient": [0, 0, 0], "ImageOrientationPatient": [1, 0, 0, 0, 1, 0], "PixelSpacing": [1, 1]}
    stored = stored_file(str(dicom(tmp_path / "a.dcm", pixels, **placed)))
    assert (stored.shape, stored.dropped) == ((5, 3, 1), 2)
    np.testing.assert_array_equal(stored.load()[:, :, 0, 0], pixels.T)


def test_several_series_are_listed_and_chosen_among(tmp_path):
    slices(tmp_path, count=3, names=["a1", "a2", "a3"], series="1.2.777.1")
    slices(tmp_path, count=4, names=["b1", "b2", "b3", "b4"], series="1.2.777.2")
    with pytest.raises(BadPicture) as bad:
        stored_of(tmp_path)
    assert str(bad.value) == (
        "holds 2 series, choose one, such as series=1 (1: 3 files of 5 x 3 pixels, a1 first; 2: 4 files of 5 x 3 "
        "pixels, b1 first)"
    )
    assert stored_of(tmp_path, series=2).shape == (5, 3, 4)
    assert stored_of(tmp_path, series="1.2.777.1").shape == (5, 3, 3)
    for wrong, words in ((3, "must be one of their numbers, got 3"), ("1.2", "none of them has the identifier")):
        with pytest.raises(BadPicture, match=words):
            stored_of(tmp_path, series=wrong)


def test_what_is_no_image_is_left_out_and_told_what_is_damaged_is_not(tmp_path):
    slices(tmp_path, count=3)
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "DICOMDIR").write_bytes(b"\0" * 128 + b"DICM")
    report = pydicom.dcmread(tmp_path / "00.dcm")
    del report.Rows
    report.save_as(tmp_path / "report.dcm")
    stored = stored_of(tmp_path)
    assert stored.shape == (5, 3, 3)
    assert stored.said == ("left out 1 file without an image: 'report.dcm'",)
    cut = (tmp_path / "07.dcm").read_bytes()
    (tmp_path / "07.dcm").write_bytes(cut[:-10])
    with pytest.raises(BadPicture, match=r"07\.dcm in it is cut off"):
        stored_of(tmp_path).load()


def test_slices_that_do_not_belong_together(tmp_path):
    slices(tmp_path / "a", count=3)
    dicom(tmp_path / "a" / "other.dcm", np.zeros((4, 4), np.int16))
    with pytest.raises(BadPicture, match=r"slices of different kinds.*00\.dcm and other\.dcm"):
        stored_of(tmp_path / "a")
    for name in ("1.dcm", "2.dcm"):
        dicom(tmp_path / "b" / name, np.zeros((4, 4), np.int16))
    with pytest.raises(BadPicture, match="do not say where they lie"):
        stored_of(tmp_path / "b")
    for name in ("1.dcm", "2.dcm"):
        dicom(tmp_path / "c" / name, np.zeros((2, 4, 4), np.int16))
    with pytest.raises(BadPicture, match="several files of many frames"):
        stored_of(tmp_path / "c")


def test_a_file_of_many_frames_that_lie_in_any_order(tmp_path):
    frames = []
    for z in (4, 0, 2):
        frame, plane = pydicom.Dataset(), pydicom.Dataset()
        plane.ImagePositionPatient = [0, 0, z]
        frame.PlanePositionSequence = [plane]
        frames.append(frame)
    pixels = np.stack([np.full((3, 5), z, np.int16) for z in (4, 0, 2)])
    placed = {"ImageOrientationPatient": [1, 0, 0, 0, 1, 0], "PixelSpacing": [1, 1]}
    path = dicom(tmp_path / "a.dcm", pixels, PerFrameFunctionalGroupsSequence=frames, **placed)
    stored = stored_of(path)
    assert (stored.shape, stored.affine[2, 2]) == ((5, 3, 3), 2)
    assert stored.load()[0, 0, :, 0].tolist() == [0, 2, 4]


def test_frames_without_places_stay_as_they_are(tmp_path):
    pixels = np.arange(30, dtype=np.uint8).reshape(2, 3, 5)
    stored = stored_of(dicom(tmp_path / "a.dcm", pixels, PixelSpacing=[0.5, 0.8]))
    assert (stored.shape, stored.oriented, stored.dropped) == ((2, 3, 5), False, None)
    assert stored.affine.diagonal().tolist() == [1, 0.5, 0.8, 1]
    np.testing.assert_array_equal(stored.load()[..., 0], pixels)
    assert stored.said == ("says nothing of directions",)


def test_which_files_are_dicom(tmp_path):
    slices(tmp_path, count=2, names=["1.2.840.5", "x.DCM"])
    (tmp_path / "notes.txt").write_text("hello")
    assert [path.rsplit("/", 1)[1] for path in files_in(str(tmp_path))] == ["1.2.840.5", "x.DCM"]
    assert not seems_dicom(str(tmp_path / "notes.txt"))
    assert not seems_dicom(str(tmp_path / "nothing"))
