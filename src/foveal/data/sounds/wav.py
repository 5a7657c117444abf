"""WAV files: PCM of 8, 16, 24 and 32 bits, and floats of 32 and 64, by the standard library."""

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.data.images.records import BadPicture

#: Numbers of formats in the header: integers, floats, and "look in the extension".
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
#: The most channels and steps a second that a header may name.
_MOST_CHANNELS, _MOST_RATE = 64, 2**20


class Wav(NamedTuple):
    """Samples (T, C) from -1 to 1, and how many there are a second."""

    samples: NDArray[np.float32]
    rate: int


def read_wav(content: bytes) -> Wav:
    r"""Read the bytes of a WAV file: samples as float32.

    Integers of b bits are divided by 2^(b - 1); those of 8 bits have no sign, and 128 is taken off first. Floats stay
    as they are. A last frame that is cut off is left out. Raises `BadPicture`, which says why it is no sound that can
    be read, in a few words. Source: Microsoft and IBM 1991, Multimedia programming interface and data specifications
    1.0; the extensible format: Microsoft 2007.

    >>> head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 40, b"WAVE", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
    >>> wav = read_wav(head + struct.pack("<4sI2h", b"data", 4, -32768, 16384))
    >>> wav.rate, wav.samples.tolist()
    (8000, [[-1.0], [0.5]])
    """
    if len(content) < 12 or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise BadPicture(_what(content))
    head: bytes | None = None
    for name, part in _chunks(content):
        if name == b"fmt ":
            head = part
        elif name == b"data":
            if head is None:
                raise BadPicture("has samples before their format")
            return _samples(head, part)
    raise BadPicture("has no samples")


def _what(content: bytes) -> str:
    known = {b"fLaC": "FLAC", b"OggS": "Ogg", b"ID3": "MP3", b"FORM": "AIFF", b"RIFX": "RIFX", b"RF64": "RF64"}
    found = next((name for start, name in known.items() if content.startswith(start)), None)
    if not content:
        return "is empty"
    return "is no WAV file" if found is None else f"is {found}, not WAV: convert it, ffmpeg -i IN OUT.wav"


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give the chunks, each padded to an even length; what says that it is longer than the file ends with it."""
    place = 12
    while place + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, place)
        yield name, content[place + 8 : place + 8 + size]
        place += 8 + size + size % 2


def _samples(head: bytes, data: bytes) -> Wav:
    if len(head) < 16:
        raise BadPicture("has a format that is cut off")
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", head)
    if kind == _EXTENSIBLE and len(head) >= 26:
        (kind,) = struct.unpack_from("<H", head, 24)
    if not (1 <= channels <= _MOST_CHANNELS and 1 <= rate <= _MOST_RATE):
        raise BadPicture(f"says that it has {channels} channels of {rate} samples a second")
    read = _READERS.get((kind, bits))
    if read is None:
        raise BadPicture(f"holds samples of format {kind} and {bits} bits; PCM of 8 to 32 bits and floats are read")
    frames = len(data) // (channels * bits // 8)
    if not frames:
        raise BadPicture("has no samples")
    values = read(data[: frames * channels * bits // 8]).reshape(frames, channels)
    if not np.isfinite(values).all():
        raise BadPicture("holds samples that are not finite")
    return Wav(values, rate)


def _integers(data: bytes, dtype: str, bits: int) -> NDArray[np.float32]:
    return (np.frombuffer(data, dtype) / 2.0 ** (bits - 1)).astype(np.float32)


def _of_24(data: bytes) -> NDArray[np.float32]:
    """Read three bytes as the upper ones of four."""
    wide = np.zeros((len(data) // 3, 4), np.uint8)
    wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
    return (wide.view("<i4")[:, 0] / 2.0**31).astype(np.float32)


_READERS: dict[tuple[int, int], Any] = {
    (_PCM, 8): lambda data: ((np.frombuffer(data, np.uint8) - 128.0) / 128).astype(np.float32),
    (_PCM, 16): lambda data: _integers(data, "<i2", 16),
    (_PCM, 24): _of_24,
    (_PCM, 32): lambda data: _integers(data, "<i4", 32),
    (_FLOAT, 32): lambda data: np.frombuffer(data, "<f4").astype(np.float32),
    (_FLOAT, 64): lambda data: np.frombuffer(data, "<f8").astype(np.float32),
}
