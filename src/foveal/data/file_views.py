"""Arrays that are mapped from a file, told by their place in it: another process maps the same, and copies nothing."""

import os
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import ResourceError


class FileView(NamedTuple):
    """Where an array lies: a file as it was, the place of its first value there, and how the others follow."""

    path: str
    file: tuple[int, int, int]  # device, inode, bytes
    place: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: str

    def opened(self) -> NDArray[Any]:
        """Map the array; raises `ResourceError` where the file is gone, or another has its name."""
        try:
            found = _identity(self.path)
        except OSError as error:
            raise ResourceError(f"{self.path}: cannot be mapped again ({error.strerror}); use workers=0") from error
        if found != self.file:
            raise ResourceError(f"{self.path}: is another file than before; do not change data that are trained on")
        whole = np.memmap(self.path, np.uint8, "r")
        view: NDArray[Any] = np.ndarray(self.shape, np.dtype(self.dtype), whole, self.place, self.strides)
        return view


def view_of(X: Any) -> FileView | None:
    """Tell where an array lies in a file; None for one in memory, or with changes that the file does not have.

    >>> view_of(np.zeros(3)) is None
    True
    """
    root = _root(X)
    if root is None or root.filename is None or root.mode == "c" or X.dtype.hasobject or not X.size:
        return None
    place = root.offset + X.ctypes.data - root.ctypes.data
    path = str(Path(os.fspath(root.filename)).absolute())
    try:
        identity = _identity(path)
    except OSError:
        return None
    return FileView(path, identity, place, tuple(X.shape), tuple(X.strides), X.dtype.str)


def locked(file: BinaryIO, dtype: np.dtype[Any], offset: int, shape: tuple[int, ...]) -> np.memmap[Any, Any]:
    """Map a file to be read, in such a way that `unlocked` can hand it to torch, where the system has it so."""
    try:
        found = np.memmap(file, dtype, "c", offset, shape)
    except OSError:  # more than the memory there is: changes, which nobody makes, might need it
        return np.memmap(file, dtype, "r", offset, shape)
    found.flags.writeable, found.mode = False, "r"
    return found


def unlocked(X: NDArray[Any]) -> NDArray[Any]:
    """Give the same memory of an array that `locked` has mapped as one that torch takes; any other array as it is.

    Nothing is read, and no memory is taken: pages come from the file when they are asked for, and the system drops them
    where memory is short. What is written there stays in memory, and shows in both.
    """
    root = _root(X)
    if root is None or X.flags.writeable or not X.flags.c_contiguous or not X.size:
        return X
    memory: NDArray[np.uint8] = np.frombuffer(root.base, np.uint8)
    place = X.ctypes.data - memory.ctypes.data
    return memory[place : place + X.nbytes].view(X.dtype).reshape(X.shape) if memory.flags.writeable else X


def _root(X: Any) -> Any:
    """Give the memory map that an array is a view of, as it was made."""
    found = None
    while isinstance(X, np.ndarray):
        found = X if isinstance(X, np.memmap) else found
        X = X.base
    return found


def _identity(path: str) -> tuple[int, int, int]:
    status = Path(path).stat()
    return status.st_dev, status.st_ino, status.st_size
