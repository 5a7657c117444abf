"""Data sets by name, found on the machine or fetched, and the one door `load_dataset` to them, to files and folders."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from foveal.core.errors import DataError, ParameterError, ResourceError
from foveal.core.rules import did_you_mean
from foveal.data.dataset import Dataset
from foveal.data.fetch import cache_folder, debian_files, download
from foveal.data.file_sets import dataset_of_files
from foveal.data.file_sorts import sort_of_files
from foveal.data.folders import is_data_folder, read_folder
from foveal.data.group_arrays import groups_beside
from foveal.data.idx import read_idx
from foveal.data.images.progress import SILENT, Progress
from foveal.data.npz import read_npz
from foveal.data.nucleus_sets import nuclei, nuclei_volume
from foveal.data.picture_sets import is_of_pictures
from foveal.data.shards import Shards
from foveal.data.signal_sets import signal_set
from foveal.data.text_files import is_of_texts, texts_dataset
from foveal.data.text_sets import movie_snippets
from foveal.data.translation_files import is_of_translations, translations_dataset
from foveal.data.translation_sets import gimp_pairs

__all__ = ["NAMED", "Dataset", "load_dataset"]

#: What is read as pictures are by default.
NOTHING: Mapping[str, Any] = MappingProxyType({})
_ROOT = Path("/")
_PACKAGE = "dataset-fashion-mnist"
_FOLDER = "usr/share/datasets/fashion-mnist"  # where the Debian package has its files
_HOME = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
# SHA-256 of the files at the public home, whose MD5 sums stand in github.com/zalandoresearch/fashion-mnist.
# Debian's files pack the same bytes under a gzip header without name and time, so their own digests differ.
_FILES = {
    "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}
_CLASSES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip


def load_dataset(source: str, reading: Mapping[str, Any] = NOTHING, progress: Progress = SILENT) -> Dataset:
    """Load a data set by its name in `NAMED`, or from a path: of an .npz file, a folder, or a table of files.

    Parameters
    ----------
    source : str
        A name, which comes first, or a path.
    reading : mapping
        How files are read: parameters of `open_images`, `open_clips`, `open_volumes` or `open_sounds`. Of an .npz file
        or a folder of .npy files `group` alone, the key or the file that holds each row's group.
    progress : Progress
        Is told what is found while pictures are read.

    Raises
    ------
    DataError
        If `source` is none of them, or the file or folder is not what it should be.
    ResourceError
        If the data set is not on this machine and cannot be fetched.

    Examples
    --------
    >>> digits = load_dataset("digits")
    >>> digits.X_train.shape, digits.X_test.shape
    ((1437, 8, 8), (360, 8, 8))
    """
    if source in NAMED or source.endswith(".npz") or (source and is_data_folder(source)):
        return _of_arrays(source, reading)
    if source and is_of_translations(source, reading):
        return translations_dataset(source, reading, progress)
    if source and is_of_texts(source, reading):
        return texts_dataset(source, reading, progress)
    if source and (sort := sort_of_files(source, reading)):
        return dataset_of_files(source, sort, reading, progress)
    if source and is_of_pictures(source):
        return dataset_of_files(source, "pictures", reading, progress)
    names = ", ".join(repr(name) for name in NAMED)
    hint = did_you_mean(source, [*NAMED, *(entry.name for entry in Path().iterdir())])
    raise DataError(
        f"data set must be one of {names}, a path that ends in .npz, a folder, or a table (.csv, .tsv, .parquet), got "
        f"{source!r}{hint}"
    )


def _of_arrays(source: str, reading: Mapping[str, Any]) -> Dataset:
    """Load arrays, with the groups that `reading` may name; a model's input rule, if any, is for files."""
    strange = next((name for name in reading if name not in ("group", "input_rule")), None)
    if strange is not None:
        raise ParameterError(f"{strange}= says how pictures are read, but {source} has none; leave it out")
    data = NAMED[source]() if source in NAMED else read_npz(source) if source.endswith(".npz") else read_folder(source)
    if "group" not in reading:
        return data
    if source in NAMED or isinstance(data.X_train, Shards):
        raise ParameterError(
            f"group= names a column of a table, a key of an .npz file or an .npy file of a folder, and {source} has no "
            "such thing; leave it out"
        )
    return replace(data, groups=groups_beside(source, str(reading["group"]), len(data.X_train)))


def _digits() -> Dataset:
    """Load scikit-learn's 1,797 digits: float32 (N, 8, 8) of 0 to 16, as uint8 would be read as pixels of 0 to 255.

    The split, 1,437 to learn from and 360 to test on, is stratified and always the same: scikit-learn's with seed 0.
    Source: Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", UCI, 1998 (its test part).
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    images, labels = load_digits(return_X_y=True)
    X = images.reshape(-1, 8, 8).astype(np.float32)
    X_train, X_test, y_train, y_test = train_test_split(X, labels, test_size=0.2, stratify=labels, random_state=0)
    return Dataset("digits", X_train, y_train, X_test, y_test, tuple("0123456789"))


def _fashion_mnist() -> Dataset:
    """Load Fashion-MNIST: 60,000 and 10,000 grey images, uint8 (N, 28, 28), in 10 classes.

    Source: Xiao, Rasul and Vollgraf, "Fashion-MNIST", arXiv:1708.07747, 2017.
    """
    folder = _fashion_folder()
    X_train, y_train, X_test, y_test = (read_idx(folder / name) for name in _FILES)
    return Dataset("fashion-mnist", X_train, y_train.astype(np.int64), X_test, y_test.astype(np.int64), _CLASSES)


def _fashion_folder() -> Path:
    """Return a folder with the four files: the machine's, our cache's, or one that is fetched now."""
    unpacked, plain = cache_folder() / "debian" / _PACKAGE, cache_folder() / "fashion-mnist"
    for folder in (_ROOT / _FOLDER, unpacked / _FOLDER, plain):
        if all((folder / name).is_file() for name in _FILES):
            return folder
    try:
        debian_files(_PACKAGE, unpacked, f"{_FOLDER}/*.gz")
        return unpacked / _FOLDER
    except ResourceError as error:
        package_error = error
    try:
        for name, sha256 in _FILES.items():
            if not (plain / name).is_file():
                download(_HOME + name, plain / name, sha256)
    except ResourceError as home_error:
        raise ResourceError(
            f"fashion-mnist is not on this machine and cannot be fetched: {package_error}; {home_error}. As root, "
            f"apt install {_PACKAGE} gets it; or put {', '.join(_FILES)} from another machine into {plain}"
        ) from home_error
    return plain


NAMED: dict[str, Callable[[], Dataset]] = {
    "basic-motions": partial(signal_set, "basic-motions"),
    "digits": _digits,
    "fashion-mnist": _fashion_mnist,
    "gimp-de": partial(gimp_pairs, "de"),
    "gimp-de-templates": partial(gimp_pairs, "de", "templates"),
    "gimp-fr": partial(gimp_pairs, "fr"),
    "gimp-fr-templates": partial(gimp_pairs, "fr", "templates"),
    "gunpoint": partial(signal_set, "gunpoint"),
    "japanese-vowels": partial(signal_set, "japanese-vowels"),
    "movie-snippets": movie_snippets,
    "nuclei": nuclei,
    "nuclei-volume": nuclei_volume,
}
