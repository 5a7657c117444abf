"""Data sets larger than memory: folders of .npy files, which are mapped, and of tar shards."""

from pathlib import Path

import numpy as np

from foveal.core.errors import DataError, ResourceError
from foveal.core.files import as_path
from foveal.data.array_files import Array
from foveal.data.class_names import CLASS_NAMES, names_for
from foveal.data.dataset import Dataset, Rows
from foveal.data.images.listing.tar_shard import holds_pictures
from foveal.data.npz import read_arrays
from foveal.data.shard_index import INDEX
from foveal.data.shards import Shards

#: Folders of the parts of a pack; without the first one there is none.
TRAIN, TEST = "train", "test"
_LAYOUTS = (("X_train.npy", "y_train.npy"), ("X.npy", "y.npy"))
_TEST = ("X_test.npy", "y_test.npy")
_WANTED = "X_train.npy and y_train.npy (or X.npy and y.npy), or the tar shards that foveal pack writes"


def is_data_folder(path: str | Path) -> bool:
    """Tell whether a path is a folder of arrays or shards, finished or not; any other may be one of pictures."""
    folder = Path(path)
    if not folder.is_dir():
        return False
    try:
        return _holds_arrays(folder)
    except PermissionError as error:
        raise ResourceError(
            f"{path}: cannot be looked into ({error.strerror}); give permission to the folder, or choose another"
        ) from error


def _holds_arrays(folder: Path) -> bool:
    names = (INDEX, *(name for layout in _LAYOUTS for name in layout), *_TEST)
    return any((folder / name).exists() for name in names) or _is_packed(folder) or _is_packed(folder / TRAIN)


def _is_packed(folder: Path) -> bool:
    """Tell whether a folder holds tar shards of arrays; those of pictures are opened as pictures."""
    if (folder / INDEX).exists():
        return True
    first = min(folder.glob("*.tar"), default=None)
    return first is not None and not holds_pictures(first)


def read_folder(path: str | Path) -> Dataset:
    """Open a folder as a data set: X stays on the disk, y is read.

    It holds X_train.npy and y_train.npy, or X.npy and y.npy, where there is a test part X_test.npy and y_test.npy, and
    perhaps class_names.npy, the names of the classes 0, 1, 2 ...; or train/ and perhaps test/, as `foveal pack` writes
    them; or tar shards with their index. It is named after itself.

    Raises
    ------
    DataError
        If it holds none of these or half of one, and for files that are damaged, hold objects or differ in length.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(Path(folder, "X.npy"), np.zeros((2, 8, 8)))
    ...     np.save(Path(folder, "y.npy"), [0, 1])
    ...     type(read_folder(folder).X_train).__name__
    'memmap'
    """
    folder = as_path(path)
    name = folder.resolve().name
    if (folder / INDEX).is_file() or any(folder.glob("*.tar")):
        shards = Shards.open(folder)
        return Dataset(name, shards, shards.y, class_names=shards.class_names)
    if (folder / TRAIN).is_dir():
        return _pack(folder, name)
    found = sorted(entry.name for entry in folder.iterdir())
    layout = next((names for names in _LAYOUTS if set(names) <= set(found)), None)
    if layout is None:
        shown = ", ".join(found[:8]) + (" ..." if len(found) > 8 else "") or "nothing"
        raise DataError(f"{folder}: wanted {_WANTED}; found {shown}")
    test = [entry for entry in _TEST if entry in found]
    if len(test) == 1:
        raise DataError(f"{folder}: wanted both X_test.npy and y_test.npy or neither, found only {test[0]}")
    X, y = _mapped(folder, *layout)
    X_test, y_test = _mapped(folder, *_TEST) if test else (None, None)
    named = folder / f"{CLASS_NAMES}.npy"
    names = names_for(named, read_arrays(named), (y, y_test)) if named.name in found else None
    return Dataset(name, X, y, X_test, y_test, names)


def rows_to_predict(path: str | Path) -> Rows:
    """Open what to predict: an .npy or .npz file, or of a folder the test part, or all rows where there is none.

    Raises what `read_arrays` and `read_folder` raise.
    """
    if not Path(path).is_dir() or Path(path).suffix in (".npy", ".npz"):
        return read_arrays(path)
    data = read_folder(path)
    return data.X_train if data.X_test is None else data.X_test


def _pack(folder: Path, name: str) -> Dataset:
    train = Shards.open(folder / TRAIN)
    test = Shards.open(folder / TEST) if (folder / TEST).is_dir() else None
    return Dataset(name, train, train.y, test, None if test is None else test.y, train.class_names)


def _mapped(folder: Path, X_name: str, y_name: str) -> tuple[Array, Array]:
    X, y = read_arrays(folder / X_name), read_arrays(folder / y_name)
    if len(X) != len(y):
        raise DataError(f"{folder}: {X_name} and {y_name} must be of one length, found {len(X)} and {len(y)}")
    return X, np.array(y)
