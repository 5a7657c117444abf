"""What a DICOM file says of its pixels and of where they lie. No other element is read: no name, date or comment."""

import zlib
from pathlib import Path
from typing import Any, NamedTuple

from foveal.data.images.records import BadPicture
from foveal.data.volumes.damage import needed
from foveal.data.volumes.dicom.places import Places, places_of
from foveal.data.volumes.stored import MOST_VALUES, check_room

_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData", "ExtendedOffsetTable", "ExtendedOffsetTableLengths")
_TABLES = tuple(
    f"{colour}PaletteColorLookupTable{what}"
    for colour in ("Red", "Green", "Blue")
    for what in ("Descriptor", "Data")
) + tuple(f"Segmented{colour}PaletteColorLookupTableData" for colour in ("Red", "Green", "Blue"))  # fmt: skip
#: All that is read of a file, by DICOM's keywords.
TAGS = (
    "SeriesInstanceUID", "Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "PhotometricInterpretation",
    "PlanarConfiguration", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "RescaleSlope",
    "RescaleIntercept", "ModalityLUTSequence", "DoseGridScaling", "ImageOrientationPatient", "ImagePositionPatient",
    "PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing", "SliceThickness", "SpacingBetweenSlices",
    "GridFrameOffsetVector", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence", *_TABLES,
)  # fmt: skip
_DEFLATED = "1.2.840.10008.1.2.1.99"


class Header(NamedTuple):
    """What a file's header says.

    series : its series' identifier; it is compared, never shown.
    form : how a pixel is kept: rows, columns, channels, bits, signed, colours. Slices of a series have the same.
    frames : how many pictures are in it.
    places : where its frames lie.
    """

    path: str
    series: str
    form: tuple[Any, ...]
    frames: int
    places: Places

    @property
    def rows(self) -> int:
        """Rows of a frame."""
        return int(self.form[0])

    @property
    def columns(self) -> int:
        """Columns of a frame."""
        return int(self.form[1])

    @property
    def channels(self) -> int:
        """Channels of a pixel: 3 where it has colours, those of a palette too."""
        return 3 if self.form[5] == "PALETTE COLOR" else int(self.form[2])


def is_dicom(path: str) -> bool:
    """Tell whether a file has DICOM's mark after the preamble (PS3.10, 7.1)."""
    with Path(path).open("rb") as file:
        file.seek(128)
        return file.read(4) == b"DICM"


def read_dataset(path: str, *, pixels: bool) -> Any:
    """Read the elements that are needed, with the pixels or without; files without preamble are tried too."""
    pydicom = needed("pydicom")
    _check_inflated(path)
    tags = [*TAGS, *_PIXELS] if pixels else [*TAGS]
    return pydicom.dcmread(path, force=True, specific_tags=tags, stop_before_pixels=not pixels)


def read_header(path: str) -> Header:
    """Read a file's header; raises `BadPicture` for what is no image, and what pydicom raises."""
    dataset = read_dataset(path, pixels=False)
    if dataset.get("Rows") is None or dataset.get("Columns") is None:
        raise BadPicture("is DICOM without an image, such as a report, a plan or a signal; leave it out")
    rows, columns, samples, bits, stored, signed = (
        _integer(dataset, name, default)
        for name, default in (
            ("Rows", None), ("Columns", None), ("SamplesPerPixel", 1), ("BitsAllocated", None), ("BitsStored", 0),
            ("PixelRepresentation", 0),
        )
    )  # fmt: skip
    frames = _integer(dataset, "NumberOfFrames", 1) or 1
    colours = str(dataset.get("PhotometricInterpretation", ""))
    if samples not in (1, 3, 4) or bits not in (1, 8, 16, 32, 64):
        raise BadPicture(f"has {samples} samples of {bits} bits a pixel, which is not read")
    check_room((frames, rows, columns), 3 if colours == "PALETTE COLOR" else samples)
    form = (rows, columns, samples, bits, stored or bits, colours, signed)
    return Header(path, str(dataset.get("SeriesInstanceUID", "")), form, frames, places_of(dataset, frames))


def _integer(dataset: Any, name: str, default: int | None) -> int:
    value = dataset.get(name)
    value = default if value is None or value == "" else value
    if value is None:
        raise BadPicture(f"has no {name}, so its pixels cannot be read")
    try:
        count = int(value)
    except (TypeError, ValueError):
        count = -1
    if not 0 <= count <= MOST_VALUES:
        raise BadPicture(f"has a {name} that is no count")
    return count


def _check_inflated(path: str) -> None:
    """Refuse a deflated file that would unpack to more than is read: pydicom unpacks it as a whole."""
    pydicom = needed("pydicom")
    if not is_dicom(path):
        return
    meta = pydicom.filereader.read_file_meta_info(path)
    if str(meta.get("TransferSyntaxUID", "")) != _DEFLATED:
        return
    length = meta.get("FileMetaInformationGroupLength")
    if length is None:
        raise BadPicture("is deflated, and does not say where that begins; store it anew")
    unpack, count = zlib.decompressobj(-zlib.MAX_WBITS), 0
    with Path(path).open("rb") as file:
        file.seek(144 + int(length))  # preamble and mark, and the group length's own 12 bytes
        while block := unpack.unconsumed_tail or file.read(2**16):
            count += len(unpack.decompress(block, 2**20))
            if count > 4 * MOST_VALUES:
                raise BadPicture(f"unpacks to more than {4 * MOST_VALUES:,} bytes; cut it")
            if unpack.eof:
                return
