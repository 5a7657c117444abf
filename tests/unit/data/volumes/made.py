"""DICOM and NIfTI files made for tests, with nothing in them but what a test sets."""

import numpy as np
import pytest

pydicom = pytest.importorskip("pydicom")
nibabel = pytest.importorskip("nibabel")

CT = "1.2.840.10008.5.1.4.1.1.2"
LITTLE = "1.2.840.10008.1.2.1"


def dataset(pixels, **elements):
    """Make a data set of (rows, columns), (frames, rows, columns) or with 3 colours behind, where samples=3."""
    pixels = np.asarray(pixels)
    made = pydicom.Dataset()
    made.file_meta = pydicom.dataset.FileMetaDataset()
    made.file_meta.TransferSyntaxUID = elements.pop("syntax", LITTLE)
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = CT
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID = pydicom.uid.generate_uid()
    made.SeriesInstanceUID = elements.pop("series", "1.2.3")
    samples = elements.pop("samples", 1)
    shape = pixels.shape[: pixels.ndim - (samples > 1)]
    made.Rows, made.Columns = shape[-2:]
    if len(shape) == 3:
        made.NumberOfFrames = shape[0]
    made.SamplesPerPixel = samples
    if samples > 1:
        made.PlanarConfiguration = 0
    made.PhotometricInterpretation = "RGB" if samples > 1 else "MONOCHROME2"
    made.BitsAllocated = made.BitsStored = 8 * pixels.dtype.itemsize
    made.HighBit = made.BitsStored - 1
    made.PixelRepresentation = int(pixels.dtype.kind == "i")
    content = pixels.tobytes()
    made.PixelData = content + b"\0" * (len(content) % 2)
    made["PixelData"].VR = "OB" if pixels.dtype.itemsize == 1 else "OW"
    for name, value in elements.items():
        setattr(made, name, value)
    return made


def dicom(path, pixels, **elements):
    """Write a DICOM file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset(pixels, **elements).save_as(path, enforce_file_format=True)
    return path


def slices(folder, count=4, step=(0.0, 0.0, 2.0), names=None, **elements):
    """Write the slices of an axial series, slice k all k: names tell nothing of their order."""
    names = names or [f"{(7 * k) % 11:02d}.dcm" for k in range(count)]
    for k, name in enumerate(names):
        place = [10 + k * step[0], 20 + k * step[1], 30 + k * step[2]]
        placed = {
            "ImagePositionPatient": place,
            "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
            "PixelSpacing": [0.5, 0.8],
        }
        dicom(folder / name, np.full((3, 5), k, np.int16), **(placed | elements))
    return folder


def nifti(path, data, affine=None, **fields):
    """Write a NIfTI file; fields are those of its header."""
    image = nibabel.Nifti1Image(np.asarray(data), np.eye(4) if affine is None else affine)
    for name, value in fields.items():
        image.header[name] = value
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(image, path)
    return path
