"""Stacks that know distances at most: TIFF, by ImageJ's or OME's description, and .npy files."""

import re
import struct
from pathlib import Path
from typing import Any

import numpy as np

from foveal.data.images.records import BadPicture
from foveal.data.volumes.damage import needed
from foveal.data.volumes.stored import MOST_SIDE, Array, Stored, check_room, plain

#: Units of length in millimetres, as ImageJ, OME and people write them.
_UNITS = {
    "mm": 1.0, "millimeter": 1.0, "cm": 10.0, "centimeter": 10.0, "m": 1000.0, "nm": 1e-6, "inch": 25.4,
    "\u00b5m": 1e-3, "\u03bcm": 1e-3, "um": 1e-3, "micron": 1e-3, "microns": 1e-3, "\\u00b5m": 1e-3, "pm": 1e-9,
}  # fmt: skip
_NO_DISTANCES = "says nothing of distances: 1 mm is taken for all"
#: TIFF's own units of resolution, tag 296: nothing, inch, centimetre.
_TAG_UNITS = {2: 25.4, 3: 10.0}


def stored_tiff(path: str) -> Stored:
    """Read the header of a TIFF: its first series, with the axes Z (or pages), Y, X, and C or S for channels.

    Distances are in ImageJ's `spacing`, `unit` and resolution, or in OME's PhysicalSizeX, Y, Z. Raises `BadPicture`,
    and what tifffile raises.
    """
    tifffile = needed("tifffile")
    with tifffile.TiffFile(path) as file:
        series = file.series[0]
        axes, sizes = str(series.axes), tuple(map(int, series.shape))
        order, shape, channels = _axes(axes, sizes)
        check_room(shape, channels)
        if series.dtype is None or series.dtype.kind not in "uifb":
            raise BadPicture("holds values that are no real numbers")
        _check_whole(path, file, series)
        distances = _distances(file)
    return Stored(
        "tiff", shape, channels, plain(distances or (1.0, 1.0, 1.0)), False, 0 if shape[0] == 1 else None,
        lambda: _tiff_voxels(path, order, (*shape, channels)), () if distances else (_NO_DISTANCES,),
    )  # fmt: skip


def _axes(axes: str, sizes: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, int, int], int]:
    """Give the order of axes as Z, Y, X, channels, and their sizes; axes of one are of no account."""
    size = dict(zip(axes, sizes, strict=True))
    depth = [axis for axis in axes if axis not in "YXCS" and size[axis] > 1]
    channels = [axis for axis in axes if axis in "CS" and size[axis] > 1]
    if not {"Y", "X"} <= set(axes) or len(depth) > 1 or len(channels) > 1:
        raise BadPicture(
            f"is a TIFF with the axes {axes} ({' x '.join(map(str, sizes))}); one for depth and one for channels are "
            "read: take the others apart"
        )
    wanted = [*depth, "Y", "X", *channels]
    others = [axis for axis in axes if axis not in wanted]
    order = tuple(axes.index(axis) for axis in (*others, *wanted))
    return order, (size[depth[0]] if depth else 1, size["Y"], size["X"]), size[channels[0]] if channels else 1


def _check_whole(path: str, file: Any, series: Any) -> None:
    """Refuse a TIFF that ends before its voxels do: tifffile would fill them up, or take the pages that are left."""
    if series.dataoffset is not None:
        end = int(series.dataoffset) + int(series.nbytes)
    else:
        pairs = [zip(p.dataoffsets, p.databytecounts, strict=False) for p in series.pages if p is not None]
        end = max((int(at + count) for page in pairs for at, count in page), default=0)
    size = Path(path).stat().st_size
    if end > size:
        raise BadPicture(f"is cut off: it has {size:,} bytes, its header promises {end:,}")
    _check_pages(path, size)


def _check_pages(path: str, size: int) -> None:
    """Follow the pages, each of which tells where the next is, to the end; tifffile stops at what is not there."""
    with Path(path).open("rb") as file:
        head = file.read(16)
        order = "<" if head[:2] == b"II" else ">"
        large = head[2:4] in (b"+\0", b"\0+")  # BigTIFF
        entries, next_, entry = (f"{order}Q", f"{order}Q", 20) if large else (f"{order}H", f"{order}I", 12)
        (at,) = struct.unpack_from(next_, head, 8 if large else 4)
        for _ in range(MOST_SIDE):
            if not at:
                return
            file.seek(at)
            count = file.read(struct.calcsize(entries))
            if len(count) < struct.calcsize(entries):
                break
            file.seek(struct.unpack(entries, count)[0] * entry, 1)
            found = file.read(struct.calcsize(next_))
            if len(found) < struct.calcsize(next_):
                break
            (at,) = struct.unpack(next_, found)
    raise BadPicture(f"is cut off: its {size:,} bytes end before its last page")


def _tiff_voxels(path: str, order: tuple[int, ...], shape: tuple[int, ...]) -> Array:
    tifffile = needed("tifffile")
    with tifffile.TiffFile(path) as file:
        try:
            values = file.series[0].asarray(maxworkers=1)
        except ValueError as error:
            if "imagecodecs" not in str(error):
                raise
            how = getattr(file.pages[0].compression, "name", "some packing")
            raise BadPicture(f"is packed by {how}, which needs imagecodecs: pip install imagecodecs") from None
    found: Array = np.asarray(values).transpose(order).reshape(shape)
    return found


def _distances(file: Any) -> tuple[float, float, float] | None:
    if file.is_ome:
        return _of_ome(str(file.ome_metadata))
    page = file.pages[0]
    across = [_rational(page.tags.valueof(tag, None)) for tag in (283, 282)]  # YResolution, XResolution
    if file.is_imagej:
        said = dict(file.imagej_metadata or {})
        unit = _UNITS.get(str(said.get("unit", "")).strip().lower())
        depth = _positive(said.get("spacing", 1.0))
    else:
        unit = _TAG_UNITS.get(int(page.tags.valueof(296, 0)))
        depth = 1.0 / unit if unit else None  # nothing is said of the depth: 1 mm
    if unit is None or depth is None or None in across:
        return None
    y, x = (unit / float(v) for v in across if v is not None)
    return depth * unit, y, x


def _of_ome(xml: str) -> tuple[float, float, float] | None:
    """Read PhysicalSizeX, Y, Z of the first image; the unit is micrometres where none is said (OME, 2016-06)."""
    found = {}
    for axis in "ZYX":
        size = re.search(rf'PhysicalSize{axis}="([^"]*)"', xml)
        unit = re.search(rf'PhysicalSize{axis}Unit="([^"]*)"', xml)
        length = _positive(size[1]) if size else None
        scale = _UNITS.get(unit[1] if unit else "um")
        found[axis] = length * scale if length and scale else None
    if found["Y"] is None or found["X"] is None:
        return None
    return found["Z"] or 1.0, found["Y"], found["X"]


def _positive(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if 0 < number < 1e6 else None


def _rational(value: Any) -> float | None:
    """Read a resolution, pixels for each unit, which TIFF keeps as a fraction."""
    if not isinstance(value, tuple) or len(value) != 2 or not value[1]:
        return None
    return _positive(value[0] / value[1])


def stored_npy(path: str) -> Stored:
    """Read the header of an .npy file: (H, W), (D, H, W) or (D, H, W, C); nothing is unpickled."""
    values = np.load(path, mmap_mode="r", allow_pickle=False)
    if values.dtype.kind not in "uifb" or not 2 <= values.ndim <= 4:
        raise BadPicture(
            f"holds {values.dtype} of shape {values.shape}; numbers of (H, W), (D, H, W) or (D, H, W, C) are read"
        )
    sizes, channels = tuple(map(int, values.shape[:3])), int(values.shape[3]) if values.ndim == 4 else 1
    d, h, w = (1,) * (3 - len(sizes)) + sizes
    check_room((d, h, w), channels)
    return Stored(
        "npy", (d, h, w), channels, plain((1.0, 1.0, 1.0)), False, 0 if d == 1 else None,
        lambda: np.load(path, mmap_mode="r", allow_pickle=False).reshape(d, h, w, channels), (_NO_DISTANCES,),
    )  # fmt: skip


def is_npy(path: str) -> bool:
    """Tell whether a file begins as an .npy file does."""
    with Path(path).open("rb") as file:
        return file.read(6) == b"\x93NUMPY"
