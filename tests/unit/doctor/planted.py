"""Rows with planted faults: pictures in files, arrays, and how they are opened."""

import numpy as np
from PIL import Image

from foveal.data.dataset import Dataset
from foveal.data.images.progress import SILENT
from foveal.doctor.arrays import subject_of_arrays
from foveal.doctor.diagnose import open_subject


def drawing(seed, size=(64, 64)):
    """Draw a picture that no other seed gives: smooth blobs of colour."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (7, 7, 3), dtype=np.uint8))
    return coarse.resize(size, Image.Resampling.BICUBIC)


def saved(path, picture, **how):
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, **how)
    return path


def opened(path, **reading):
    """Open a source."""
    return open_subject(str(path), reading, SILENT)[0]


def of_arrays(X, y, X_test=None, y_test=None, names=None, layout=None):
    """Make a subject of arrays."""
    return subject_of_arrays("made", Dataset("made", X, y, X_test, y_test, names, layout=layout), None, SILENT)


def digits(rows=600):
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return X.reshape(-1, 8, 8).astype(np.float32)[:rows], y[:rows]
