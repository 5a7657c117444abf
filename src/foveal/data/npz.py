"""NumPy's files: a data set out of an .npz, one array out of an .npy or .npz. Pickled objects are never loaded."""

import math
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from foveal.core.errors import DataError, FovealError, ResourceError
from foveal.data.dataset import Dataset

Array = NDArray[Any]

_LAYOUTS = (  # images and labels to learn from, then to test on; the second is Keras's
    ("X_train", "y_train", "X_test", "y_test"),
    ("x_train", "y_train", "x_test", "y_test"),
    ("X", "y", "X_test", "y_test"),
    ("x", "y", "x_test", "y_test"),
)
# What zipfile and NumPy's parser of headers raise on files with bytes changed at random.
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, tokenize.TokenError,
    EOFError, OSError, RuntimeError, SyntaxError, TypeError, ValueError,
)  # fmt: skip
_WANTED = "X and y, or X_train and y_train, and where there is a test part X_test and y_test (x may be small)"


def read_npz(path: str | Path) -> Dataset:
    """Read a data set from an .npz file with the keys `X` and `y`, or `X_train` and `y_train`; `x` may be small.

    `X_test` and `y_test` are read where they exist, other keys are not. The set is named after the file.

    Raises
    ------
    DataError
        If there is no such file, it is damaged, lacks a key, holds pickled objects, nothing, or `X` and `y` of unequal
        lengths. Kind and size of every array are checked in its header, before memory is taken.
    ResourceError
        If the file may not be read, or memory is short.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.savez(Path(folder, "two.npz"), X=np.zeros((2, 8, 8)), y=[0, 1])
    ...     read_npz(Path(folder, "two.npz")).y_train
    array([0, 1])
    """
    path = Path(path)
    with _reading(path), zipfile.ZipFile(path) as archive:
        keys = _keys(archive)
        layout = next((names for names in _LAYOUTS if set(names[:2]) <= set(keys)), None)
        if layout is None:
            raise DataError(f"{path}: wanted the keys {_WANTED}; found {keys}")
        test = [name for name in layout[2:] if name in keys]
        if len(test) == 1:
            raise DataError(f"{path}: wanted both {layout[2]} and {layout[3]} or neither, found only {test[0]}")
        names = layout if test else layout[:2]
        rows = {name: _check(path, name, archive)[0] for name in names}
        for X, y in zip(names[::2], names[1::2], strict=True):
            if rows[X] != rows[y]:
                raise DataError(f"{path}: {X} and {y} must be of one length, found {rows[X]} and {rows[y]}")
        X_train, y_train, *rest = (_load(name, archive) for name in names)
        X_test, y_test = rest or (None, None)
        return Dataset(path.stem, X_train, y_train, X_test, y_test)


def read_arrays(path: str | Path) -> Array:
    """Read what to predict: the array of an .npy file, mapped into memory, or `X` (or the only array) of an .npz file.

    Raises what `read_npz` raises, and a `DataError` if the file ends in neither .npy nor .npz.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.savez(Path(folder, "new.npz"), X=np.zeros((5, 8, 8)))
    ...     read_arrays(Path(folder, "new.npz")).shape
    (5, 8, 8)
    """
    path = Path(path)
    if path.suffix not in (".npy", ".npz"):
        raise DataError(f"{path}: must end in .npy or .npz; write the array with numpy.save")
    with _reading(path):
        if path.suffix == ".npy":
            with path.open("rb") as file:
                _check_header(path, "the array", file, path.stat().st_size)
            return npy.open_memmap(path, mode="r")
        with zipfile.ZipFile(path) as archive:
            keys = _keys(archive)
            name = next((key for key in ("X", "x", *keys[: len(keys) == 1]) if key in keys), None)
            if name is None:
                raise DataError(f"{path}: wanted the key X, or a single array; found {keys}")
            _check(path, name, archive)
            return _load(name, archive)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
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


def _keys(archive: zipfile.ZipFile) -> list[str]:
    return [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]


def _load(name: str, archive: zipfile.ZipFile) -> Array:
    with archive.open(f"{name}.npy") as file:
        return np.asarray(npy.read_array(file, allow_pickle=False))


def _check(path: Path, name: str, archive: zipfile.ZipFile) -> tuple[int, ...]:
    member = archive.getinfo(f"{name}.npy")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(f"{path}: {name} must be stored or deflated; write it with numpy.savez_compressed")
    with archive.open(member) as file:
        return _check_header(path, name, file, member.file_size)


def _check_header(path: Path, name: str, file: IO[bytes], size: int) -> tuple[int, ...]:
    """Return the shape of an array that may be loaded, out of its header; `size` is the bytes of header and values."""
    read = npy.read_array_header_1_0 if npy.read_magic(file) == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read(file)
    if dtype.hasobject:
        way_out = "save numbers, or for names the array's astype(str)"
        raise DataError(f"{path}: {name} holds Python objects, which are never loaded; {way_out}")
    if not shape or 0 in shape:
        raise DataError(f"{path}: {name} must have at least one row and one value, found the shape {shape}")
    if (promised := math.prod(shape) * dtype.itemsize) != (found := size - file.tell()):
        raise DataError(f"{path}: {name} promises {promised} bytes, found {found}; the file is damaged, write it again")
    return tuple(shape)
