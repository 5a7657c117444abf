"""What the pixels of a video's frames are, in the words of pictures: mode, bits, turned how far. Torch-free."""

from typing import Any

from foveal.data.images.reading.formats import check_size
from foveal.data.images.records import Header

_CHANNELS = {"L": 1, "RGB": 3, "RGBA": 4}


def mode_of(format: Any) -> str:
    """Give the mode of the pixels of a format of PyAV's: L, RGB or RGBA."""
    parts = format.components
    if format.has_palette or any(part.is_alpha for part in parts):
        return "RGBA"
    return "L" if len(parts) == 1 and not format.is_bayer else "RGB"


def turns_of(frame: Any) -> int:
    """Give how many quarters a frame is to be turned, counterclockwise, to be seen as it was filmed.

    >>> from types import SimpleNamespace
    >>> turns_of(SimpleNamespace(rotation=-90))
    3
    """
    return round(int(frame.rotation) / 90) % 4


def header_of(frame: Any, container: str) -> Header:
    """Say what a frame is, as it is seen: 8 bits a channel, whatever the video has, because rows have them."""
    check_size(frame.width, frame.height, 4)
    mode = mode_of(frame.format)
    sides = (frame.height, frame.width) if turns_of(frame) % 2 else (frame.width, frame.height)
    return Header(container.partition(",")[0], *sides, _CHANNELS[mode], 8, mode, 2)
