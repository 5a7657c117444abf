"""NIfTI-1 and NIfTI-2 files, .nii and .nii.gz: the header by nibabel, then the voxels; extensions are never read."""

import gzip
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from foveal.data.images.records import BadPicture
from foveal.data.volumes.damage import needed
from foveal.data.volumes.stored import Array, Stored, check_affine, check_room

#: Bytes of the headers of both versions, and the most that extensions (comments, other programs' data) may take.
_HEAD, _MOST_EXTENSIONS = 540, 2**26
_MAGIC = {b"n+1\0": (344, "Nifti1Header"), b"n+2\0": (4, "Nifti2Header")}
#: What one unit of length is in millimetres: metres, millimetres, micrometres; where nothing is said millimetres.
_UNITS = {"meter": 1000.0, "mm": 1.0, "micron": 0.001, "unknown": 1.0}
#: Numbers of the header that say where voxels lie: they are written back as they were.
GEOMETRY = (
    "qform_code", "sform_code", "quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y", "qoffset_z",
    "srow_x", "srow_y", "srow_z", "xyzt_units",
)  # fmt: skip


def is_nifti(head: bytes) -> bool:
    """Tell whether unpacked bytes begin as a single NIfTI file does."""
    return any(head[at : at + 4] == magic for magic, (at, _) in _MAGIC.items())


@contextmanager
def opened(path: str) -> Iterator[IO[bytes]]:
    """Open a file, unpacked where gzip has packed it."""
    with Path(path).open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if not packed:
            yield file
            return
        unpacked: Any = gzip.GzipFile(fileobj=file)
        with unpacked:
            yield unpacked


def stored_nifti(path: str) -> Stored:
    """Read the header of a NIfTI file.

    The matrix is that of sform, else of qform, else of the distances alone (NIfTI-1 standard, methods 3, 2, 1); slope
    and intercept are honoured where the slope is not 0. A fourth axis becomes channels. Raises `BadPicture`, and what
    nibabel raises.
    """
    with opened(path) as file:
        header = _header(file.read(_HEAD))
    shape, channels = _shape(tuple(map(int, header.get_data_shape())))
    dtype = header.get_data_dtype()
    colours = len(dtype.names) if dtype.names else 1
    check_room(shape, channels * colours)
    if dtype.kind == "c" or (dtype.kind == "f" and dtype.itemsize > 8):
        raise BadPicture(f"holds numbers of the kind {dtype.name}, which are not read; store magnitudes as float32")
    _check_whole(path, int(header["vox_offset"]), int(np.prod(header.get_data_shape())) * dtype.itemsize)
    known = int(header["sform_code"]) > 0 or int(header["qform_code"]) > 0
    unit = _UNITS.get(header.get_xyzt_units()[0], 1.0)
    affine = check_affine(np.diag([unit, unit, unit, 1.0]) @ np.asarray(header.get_best_affine(), float))
    said = () if known else ("says nothing of directions: axes are taken as right, front, head",)
    kept: dict[str, Any] = {name: np.asarray(header[name]).tolist() for name in GEOMETRY}
    kept |= {"pixdim": np.asarray(header["pixdim"]).tolist()[:4], "version": 2 if header.sizeof_hdr == 540 else 1}
    return Stored(
        "nifti", shape, channels * colours, affine, True, 2 if shape[2] == 1 else None,
        lambda: _voxels(path, header, (*shape, channels)), said, kept,
    )  # fmt: skip


def _header(head: bytes) -> Any:
    nibabel = needed("nibabel")
    for magic, (at, kind) in _MAGIC.items():
        if head[at : at + 4] == magic:
            made = getattr(nibabel, kind)
            return made(head[: made.sizeof_hdr], check=True)
    if head[344:348] == b"ni1\0" or head[4:8] == b"ni2\0":
        raise BadPicture("is one half of a pair .hdr and .img, which is not read; store it as one .nii file")
    raise BadPicture("is no NIfTI file: its header has not the mark n+1 or n+2")


def _shape(shape: tuple[int, ...]) -> tuple[tuple[int, int, int], int]:
    """Take axes as three in space and one of channels; times or vectors, not both."""
    while len(shape) > 4 and shape[3] == 1:
        shape = (*shape[:3], *shape[4:])
    if not 1 <= len(shape) <= 4:
        sizes = " x ".join(map(str, shape))
        raise BadPicture(f"has {len(shape)} axes ({sizes}), at most 4 are read; take out a time or a direction")
    i, j, k, *more = (*shape, *[1] * (3 - len(shape)))
    return (i, j, k), more[0] if more else 1


def _check_whole(path: str, offset: int, needed_bytes: int) -> None:
    if not 0 <= offset <= _MOST_EXTENSIONS:
        raise BadPicture(f"says that its voxels begin at byte {offset:,}, which no file of ours does; store it anew")
    with opened(path) as file:
        packed = isinstance(file, gzip.GzipFile)
    size = Path(path).stat().st_size
    # Deflate packs 1032 bytes into one at most.
    if size * (1032 if packed else 1) < offset + needed_bytes:
        raise BadPicture(f"is cut off: it has {size:,} bytes, its header promises {offset + needed_bytes:,}")


def _voxels(path: str, header: Any, shape: tuple[int, ...]) -> Array:
    """Read the voxels, (I, J, K, C): as they are stored, or where there is a slope, slope v + intercept as float32."""
    dtype = header.get_data_dtype()
    count = int(np.prod(shape)) * dtype.itemsize
    with opened(path) as file:
        file.seek(int(header["vox_offset"]))
        content = file.read(count)
    if len(content) < count:
        raise BadPicture(f"is cut off: {len(content):,} bytes of voxels, its header promises {count:,}")
    values: Array = np.frombuffer(content, dtype).reshape(shape, order="F")
    if dtype.names:
        return np.concatenate([values[name] for name in dtype.names], axis=3)
    slope, intercept = header.get_slope_inter()
    if slope is None or (slope == 1 and intercept == 0):
        return values.astype(dtype.newbyteorder("="), copy=False)
    return (values * np.float64(slope) + np.float64(intercept)).astype(np.float32)


def header_of(kept: Mapping[str, Any], affine: Array, *, oriented: bool, large: bool) -> Any:
    """Make an empty header with the geometry that was read, or, of other files, with a matrix."""
    nibabel = needed("nibabel")
    header = (nibabel.Nifti2Header if large or kept.get("version") == 2 else nibabel.Nifti1Header)()
    if not kept:
        code = 1 if oriented else 0
        header.set_sform(affine, code)
        header.set_qform(affine, code, strip_shears=True)
        header.set_xyzt_units("mm")
        return header
    for name in GEOMETRY:
        header[name] = kept[name]
    header["pixdim"][:4] = kept["pixdim"]
    return header
