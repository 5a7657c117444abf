"""Labelled signals by name: found where the package aeon has them, which is not imported."""

from importlib.util import find_spec
from pathlib import Path

from foveal.core.errors import ResourceError
from foveal.data.dataset import Dataset
from foveal.data.fetch import cache_folder
from foveal.data.ts import padded, read_ts

#: Name -> that of the files.
SIGNALS = {"basic-motions": "BasicMotions", "gunpoint": "GunPoint", "japanese-vowels": "JapaneseVowels"}
_PACKAGE, _FOLDER = "aeon", "datasets/data"


def signal_set(name: str) -> Dataset:
    """Load a set of signals with its official split: float32 (N, C, L) in layout NCL, or (N, L) for one channel.

    Where their lengths differ X is a source of signals of unequal length, `Ragged`, which no zeros stand behind.

    Sources: GunPoint, Ratanamahatana and Keogh 2005; BasicMotions, Bagnall et al. 2018; JapaneseVowels, Kudo et al.
    1999, whose signals are of 7 to 29 steps.
    """
    title = SIGNALS[name]
    folder = _folder(name, title)
    train, test = (read_ts(folder / f"{title}_{part}.ts") for part in ("TRAIN", "TEST"))
    if len({signal.shape[1] for signal in (*train.values, *test.values)}) > 1:
        from foveal.data.signals.ragged import Ragged  # which loads torch

        parts = (Ragged(part.values, "NCL") for part in (train, test))
        return Dataset(name, next(parts), train.labels, next(parts), test.labels, train.class_names, layout="NCL")
    X, X_test = padded(train.values), padded(test.values)
    layout = "NL" if X.ndim == 2 else "NCL"
    return Dataset(name, X, train.labels, X_test, test.labels, train.class_names, layout=layout)


def _folder(name: str, title: str) -> Path:
    """Return the folder with a set's two files: the package's, or one of ours that somebody has filled."""
    spec, own = find_spec(_PACKAGE), cache_folder() / name
    roots = [] if spec is None else spec.submodule_search_locations or []
    files = [f"{title}_{part}.ts" for part in ("TRAIN", "TEST")]
    for folder in (*(Path(root) / _FOLDER / title for root in roots), own):
        if all((folder / file).is_file() for file in files):
            return folder
    raise ResourceError(
        f"{name} is not on this machine: it comes with the Python package aeon, which pip install --no-deps aeon gets; "
        f"or put {' and '.join(files)} from elsewhere into {own}"
    )
