"""The idx format of LeCun's MNIST files, plain or in gzip: every size is checked before memory is taken."""

import gzip
import math
import zlib
from io import BufferedIOBase
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import DataError, ResourceError

_GZIP = b"\x1f\x8b"
_UINT8 = 0x08
_DEFLATE_RATIO = 1032  # deflate packs no more than 258 bytes into 2 bits (zlib's technical details)
_LARGEST = 1 << 34  # 16 GiB; Fashion-MNIST's largest file promises 47 MB
_CHUNK = 1 << 20


def read_idx(path: str | Path) -> NDArray[np.uint8]:
    """Read an idx file of unsigned bytes, plain or in gzip (told by its first bytes, not by its name).

    The format: two zero bytes, the type (8 for uint8), the number of dimensions, each dimension as a 32-bit big-endian
    integer, then the values in C order.  Source: LeCun, Cortes and Burges, "The MNIST database", 1998.
    Deviation: of its six types only uint8 is read, the one that image data sets use.

    Parameters
    ----------
    path : str or Path
        The file, such as `train-images-idx3-ubyte.gz`.

    Returns
    -------
    array of uint8
        With the shape that the header promises: images `(N, H, W)`, labels `(N,)`.

    Raises
    ------
    DataError
        If there is no such file, it is not idx, its type is not uint8, it is damaged, or it holds fewer or more
        bytes than its header promises. At most one byte more than promised is ever unpacked.
    ResourceError
        If the file may not be read, or memory is short.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "labels-idx1-ubyte")
    ...     _ = file.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1]))
    ...     read_idx(file)
    array([7, 2, 1], dtype=uint8)
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: expected an idx file, found {'a folder' if path.is_dir() else 'nothing'} there")
    try:
        with path.open("rb") as file:
            packed = file.peek(2)[:2] == _GZIP
            size = path.stat().st_size
            if not packed:
                return _read(path, file, size)
            with gzip.GzipFile(fileobj=file) as unpacked:
                return _read(path, unpacked, size * _DEFLATE_RATIO)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path}: expected a whole gzip file, found a damaged one ({error}); fetch it again") from error
    except (OSError, MemoryError) as error:
        why = str(error) or "out of memory"
        raise ResourceError(f"{path}: cannot be read ({why}); check its permissions and the free memory") from error


def _read(path: Path, stream: BufferedIOBase, most: int) -> NDArray[np.uint8]:
    """Read header and values; `most` is the number of bytes that the file can hold at the very most."""
    shape = _shape(path, stream)
    size = math.prod(shape)
    promise = f"its header promises {' x '.join(map(str, shape))} = {size} bytes"
    if not 0 < size <= min(most, _LARGEST):
        raise DataError(
            f"{path}: {promise}, which must be at least 1 and no more than this file can hold "
            f"({min(most, _LARGEST)}); it is empty or damaged: fetch it again"
        )
    values = np.empty(size, np.uint8)
    view, got = values.data, 0
    while got < size and (step := stream.readinto(view[got : got + _CHUNK])):
        got += step
    more = len(stream.read(1))  # at the end of a gzip file this also compares its checksum
    if got + more != size:
        raise DataError(f"{path}: {promise}, found {'more' if more else f'only {got}'}; it is damaged: fetch it again")
    return values.reshape(shape)


def _shape(path: Path, stream: BufferedIOBase) -> tuple[int, ...]:
    """Read the header: the dimensions that it names."""
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[3] == 0:
        raise DataError(
            f"{path}: an idx file starts with bytes 0, 0, a type and a number of dimensions of at least 1, "
            f"found {list(magic)}; for arrays of NumPy use .npz"
        )
    if magic[2] != _UINT8:
        raise DataError(
            f"{path}: an idx file must hold unsigned bytes (type 8), found type {magic[2]}; "
            "for other types save the arrays as .npz"
        )
    sizes = stream.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise DataError(f"{path}: its header ends before its {magic[3]} dimensions; it is damaged: fetch it again")
    return tuple(int(n) for n in np.frombuffer(sizes, ">u4"))
