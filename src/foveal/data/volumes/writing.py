"""Answers written back onto the grid of the file that a volume came from, so that they overlay it."""

import gzip
import io
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import ParameterError, ShapeError
from foveal.core.files import as_path, write_atomically
from foveal.core.rules import shown
from foveal.data.volumes.damage import needed
from foveal.data.volumes.geometry import spacing_of, turned_back
from foveal.data.volumes.nifti import header_of
from foveal.data.volumes.resample import resampled, unfitted
from foveal.data.volumes.volume import Volume

Array = NDArray[Any]
#: What may be written.
ENDINGS = (".nii", ".nii.gz", ".tif", ".tiff", ".npy")


def write_like(values: Any, volume: Volume, path: str | os.PathLike[str]) -> None:
    r"""Write values on a volume's grid into a file with the geometry and the order of axes of the volume's own file.

    Parameters
    ----------
    values : array (\*S) or (\*S, K)
        Labels, or K numbers for each voxel. Integers are taken as labels: they are copied, never mixed, where the
        file's distances are others than the volume's. What was cut off from the volume becomes 0.
    volume : Volume
        What `open_volume` gave.
    path : path
        Ends in .nii or .nii.gz: NIfTI with the matrices, codes and units of the file, or of a DICOM series with a
        matrix of its own; in .tif: a TIFF stack with distances, as ImageJ writes it; in .npy: numbers alone.

    Nothing of the file's header but its geometry is written. Floating-point numbers become float32; labels the smallest
    of uint8, uint16, int16, int32 that holds them. The file is whole or not there.

    Raises
    ------
    ParameterError
        If the ending is another one.
    ShapeError
        If the values do not have the volume's shape.
    ResourceError
        If the file cannot be written, or a package is missing.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from foveal import open_volume
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(Path(folder, "scan.npy"), np.arange(24).reshape(2, 3, 4))
    ...     scan = open_volume(Path(folder, "scan.npy"))
    ...     write_like(scan.values[..., 0] > 12, scan, Path(folder, "high.npy"))
    ...     int(np.load(Path(folder, "high.npy")).sum())
    11
    """
    path = as_path(path)
    if not path.name.lower().endswith(ENDINGS):
        raise ParameterError(f"path must end in one of {', '.join(ENDINGS)}, got {shown(path.name)}")
    stored = on_own_grid(values, volume)
    ending = path.name.lower()
    if ending.endswith((".nii", ".nii.gz")):
        content = _nifti(stored, volume)
        content = gzip.compress(content, 6, mtime=0) if ending.endswith(".gz") else content
    elif ending.endswith(".npy"):
        file = io.BytesIO()
        np.save(file, stored[..., 0] if stored.shape[-1] == 1 else stored)
        content = file.getvalue()
    else:
        content = _tiff(stored, volume)
    write_atomically(path, content)


def on_own_grid(values: Any, volume: Volume) -> Array:
    r"""Give values (\*S) or (\*S, K) of a volume's grid as (I, J, K, C) in the order of the volume's own file."""
    found = np.asarray(values)
    space = volume.shape[:-1]
    if found.shape == space:
        found = found[..., None]
    if found.ndim != len(space) + 1 or found.shape[:-1] != space or not found.shape[-1]:
        raise ShapeError(f"values must have the volume's shape {space}, or one axis more, got {np.shape(values)}")
    if found.dtype.kind not in "biuf":
        raise ShapeError(f"values must be numbers, got {found.dtype}")
    labels = found.dtype.kind != "f"
    if volume.dropped is not None:
        found = np.expand_dims(found, volume.dropped)
    way = volume.way
    found = unfitted(found, way.resampled)
    found = resampled(found, tuple(1 / ratio for ratio in way.ratios), way.shape, labels=labels)
    return _compact(np.ascontiguousarray(turned_back(found, way.turn)))


def _compact(values: Array) -> Array:
    """Give labels in the smallest type that every program reads; floating-point numbers as float32."""
    if values.dtype.kind == "f":
        return values.astype(np.float32)
    low, high = (int(values.min()), int(values.max())) if values.size else (0, 0)
    for kind in (np.uint8, np.uint16, np.int16, np.int32):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return values.astype(kind)
    raise ShapeError(f"labels must be in the range of int32, got {low} to {high}; pass floating-point numbers")


def _nifti(values: Array, volume: Volume) -> bytes:
    nibabel = needed("nibabel")
    origin = volume.origin
    large = max(values.shape) > np.iinfo(np.int16).max
    header = header_of(origin.header, origin.affine, oriented=origin.oriented, large=large)
    values = values[..., 0] if values.shape[-1] == 1 else values
    header.set_data_dtype(values.dtype)
    kind = nibabel.Nifti2Image if isinstance(header, nibabel.Nifti2Header) else nibabel.Nifti1Image
    content: bytes = kind(values, None, header).to_bytes()
    return content


def _tiff(values: Array, volume: Volume) -> bytes:
    """Write pages, rows, columns; TIFF's order of axes is that of frames, rows, columns too."""
    tifffile = needed("tifffile")
    if values.dtype.kind == "i":
        low, high = int(values.min()), int(values.max())
        if low < 0 or high > np.iinfo(np.uint16).max:
            raise ShapeError(f"a TIFF stack takes labels from 0 to 65535, got {low} to {high}; write .nii or .npy")
        values = values.astype(np.uint16)
    depth, down, across = spacing_of(volume.origin.affine)
    file = io.BytesIO()
    tifffile.imwrite(
        file, np.moveaxis(values, 3, 1)[None], imagej=True, photometric="minisblack",
        resolution=(1 / across, 1 / down), metadata={"spacing": depth, "unit": "mm", "axes": "TZCYX"},
    )  # fmt: skip
    return file.getvalue()
