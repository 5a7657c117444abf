"""What the rooms of this folder hand to each other: where a picture lies, what its header says, a list of pictures."""

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import DataError

#: What is told about the data, one sentence a call: a log, a progress line, or nothing.
Told = Callable[[str], None]
#: A pipe without a writer is not waited for, a terminal is not taken; Windows has neither, but two kinds of files.
_OPENED = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


def silent(sentence: str) -> None:
    """Tell nobody."""


class BadPicture(DataError):  # noqa: N818  (it is the file that is wrong)
    """A file is no picture that can be read: `reason` says why in a few words, `name` which one it is."""

    def __init__(self, reason: str, name: str = "") -> None:
        super().__init__(reason, name)
        self.reason, self.name = reason, name

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}" if self.name else self.reason


class Place(NamedTuple):
    """Where a picture's bytes lie: a file, or `size` bytes of one from `offset` on (a member of a tar).

    `name` is what people see, relative to the folder, table or tar that was given, with "/" between its parts.
    """

    path: str
    name: str
    offset: int = 0
    size: int | None = None

    def open(self) -> BinaryIO:
        """Open the file where the bytes begin; a folder, pipe, socket or device is an `OSError`, at once."""
        handle = os.open(self.path, _OPENED)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise OSError(errno.EINVAL, "a folder, pipe or device, not a file")
        file = os.fdopen(handle, "rb")
        file.seek(self.offset)
        return file

    def read(self) -> bytes:
        """Read the bytes; what the system refuses is an `OSError`."""
        with self.open() as file:
            return file.read() if self.size is None else file.read(self.size)


class Header(NamedTuple):
    """What the head of a picture says, before any pixel is decoded.

    Width and height are those that are seen, after EXIF's rotation. `bits` are those of a channel: 8, 16, or 32 for
    floating-point numbers. `channels` are those of the pixels: 3 of a palette, 4 of one with transparency. `mode` is L,
    LA, RGB or RGBA, or "channels" where they have no such meaning. `frames` is 1, or 2 where there are more.
    """

    format: str
    width: int
    height: int
    channels: int
    bits: int
    mode: str
    frames: int = 1


class Bad(NamedTuple):
    """A file that is no picture, and why, in a few words for people."""

    place: Place
    reason: str


@dataclass(frozen=True)
class Listing:
    """Pictures and what is known of each, before any is opened.

    root : the folder that names are relative to, or the tar.
    y : (N,) numbers of classes, (N, K) 0/1 for several labels, or targets as floats; None where nothing is known.
    class_names : the classes in the order of their numbers; None for targets.
    split : (N,) of "train", "valid", "test"; None where nothing is said.
    groups : (N,) rows of one group never fall on both sides of a split; None where nothing is said.
    spans : (N, 2) of videos, seconds at which a row starts and stops, NaN where it is open; None where nothing is said.
    """

    root: str
    places: tuple[Place, ...]
    y: NDArray[Any] | None = None
    class_names: tuple[str, ...] | None = None
    split: NDArray[np.str_] | None = None
    groups: NDArray[Any] | None = None
    spans: NDArray[np.float64] | None = None
