"""Nuclei under the microscope, by name: found where the package stardist has them, which is not imported."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveal.core.errors import ResourceError
from foveal.data.dataset import Dataset
from foveal.data.fetch import cache_folder
from foveal.data.instances import boundary_classes

_PACKAGE, _FOLDER = "stardist", "data/images"
_CLASSES = ("background", "nucleus", "boundary")


def nuclei() -> Dataset:
    """Load a picture with 125 nuclei, 512 x 512: its left half to learn from, its right half to test on.

    uint16 (1, 512, 256), and masks of three classes, `boundary_classes`. Source: the picture of the Broad Bioimage
    Benchmark Collection that Schmidt et al. 2018 show; BSD-3.
    """
    picture, numbers = nucleus_arrays("nuclei", "2d")
    y = boundary_classes(numbers)
    parts = (picture[:, :256], y[:, :256], picture[:, 256:], y[:, 256:])
    X, learnt, X_test, y_test = (np.ascontiguousarray(part[None]) for part in parts)
    return Dataset("nuclei", X, learnt, X_test, y_test, _CLASSES, layout="NHW")


def nuclei_volume() -> Dataset:
    """Load a volume with 51 nuclei, 31 x 61 x 57: the first 28 columns to learn from, the rest to test on.

    uint16 (1, 31, 61, 28), and masks of background and nucleus. Source: Weigert et al. 2020; BSD-3.
    """
    picture, numbers = nucleus_arrays("nuclei-volume", "3d")
    y = (numbers > 0).astype(np.uint8)
    parts = (picture[..., :28], y[..., :28], picture[..., 28:], y[..., 28:])
    X, learnt, X_test, y_test = (np.ascontiguousarray(part[None]) for part in parts)
    return Dataset("nuclei-volume", X, learnt, X_test, y_test, _CLASSES[:2], layout="NDHW")


def nucleus_arrays(name: str, which: str) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """Read a picture and the number of the nucleus at each place, 0 where there is none."""
    spec, own = find_spec(_PACKAGE), cache_folder() / name
    roots = [] if spec is None else spec.submodule_search_locations or []
    files = [f"{kind}{which}.tif" for kind in ("img", "mask")]
    for folder in (*(Path(root) / _FOLDER for root in roots), own):
        if all((folder / file).is_file() for file in files):
            picture, numbers = (_read(folder / file) for file in files)
            return picture, numbers
    raise ResourceError(
        f"{name} is not on this machine: it comes with the Python package stardist, which pip install --no-deps "
        f"stardist gets; or put {' and '.join(files)} from elsewhere into {own}"
    )


def _read(path: Path) -> NDArray[np.uint16]:
    from PIL import Image, ImageSequence

    with Image.open(path) as file:
        planes = np.stack([np.array(plane) for plane in ImageSequence.Iterator(file)])
    return planes[0] if len(planes) == 1 else planes
