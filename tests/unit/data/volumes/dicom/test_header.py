import numpy as np
import pytest

from foveal.data.images.records import BadPicture
from foveal.data.volumes.damage import damage_told
from foveal.data.volumes.dicom import header as header_module
from foveal.data.volumes.dicom.header import is_dicom, read_dataset, read_header

from ..made import dataset, dicom, pydicom

PIXELS = np.arange(15, dtype=np.int16).reshape(3, 5)


def test_what_a_header_says(tmp_path):
    header = read_header(str(dicom(tmp_path / "a.dcm", np.stack([PIXELS] * 4))))
    assert (header.rows, header.columns, header.frames, header.channels) == (3, 5, 4, 1)
    assert header.form[3:] == (16, 16, "MONOCHROME2", 1)
    assert is_dicom(header.path)


def test_no_other_element_is_read(tmp_path):
    dicom(tmp_path / "a.dcm", PIXELS, PatientName="SMITH^ANNA", PatientComments="SMITH^ANNA", StudyDate="20200101")
    for pixels in (True, False):
        assert "SMITH" not in str(read_dataset(str(tmp_path / "a.dcm"), pixels=pixels))


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        ({"Rows": None}, "DICOM without an image"),
        ({"BitsAllocated": None}, "has no BitsAllocated"),
        ({"SamplesPerPixel": 7}, "has 7 samples of 16 bits"),
        ({"BitsAllocated": 12}, "1 samples of 12 bits"),
        ({"Rows": 60_000, "Columns": 60_000}, "1 x 60000 x 60000 voxels, at most"),
        ({"NumberOfFrames": 2**31 - 1}, "voxels, at most"),
        ({"Rows": 0}, "has no voxels"),
    ],
)
def test_what_is_refused_from_the_header(tmp_path, elements, words):
    with pytest.raises(BadPicture, match=words):
        read_header(str(dicom(tmp_path / "a.dcm", PIXELS, **elements)))


def test_a_file_without_preamble_is_read_too(tmp_path):
    made = dataset(PIXELS)
    del made.file_meta
    made.save_as(tmp_path / "a.dcm", implicit_vr=True, little_endian=True)
    assert not is_dicom(str(tmp_path / "a.dcm"))
    assert read_header(str(tmp_path / "a.dcm")).rows == 3


def test_a_deflated_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    made = dataset(np.zeros((2000, 2000), np.uint8), syntax="1.2.840.10008.1.2.1.99")
    made.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    assert read_header(str(tmp_path / "a.dcm")).rows == 2000
    monkeypatch.setattr(header_module, "MOST_VALUES", 2**18)
    with pytest.raises(BadPicture, match="unpacks to more than 1,048,576 bytes"):
        read_header(str(tmp_path / "a.dcm"))


def test_nonsense_is_told(tmp_path):
    (tmp_path / "a.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 50)
    with pytest.raises(BadPicture), damage_told():
        read_header(str(tmp_path / "a.dcm"))
    assert pydicom.__version__
