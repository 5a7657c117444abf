"""TIFF that Pillow cannot give whole: any number of channels, several of 16 bits, channels in planes or pages."""

from math import prod
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from foveal.data.images.reading.formats import check_size
from foveal.data.images.reading.opening import both_bytes, damage_told, needed, raw_mode
from foveal.data.images.reading.pixels import Array, Pixels, array_pixels, check_array
from foveal.data.images.records import BadPicture

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_BITS, _DESCRIPTION, _SAMPLES, _ORIENTATION, _EXTRA = 258, 270, 277, 274, 338


def needs_tifffile(image: "ImageFile") -> bool:
    """Tell whether Pillow would lose something of a TIFF that it has opened: low bytes, or channels."""
    tags: Any = getattr(image, "tag_v2", {})
    description = str(tags.get(_DESCRIPTION, ""))[:4096]
    paged = ("ImageJ=" in description and "channels=" in description) or "<OME" in description
    extra = tags.get(_EXTRA, ())
    several = tags.get(_SAMPLES, 1) > 1
    return paged or (several and (max(tags.get(_BITS, (1,))) > 8 or 0 in extra or len(extra) > 1))


#: What tifffile unpacks alone: nothing, and zlib's two numbers.
_READ = (1, 8, 32946)


class Tiff:
    """The first picture of a TIFF: its shape and dtype from the header, its pixels when asked."""

    def __init__(self, file: IO[bytes], image: "ImageFile | None") -> None:
        self._source, self._image = file, image
        tifffile = needed("tifffile")
        try:
            with damage_told():
                file.seek(0)
                self._file = tifffile.TiffFile(file)
                self._page = self._file.pages[0]
                paged = self._file.is_imagej or self._file.is_ome
                self._series = self._file.series[0] if paged else None
                source = self._series if self._series is not None else self._page
                self._axes, self.shape, self.dtype = source.axes, tuple(source.shape), source.dtype
                self.orientation = _orientation(self._page.tags.valueof(_ORIENTATION, 1))
                self._check()
        except tifffile.TiffFileError as error:
            raise BadPicture("is damaged: its header makes no sense") from error

    def _check(self) -> None:
        if self.dtype is None or not {"Y", "X"} <= set(self._axes) or {"C", "S"} <= set(self._axes):
            raise BadPicture(f"is a TIFF with the axes {self._axes}, which is not read; export it as PNG or .npy")
        size = dict(zip(self._axes, self.shape, strict=True))
        self.height, self.width = size["Y"], size["X"]
        self.channels = size.get("C", 1) * size.get("S", 1)
        check_array((self.height, self.width, self.channels), self.dtype)
        check_size(self.width, self.height, prod(self.shape) // (self.width * self.height), self.dtype.itemsize)
        self.mode = self._mode()

    def _mode(self) -> str:
        """Name what the channels are: colours and opacity only where the file says so, and in integers."""
        page, kinds = self._page, [int(kind) for kind in self._page.extrasamples]
        colours = {1: "L", 2: "RGB"}.get(int(page.photometric), "")
        self._multiplied = kinds == [1]
        if self.channels == len(colours) and not kinds:
            return colours
        opacity = len(kinds) == 1 and kinds[0] in (1, 2) and self.dtype.kind == "u" and self.dtype.itemsize <= 2
        return f"{colours}A" if opacity and self.channels == len(colours) + 1 else "channels"

    def is_doubtful(self, size: int) -> bool:
        """Tell whether a file of `size` bytes may be cut off, or packed in a way that cannot be read here."""
        with damage_told():
            pairs = zip(self._page.dataoffsets, self._page.databytecounts, strict=False)
            ends = max((int(at + count) for at, count in pairs), default=0)
            return self._image is None or ends > size or int(self._page.compression) not in _READ

    def pixels(self) -> Pixels:
        """Decode the picture."""
        taken = array_pixels(self._values())
        if self.mode.endswith("A") and self._multiplied:
            return Pixels(_divided(taken.values), self.mode)
        return Pixels(taken.values, self.mode)

    def _values(self) -> Array:
        tifffile = needed("tifffile")
        if self._image is not None and self._is_packed_words():
            mode = self._image.mode
            with damage_told():
                native, other = ("B", "L") if np.dtype("=u2").str[0] == ">" else ("L", "B")
                return both_bytes(self._source, "TIFF", f"{mode};16{native}", f"{mode};16{other}")
        try:
            with damage_told():
                source = self._page if self._series is None else self._series
                values = source.asarray(maxworkers=1)
        except tifffile.TiffFileError as error:
            raise BadPicture("is damaged: its pixels cannot be unpacked") from error
        except BadPicture as bad:
            if "imagecodecs" in bad.reason:
                how = getattr(self._page.compression, "name", self._page.compression)
                raise BadPicture(
                    f"is a TIFF packed by {how}, which needs imagecodecs: pip install imagecodecs"
                ) from bad
            raise
        axes = list(self._axes)
        for at in reversed(range(len(axes))):  # the first of times, depths and pages
            if axes[at] not in "YXCS":
                values = values.take(0, axis=at)
                del axes[at]
        order = [axes.index(axis) for axis in ("Y", "X", "C", "S") if axis in axes]
        return np.asarray(values).transpose(order)

    def _is_packed_words(self) -> bool:
        """Tell whether libtiff, which Pillow brings, can unpack 16-bit colours that tifffile alone may not."""
        packed = self._image is not None and raw_mode(self._image) in ("RGB;16N", "RGBA;16N")
        return packed and int(self._page.planarconfig) == 1 and self.mode in ("RGB", "RGBA")


def _orientation(value: Any) -> int:
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _divided(values: Array) -> Array:
    """Take opacity out of the colours it is multiplied into: round(c white / a), 0 where a is 0."""
    colours, opacity = values[..., :-1].astype(np.uint64), values[..., -1:].astype(np.uint64)
    white = np.iinfo(values.dtype).max
    divisor = np.maximum(opacity, 1)
    straight = np.minimum((2 * colours * white + divisor) // (2 * divisor), white) * (opacity > 0)
    return np.concatenate([straight.astype(values.dtype), values[..., -1:]], axis=2)
