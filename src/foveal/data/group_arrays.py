"""Groups of rows that an .npz file or a folder of .npy files holds beside X and y."""

import zipfile
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from foveal.core.errors import DataError
from foveal.core.rules import did_you_mean
from foveal.data.array_files import check, keys_of, load, reading
from foveal.data.npz import read_arrays


def groups_beside(source: str | Path, name: str, rows: int) -> NDArray[Any]:
    """Read the group of each row to learn from: the key `name` of an .npz file, or `name`.npy of a folder.

    Raises `DataError` where there is none, or not one group a row.

    >>> import tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.savez(Path(folder, "a.npz"), X=np.zeros((3, 8, 8)), patient=["ann", "ann", "bob"])
    ...     groups_beside(Path(folder, "a.npz"), "patient", 3).tolist()
    ['ann', 'ann', 'bob']
    """
    path = Path(source)
    groups = _of_folder(path, name) if path.is_dir() else _of_npz(path, name)
    if groups.shape != (rows,):
        raise DataError(
            f"{path}: group={name!r} must hold the group of each row to learn from, ({rows},), got shape {groups.shape}"
        )
    return groups


def _of_npz(path: Path, name: str) -> NDArray[Any]:
    with reading(path), zipfile.ZipFile(path) as archive:
        keys = keys_of(archive)
        if name not in keys:
            raise DataError(f"{path}: group={name!r} is no key of it; found {keys}{did_you_mean(name, keys)}")
        check(path, name, archive)
        return load(name, archive)


def _of_folder(path: Path, name: str) -> NDArray[Any]:
    held = sorted(entry.stem for entry in path.glob("*.npy"))
    if name not in held:
        raise DataError(f"{path}: group={name!r} needs a file {name}.npy, and there is none{did_you_mean(name, held)}")
    return read_arrays(path / f"{name}.npy")
