"""The pixels of a DICOM file as numbers with a meaning: unpacked, in colours, upright, with slope and intercept."""

from typing import Any

import numpy as np

from foveal.data.images.records import BadPicture
from foveal.data.volumes.damage import needed
from foveal.data.volumes.dicom.header import Header, read_dataset
from foveal.data.volumes.stored import Array

_DECODERS = "pip install pylibjpeg pylibjpeg-libjpeg pylibjpeg-openjpeg pyjpegls"
#: What was guessed of files that do not say how they are written: (implicit, little endian).
_GUESSED = {
    (True, True): "1.2.840.10008.1.2",
    (False, True): "1.2.840.10008.1.2.1",
    (False, False): "1.2.840.10008.1.2.2",
}


def frames_of(header: Header) -> Array:
    r"""Read the frames of a file, (frames, rows, columns, C).

    Of a stored value v the result is m = slope v + intercept (PS3.3, C.11.1.1.2), by frame where frames say so; a
    modality table is looked up (C.11.1.1.1). MONOCHROME1, in which the smallest value is white, is turned over before
    that: v becomes (smallest + largest that the stored bits hold) - v. Palettes become RGB, YBR becomes RGB. With
    another slope than 1 or intercept than 0 the result is float32, else what is stored.
    """
    dataset = read_dataset(header.path, pixels=True)
    values = _unpacked(dataset, header)
    if header.form[5] == "PALETTE COLOR":
        values = needed("pydicom.pixels").apply_color_lut(values, dataset)
    expected = (header.frames, header.rows, header.columns, header.channels)
    if values.size != np.prod(expected):
        raise BadPicture("holds other pixels than its header promises")
    values = values.reshape(expected)
    inverted = header.form[5] == "MONOCHROME1"
    if dataset.get("ModalityLUTSequence"):
        table = needed("pydicom.pixels").apply_modality_lut(values, dataset)
        return table.dtype.type(np.iinfo(table.dtype).max) - table if inverted else np.asarray(table)
    return _scaled(_upright(values, header) if inverted else values, header.places.scales)


def _unpacked(dataset: Any, header: Header) -> Array:
    """Decode the pixels by pydicom; what no decoder here can unpack is refused by the name of its packing."""
    if not any(name in dataset for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        raise BadPicture("has a header and no pixels; fetch it again, or leave it out")
    meta = dataset.file_meta
    if "TransferSyntaxUID" not in meta:
        meta.TransferSyntaxUID = needed("pydicom.uid").UID(_GUESSED[dataset.original_encoding])
    syntax = meta.TransferSyntaxUID
    how = _named(syntax)
    try:
        decoder = needed("pydicom.pixels").get_decoder(syntax)
    except NotImplementedError:
        raise BadPicture(f"is packed as {how}, which pydicom does not unpack; store it uncompressed") from None
    if not decoder.is_available:
        missing = "; ".join(decoder.missing_dependencies)
        raise BadPicture(f"is packed as {how}, which needs a decoder that is not installed ({missing}): {_DECODERS}")
    try:
        return np.asarray(needed("pydicom.pixels").pixel_array(dataset))
    except RuntimeError:
        raise BadPicture(f"is packed as {how}, and no decoder that is installed unpacks it; {_DECODERS}") from None
    except ValueError:
        kind = "is cut off" if not syntax.is_encapsulated else "is damaged, or cut off"
        raise BadPicture(f"{kind}: its pixels are not as many as its header promises") from None


def _named(syntax: Any) -> str:
    """Name a packing by the standard's own name; what is not in the standard is somebody's text."""
    known = needed("pydicom.uid").UID_dictionary.get(str(syntax))
    return str(known[0]) if known else "a packing that is not in the standard"


def _upright(values: Array, header: Header) -> Array:
    stored, signed = header.form[4], header.form[6]
    ends = -1 if signed else 2**stored - 1  # the sum of the smallest and the largest value
    wide = values.astype(np.int64) if values.dtype.kind in "iu" else values
    return (ends - wide).astype(values.dtype if values.dtype.kind in "iu" else np.float32)


def _scaled(values: Array, scales: tuple[tuple[float, ...], ...]) -> Array:
    if all(scale == (1.0, 0.0) for scale in scales):
        return values
    slopes, intercepts = (np.array(column, np.float64) for column in zip(*scales, strict=True))
    if len(scales) not in (1, len(values)):
        raise BadPicture("has slopes for other frames than it holds")
    out: Array = np.empty(values.shape, np.float32)
    for frame in range(len(values)):
        at = frame if len(scales) > 1 else 0
        out[frame] = values[frame] * slopes[at] + intercepts[at]
    return out
