"""Arrays in NumPy's files, checked in their headers before memory is taken. Pickled objects are never loaded."""

import math
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from foveal.core.errors import DataError, FovealError, ResourceError

Array = NDArray[Any]

# What zipfile and NumPy's parser of headers raise on files with bytes changed at random.
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, tokenize.TokenError,
    EOFError, OSError, RuntimeError, SyntaxError, TypeError, ValueError,
)  # fmt: skip


def read_stored(path: Path, names: Sequence[str]) -> dict[str, Array]:
    """Read those of some arrays that an .npz file holds, all of them stored, as numpy.savez does it.

    What is not compressed is no larger than the file, whatever its headers promise. Raises what `read_npz` raises.
    """
    with reading(path), zipfile.ZipFile(path) as archive:
        keys = [name for name in keys_of(archive) if name in names]
        for name in keys:
            member = archive.getinfo(f"{name}.npy")
            if member.compress_type != zipfile.ZIP_STORED or member.file_size > path.stat().st_size:
                raise DataError(f"{path}: {name} must be stored whole; write it with numpy.savez")
            check(path, name, archive)
        return {name: load(name, archive) for name in keys}


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what goes wrong inside into an error that names the file."""
    if not path.is_file():
        raise DataError(f"{path}: expected a file, found {'a folder' if path.is_dir() else 'nothing'} there")
    try:
        yield
    except FovealError:
        raise
    except (PermissionError, MemoryError) as error:
        why = str(error) or "out of memory"
        raise ResourceError(f"{path}: cannot be read ({why}); check its permissions and the free memory") from error
    except _DAMAGE as error:
        raise DataError(f"{path}: expected a whole {path.suffix} file, found a damaged one ({error})") from error


def keys_of(archive: zipfile.ZipFile) -> list[str]:
    """List the arrays of an archive."""
    return [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]


def load(name: str, archive: zipfile.ZipFile) -> Array:
    """Read an array of an archive."""
    with archive.open(f"{name}.npy") as file:
        return np.asarray(npy.read_array(file, allow_pickle=False))


def check(path: Path, name: str, archive: zipfile.ZipFile) -> tuple[int, ...]:
    """Return the shape of an array of an archive that may be loaded."""
    member = archive.getinfo(f"{name}.npy")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(f"{path}: {name} must be stored or deflated; write it with numpy.savez_compressed")
    with archive.open(member) as file:
        return check_header(path, name, file, member.file_size)


def parse_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Read an .npy header: shape, whether the first axis varies fastest, and dtype."""
    read = npy.read_array_header_1_0 if npy.read_magic(file) == (1, 0) else npy.read_array_header_2_0
    return read(file)


def check_header(path: Path, name: str, file: IO[bytes], size: int) -> tuple[int, ...]:
    """Return the shape of an array that may be loaded, out of its header; `size` is the bytes of header and values."""
    shape, _, dtype = parse_header(file)
    if dtype.hasobject:
        way_out = "save numbers, or for names the array's astype(str)"
        raise DataError(f"{path}: {name} holds Python objects, which are never loaded; {way_out}")
    if not shape or 0 in shape:
        raise DataError(f"{path}: {name} must have at least one row and one value, found the shape {shape}")
    if (promised := math.prod(shape) * dtype.itemsize) != (found := size - file.tell()):
        raise DataError(f"{path}: {name} promises {promised} bytes, found {found}; the file is damaged, write it again")
    return tuple(shape)
