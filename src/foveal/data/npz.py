"""NumPy's files: a data set out of an .npz, one array out of an .npy or .npz. Pickled objects are never loaded."""

import zipfile
from pathlib import Path

from numpy.lib import format as npy

from foveal.core.errors import DataError
from foveal.core.files import as_path
from foveal.data.array_files import Array, check, check_header, keys_of, load, reading
from foveal.data.class_names import CLASS_NAMES, names_for
from foveal.data.dataset import Dataset

_LAYOUTS = (  # images and labels to learn from, then to test on; the second is Keras's
    ("X_train", "y_train", "X_test", "y_test"),
    ("x_train", "y_train", "x_test", "y_test"),
    ("X", "y", "X_test", "y_test"),
    ("x", "y", "x_test", "y_test"),
)
_WANTED = "X and y, or X_train and y_train, and where there is a test part X_test and y_test (x may be small)"


def read_npz(path: str | Path) -> Dataset:
    """Read a data set from an .npz file with the keys `X` and `y`, or `X_train` and `y_train`; `x` may be small.

    `X_test` and `y_test` are read where they exist, and `class_names`, those of the classes 0, 1, 2 ...; other keys are
    not. The set is named after the file.

    Raises
    ------
    DataError
        If there is no such file, it is damaged, lacks a key, holds pickled objects, nothing, `X` and `y` of unequal
        lengths, or classes without a name where there are some. Kind and size of every array are checked in its
        header, before memory is taken.
    ResourceError
        If the file may not be read, or memory is short.

    >>> import tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.savez(Path(folder, "two.npz"), X=np.zeros((2, 8, 8)), y=[0, 1])
    ...     read_npz(Path(folder, "two.npz")).y_train
    array([0, 1])
    """
    path = as_path(path)
    with reading(path), zipfile.ZipFile(path) as archive:
        keys = keys_of(archive)
        layout = next((names for names in _LAYOUTS if set(names[:2]) <= set(keys)), None)
        if layout is None:
            raise DataError(f"{path}: wanted the keys {_WANTED}; found {keys}")
        test = [name for name in layout[2:] if name in keys]
        if len(test) == 1:
            raise DataError(f"{path}: wanted both {layout[2]} and {layout[3]} or neither, found only {test[0]}")
        names = layout if test else layout[:2]
        if CLASS_NAMES in keys:
            check(path, CLASS_NAMES, archive)
        rows = {name: check(path, name, archive)[0] for name in names}
        for X, y in zip(names[::2], names[1::2], strict=True):
            if rows[X] != rows[y]:
                raise DataError(f"{path}: {X} and {y} must be of one length, found {rows[X]} and {rows[y]}")
        X_train, y_train, *rest = (load(name, archive) for name in names)
        X_test, y_test = rest or (None, None)
        named = names_for(path, load(CLASS_NAMES, archive), (y_train, y_test)) if CLASS_NAMES in keys else None
        return Dataset(path.stem, X_train, y_train, X_test, y_test, named)


def read_arrays(path: str | Path) -> Array:
    """Read what to predict: the array of an .npy file, mapped into memory, or `X` (or the only array) of an .npz file.

    Raises what `read_npz` raises, and a `DataError` if the file ends in neither .npy nor .npz.

    >>> import tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.savez(Path(folder, "new.npz"), X=np.zeros((5, 8, 8)))
    ...     read_arrays(Path(folder, "new.npz")).shape
    (5, 8, 8)
    """
    path = as_path(path)
    if path.suffix not in (".npy", ".npz"):
        raise DataError(f"{path}: must end in .npy or .npz; write the array with numpy.save")
    with reading(path):
        if path.suffix == ".npy":
            with path.open("rb") as file:
                check_header(path, "the array", file, path.stat().st_size)
            return npy.open_memmap(path, mode="r")
        with zipfile.ZipFile(path) as archive:
            keys = keys_of(archive)
            name = next((key for key in ("X", "x", *keys[: len(keys) == 1]) if key in keys), None)
            if name is None:
                raise DataError(f"{path}: wanted the key X, or a single array; found {keys}")
            check(path, name, archive)
            return load(name, archive)
