"""Values of DICOM files, calculated by hand."""

import numpy as np
import pytest

from foveal.data.images.records import BadPicture
from foveal.data.volumes.dicom.header import read_header
from foveal.data.volumes.dicom.pixels import frames_of

from ..made import dicom, pydicom

V = np.array([[0, 1, 2], [100, 1000, 4095]], np.uint16)


def read(path, pixels, **elements):
    return frames_of(read_header(str(dicom(path / "a.dcm", pixels, **elements))))


def test_slope_and_intercept(tmp_path):
    found = read(tmp_path, V, RescaleSlope=2, RescaleIntercept=-1024)
    assert found[0, ..., 0].tolist() == [[-1024, -1022, -1020], [-824, 976, 7166]]
    assert found.dtype == np.float32
    assert read(tmp_path, V, RescaleSlope=1, RescaleIntercept=0).dtype == np.uint16


def test_monochrome1_is_turned_over_within_the_stored_bits(tmp_path):
    found = read(tmp_path, V, PhotometricInterpretation="MONOCHROME1", BitsStored=12, HighBit=11)
    assert found[0, ..., 0].tolist() == [[4095, 4094, 4093], [3995, 3095, 0]]
    signed = read(tmp_path, V.astype(np.int16) - 5, PhotometricInterpretation="MONOCHROME1")
    assert signed[0, ..., 0].tolist() == [[4, 3, 2], [-96, -996, -4091]]
    scaled = read(
        tmp_path,
        V,
        PhotometricInterpretation="MONOCHROME1",
        BitsStored=12,
        HighBit=11,
        RescaleSlope=2,
        RescaleIntercept=10,
    )
    assert scaled[0, 0, 0, 0] == 2 * 4095 + 10


def test_signed(tmp_path):
    values = np.array([[-1000, -1, 0], [1, 2, 3000]], np.int16)
    assert read(tmp_path, values)[0, ..., 0].tolist() == values.tolist()


def test_bits_above_those_stored_are_of_no_account(tmp_path):
    with_overlay = V | np.uint16(0x8000)
    assert read(tmp_path, with_overlay, BitsStored=12, HighBit=11)[0, ..., 0].tolist() == V.tolist()
    # -1 in 12 bits, the upper four of which are 0.
    twelve = np.array([[0x0FFF, 0x0800]], np.int16)
    assert read(tmp_path, twelve, BitsStored=12, HighBit=11)[0, ..., 0].tolist() == [[-1, -2048]]


def test_frames_each_with_a_slope(tmp_path):
    frames = []
    for slope, intercept in ((1, 0), (2, 5), (3, -5)):
        frame, inside = pydicom.Dataset(), pydicom.Dataset()
        inside.RescaleSlope, inside.RescaleIntercept = slope, intercept
        frame.PixelValueTransformationSequence = [inside]
        frames.append(frame)
    found = read(tmp_path, np.stack([V] * 3), PerFrameFunctionalGroupsSequence=frames)
    assert found.shape == (3, 2, 3, 1)
    for frame, (slope, intercept) in zip(found, ((1, 0), (2, 5), (3, -5)), strict=True):
        np.testing.assert_array_equal(frame[..., 0], V * float(slope) + intercept)


def test_colours_and_a_palette(tmp_path):
    colours = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
    assert read(tmp_path, colours, samples=3)[0].tolist() == colours.tolist()
    table = {}
    for number, name in enumerate(("Red", "Green", "Blue")):
        table[f"{name}PaletteColorLookupTableDescriptor"] = [4, 0, 16]
        table[f"{name}PaletteColorLookupTableData"] = np.array([0, 1, 2, 3 + number], np.uint16).tobytes()
    indices = np.array([[0, 1], [2, 3]], np.uint8)
    found = read(tmp_path, indices, PhotometricInterpretation="PALETTE COLOR", **table)
    assert found[0, 1].tolist() == [[2, 2, 2], [3, 4, 5]]


def test_a_modality_table(tmp_path):
    table = pydicom.Dataset()
    table.LUTDescriptor, table.ModalityLUTType = [4, 1, 16], "OD"
    table.add_new("LUTData", "US", [10, 20, 30, 40])
    values = np.array([[0, 1, 2, 3, 4, 9]], np.uint16)
    found = read(tmp_path, values, ModalityLUTSequence=[table])
    assert found[0, 0, :, 0].tolist() == [10, 10, 20, 30, 40, 40]


def test_a_packing_without_a_decoder_is_refused_by_name(tmp_path):
    content = pydicom.encaps.encapsulate([b"\xff\x4f\xff\x51" + b"\0" * 60])
    with pytest.raises(BadPicture, match=r"is packed as High-Throughput JPEG 2000 .* pip install pylibjpeg"):
        read(tmp_path, V, syntax="1.2.840.10008.1.2.4.201", PixelData=content)
    with pytest.raises(BadPicture, match=r"packed as JPEG 2000 .*no decoder that is installed unpacks it"):
        read(tmp_path, V, syntax="1.2.840.10008.1.2.4.90", PixelData=content)


def test_a_packing_of_somebodys_own_is_not_repeated(tmp_path):
    path = dicom(tmp_path / "a.dcm", V)
    path.write_bytes(path.read_bytes().replace(b"1.2.840.10008.1.2.1\0", b"1.2.826.0.1.36804399"))
    with pytest.raises(BadPicture, match="a packing that is not in the standard, which pydicom does not unpack") as bad:
        frames_of(read_header(str(path)))
    assert "36804399" not in str(bad.value)


def test_too_few_pixels(tmp_path):
    with pytest.raises(BadPicture, match="is cut off: its pixels are not as many as its header promises"):
        read(tmp_path, V, Rows=20)
    path = dicom(tmp_path / "b.dcm", V)
    data = pydicom.dcmread(path)
    del data.PixelData
    data.save_as(path)
    with pytest.raises(BadPicture, match="has a header and no pixels"):
        frames_of(read_header(str(path)))
