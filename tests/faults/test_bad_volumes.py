"""Whatever a file of a volume holds: voxels, or a reason. No crash, no network, no memory before sizes are known."""

import socket
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from foveal.data.images.records import BadPicture
from foveal.data.volumes.damage import damage_told
from foveal.data.volumes.formats import stored_of

pydicom = pytest.importorskip("pydicom")
nibabel = pytest.importorskip("nibabel")

#: Those that pydicom installs, found without its function, which would fetch others.
FILES = sorted(path for path in (Path(pydicom.__file__).parent / "data" / "test_files").rglob("*") if path.is_file())


def outcome(path):
    """Give the voxels, or the reason; anything else is raised."""
    try:
        stored = stored_of(path)
        with damage_told():
            values = np.asarray(stored.load())
    except BadPicture as bad:
        return bad.reason
    assert values.shape == (*stored.shape, stored.channels)
    return values


@pytest.fixture
def offline(monkeypatch):
    def refuse(*args, **how):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("offline")
def test_every_test_file_of_pydicom_is_read_or_refused_with_the_reason():
    if len(FILES) < 150:
        pytest.skip("pydicom was installed without its test files")
    found = {path: outcome(path) for path in FILES if path.suffix != ".py"}
    reasons = Counter(found[path] for path in found if isinstance(found[path], str))
    read = {path.name for path in found if not isinstance(found[path], str)}
    assert len(read) >= 80, reasons
    assert {"CT_small.dcm", "MR_small_RLE.dcm", "image_dfl.dcm", "rtdose.dcm", "examples_palette.dcm"} <= read
    # What has an image and is not read: packed for other decoders, cut off, or with a count that is none.
    others = [
        reason for reason in reasons if not reason.startswith(("is DICOM without an image", "is of no known format"))
    ]
    for reason in others:
        assert "decoder" in reason or "cut off" in reason or reason == "has a NumberOfFrames that is no count", reason
    same = {
        name: found[next(path for path in found if path.name == name)] for name in read if name.startswith("MR_small")
    }
    first = same["MR_small.dcm"]
    assert all((values == first).all() for values in same.values())
    assert len(same) >= 6


@pytest.mark.usefixtures("offline")
def test_the_values_of_pydicoms_ct_are_hounsfield_units():
    path = next((path for path in FILES if path.name == "CT_small.dcm"), None)
    if path is None:
        pytest.skip("pydicom was installed without its test files")
    dataset = pydicom.dcmread(path)
    theirs = dataset.pixel_array.astype(float) * float(dataset.RescaleSlope) + float(dataset.RescaleIntercept)
    np.testing.assert_array_equal(outcome(path)[:, :, 0, 0], theirs.T)


def written(kind, folder):
    rng = np.random.default_rng(0)
    data = rng.integers(0, 255, (6, 5, 4)).astype(np.uint8)
    path = folder / f"whole.{kind}"
    if kind.startswith("nii"):
        nibabel.save(nibabel.Nifti1Image(data, np.eye(4)), path)
    elif kind == "tif":
        pytest.importorskip("tifffile").imwrite(path, data, imagej=True, metadata={"axes": "ZYX", "spacing": 2.0})
    elif kind == "npy":
        np.save(path, data)
    else:
        source = next((path for path in FILES if path.name == kind), None)
        if source is None:
            pytest.skip("pydicom was installed without its test files")
        return source.read_bytes(), "dcm"
    return path.read_bytes(), kind


@pytest.mark.parametrize("kind", ["nii", "nii.gz", "tif", "npy", "MR_small_RLE.dcm", "image_dfl.dcm", "rtdose.dcm"])
def test_a_file_with_bytes_changed_or_cut_off_is_read_or_refused(kind, tmp_path):
    content, ending = written(kind, tmp_path)
    rng, path, refused = np.random.default_rng(1), tmp_path / f"broken.{ending}", 0
    head = min(len(content), 1500)
    for n in range(60):
        broken = bytearray(content)
        for at in rng.integers(0, head, 1 + n % 4).tolist():
            broken[at] = int(rng.integers(256))
        path.write_bytes(bytes(broken[: int(rng.integers(1, len(broken)))] if n % 3 == 0 else broken))
        refused += isinstance(outcome(path), str)
    assert refused >= 12  # most of the third that was cut off; of some all voxels are left


def test_a_header_that_promises_too_much_is_refused_at_once(tmp_path):
    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.5"  # RLE: the pixels may be shorter than what they become
    dataset.Rows = dataset.Columns = 60_000
    dataset.NumberOfFrames, dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 60_000, 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation = 15, 0
    dataset.PixelData = pydicom.encaps.encapsulate([b"\0" * 70])
    dataset["PixelData"].VR = "OB"
    dataset.save_as(tmp_path / "bomb.dcm", enforce_file_format=False)
    assert outcome(tmp_path / "bomb.dcm").startswith("has 60000 x 60000 x 60000 voxels, at most 2,147,483,648 values")
