"""What headers say of people reaches no model file, no message, no log and no file that is written."""

import logging
import traceback
from functools import cache

import numpy as np
import pytest

import foveal
from foveal.core.errors import FovealError
from foveal.data.images.progress import Progress

pydicom = pytest.importorskip("pydicom")
nibabel = pytest.importorskip("nibabel")

MARKER = "MARKERSMITH"
#: Kinds of elements that take any text, and how the marker stands in them.
TEXTS = {
    "LO": MARKER,
    "LT": MARKER,
    "PN": f"{MARKER}^ANNA",
    "SH": MARKER,
    "ST": MARKER,
    "UC": MARKER,
    "UT": MARKER,
    "AE": MARKER,
    "CS": MARKER,
}
#: The marker where numbers, dates or identifiers belong breaks what is read, so that errors are raised on it.
BROKEN = (
    "PixelSpacing",
    "RescaleSlope",
    "ImagePositionPatient",
    "NumberOfFrames",
    "SliceThickness",
    "Rows",
    "PhotometricInterpretation",
)


@cache
def every_text():
    """Make a data set with all elements that take text, but for those that say what a pixel is or how text is kept."""
    dataset = pydicom.Dataset()
    for tag, (vr, vm, _, _, keyword) in pydicom._dicom_dict.DicomDictionary.items():
        if vr in TEXTS and keyword and vm.startswith("1") and tag >> 16 > 0x0008 and "Photometric" not in keyword:
            setattr(dataset, keyword, TEXTS[vr])
    dataset.InstitutionName = MARKER
    dataset.add_new(0x00091001, "LO", MARKER)
    dataset.SeriesInstanceUID = dataset.StudyInstanceUID = f"1.2.{MARKER}"
    return dataset


def slice_of(folder, name, k, **elements):
    """Write a slice with the marker in all texts; `elements` are texts too, by keyword."""
    with pydicom.config.disable_value_validation():
        dataset = pydicom.Dataset(dict(every_text()._dict))  # its own dict of the same elements
        dataset.file_meta = pydicom.dataset.FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
        dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = f"1.2.3.{k}"
        dataset.file_meta.SourceApplicationEntityTitle = MARKER
        dataset.Rows, dataset.Columns, dataset.SamplesPerPixel, dataset.PhotometricInterpretation = (
            6,
            5,
            1,
            "MONOCHROME2",
        )
        dataset.BitsAllocated = dataset.BitsStored = 16
        dataset.HighBit, dataset.PixelRepresentation = 15, 1
        dataset.ImagePositionPatient, dataset.ImageOrientationPatient = [0, 0, 2 * k], [1, 0, 0, 0, 1, 0]
        dataset.PixelSpacing = [1, 1]
        dataset.PixelData = np.random.default_rng(k).integers(-50, 50, (6, 5)).astype(np.int16).tobytes()
        for keyword, value in elements.items():
            tag = pydicom.datadict.tag_for_keyword(keyword)
            dataset.pop(tag, None)
            dataset.add_new(tag, "UI" if keyword.endswith("UID") else "LO", value)
        folder.mkdir(parents=True, exist_ok=True)
        dataset.save_as(folder / name, enforce_file_format=True)


@pytest.fixture
def folder(tmp_path):
    for n in range(3):
        for k in range(3):
            slice_of(tmp_path / "scans" / "one" / f"p{n}", f"{k}.dcm", k)
        image = nibabel.Nifti1Image(np.random.default_rng(n).integers(0, 99, (5, 6, 3)).astype(np.int16), np.eye(4))
        image.header["descrip"] = image.header["intent_name"] = MARKER.encode()
        image.header["aux_file"] = MARKER.encode()
        image.header.extensions.append(nibabel.nifti1.Nifti1Extension("comment", MARKER.encode()))
        (tmp_path / "scans" / "two").mkdir(exist_ok=True)
        nibabel.save(image, tmp_path / "scans" / "two" / f"{n}.nii")
    return tmp_path / "scans"


def test_the_markers_are_in_the_files(folder):
    for path in (folder / "one" / "p0" / "0.dcm", folder / "two" / "0.nii"):
        assert path.read_bytes().count(MARKER.encode()) >= 3
    assert (folder / "one" / "p0" / "0.dcm").read_bytes().count(MARKER.encode()) > 100


def test_no_marker_in_a_model_file_a_log_or_a_written_file(folder, tmp_path, capsys, caplog):
    caplog.clear()
    caplog.set_level(logging.DEBUG)
    said = []
    scans = foveal.open_volumes(folder, progress=Progress(said.append, lambda *values: None))
    model = foveal.CNNClassifier(n_epochs=1, random_state=0, out_channels=2, out_features=2).fit(scans, scans.y)
    model.save(tmp_path / "model.safetensors")
    assert MARKER.encode() not in (tmp_path / "model.safetensors").read_bytes()
    for path in (folder / "one" / "p0", folder / "two" / "0.nii"):
        scan = foveal.open_volume(path)
        for ending in ("nii", "nii.gz", "tif", "npy"):
            foveal.write_like(scan.values[..., 0] > 10, scan, tmp_path / f"out.{ending}")
            content = (tmp_path / f"out.{ending}").read_bytes()
            assert MARKER.encode() not in content
        assert MARKER not in repr(scan) + repr(vars(scan)) + repr(scan.origin)
        assert b"extension" not in content
    seen = capsys.readouterr()
    assert MARKER not in "".join(said) + seen.out + seen.err + caplog.text
    assert said


@pytest.mark.filterwarnings("always")
@pytest.mark.parametrize("keyword", BROKEN)
def test_no_marker_in_an_error_or_its_trace(folder, keyword, capsys, caplog, recwarn):
    caplog.set_level(logging.DEBUG)
    broken = folder / "one" / "p1"
    slice_of(broken, "2.dcm", 2, **{keyword: MARKER})
    caplog.clear()
    recwarn.clear()
    told = []
    for open_it in (
        lambda: foveal.open_volume(broken),
        lambda: foveal.open_volume(broken / "2.dcm"),
        lambda: foveal.open_volumes(folder),
    ):
        try:
            open_it()
        except FovealError as error:
            told += [str(error), "".join(traceback.format_exception(error))]
    seen = capsys.readouterr()
    warned = "".join(str(warning.message) for warning in recwarn)
    assert MARKER not in "".join(told) + seen.out + seen.err + caplog.text + warned
    assert told or keyword == "SliceThickness"


def test_no_marker_where_series_are_mixed_cut_off_or_packed_in_an_unknown_way(folder):
    mixed, told = folder / "one" / "p2", []
    slice_of(mixed, "2.dcm", 2, SeriesInstanceUID=f"1.3.{MARKER}")
    cut = folder / "one" / "p0" / "1.dcm"
    cut.write_bytes(cut.read_bytes()[:-8])
    odd = folder / "one" / "p1" / "1.dcm"
    odd.write_bytes(odd.read_bytes().replace(b"1.2.840.10008.1.2.1\0", MARKER.ljust(20).encode()))
    for path in (mixed, cut, cut.parent, odd, odd.parent):
        with pytest.raises(FovealError) as error:
            foveal.open_volume(path)
        told += ["".join(traceback.format_exception(error.value))]
    with pytest.raises(FovealError) as error:
        foveal.open_volume(mixed, series=f"9.{MARKER}")
    told.append(str(error.value))
    assert len(told) == 6
    assert MARKER not in "".join(told)
