"""Which kind of volume a path leads to, told from its first bytes, and its header read by whoever knows it."""

import os
from pathlib import Path

import numpy as np

from foveal.core.errors import ResourceError
from foveal.data.images.listing.names import printable
from foveal.data.images.records import BadPicture
from foveal.data.volumes.damage import damage_told
from foveal.data.volumes.dicom.series import seems_dicom, stored_file, stored_series
from foveal.data.volumes.nifti import is_nifti, opened, stored_nifti
from foveal.data.volumes.stacks import is_npy, stored_npy, stored_tiff
from foveal.data.volumes.stored import Stored

#: Endings of names that are taken for volumes, in any case; DICOM's may lack.
ENDINGS = (".nii", ".nii.gz", ".dcm", ".dicom", ".ima", ".tif", ".tiff", ".npy")
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def is_volume(name: str) -> bool:
    """Tell whether a name has a volume's ending.

    >>> is_volume("a/T1.NII.GZ"), is_volume("a/notes.gz")
    (True, False)
    """
    return name.lower().endswith(ENDINGS)


def seems_stack(path: str) -> bool:
    """Tell whether a TIFF has several pages, or an .npy file four axes, as no picture has."""
    try:
        with damage_told():
            if is_npy(path):
                return len(np.load(path, mmap_mode="r", allow_pickle=False).shape) == 4
            return _head(path).startswith(_TIFF) and stored_tiff(path).dropped is None
    except (BadPicture, ResourceError):  # damaged, not there, or nobody is here to read it
        return False


def stored_of(path: str | os.PathLike[str], series: int | str | None = None) -> Stored:
    """Read the header of a volume: a file, or a folder with the slices of a series.

    Raises `BadPicture` for what is no volume that can be read, with the reason.
    """
    path = os.fspath(path)
    with damage_told():
        if Path(path).is_dir():
            return stored_series(path, series)
        if series is not None:
            raise BadPicture(f"is one file, and series= chooses among the series of a folder; give {_folder(path)}")
        if not Path(path).is_file():
            raise BadPicture("is no file or folder")
        return _file(path)


def _file(path: str) -> Stored:
    if is_npy(path):
        return stored_npy(path)
    if seems_dicom(path):  # before TIFF: a DICOM file may begin as a TIFF does, so that it is both (PS3.10, 7.1)
        return stored_file(path)
    if Path(path).suffix.lower() in (".tif", ".tiff") or _head(path).startswith(_TIFF):
        return stored_tiff(path)
    if path.lower().endswith((".nii", ".nii.gz")) or is_nifti(_unpacked_head(path)):
        return stored_nifti(path)
    if Path(path).suffix.lower() in (".hdr", ".img"):
        return stored_nifti(path)  # which says what is wrong with halves
    raise BadPicture(
        "is of no known format; volumes are read from DICOM, NIfTI (.nii, .nii.gz), TIFF and .npy; "
        "pictures by open_images"
    )


def _folder(path: str) -> str:
    return printable(str(Path(path).parent))


def _head(path: str) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(352)


def _unpacked_head(path: str) -> bytes:
    try:
        with opened(path) as file:
            return file.read(352)
    except (OSError, EOFError):
        return b""
