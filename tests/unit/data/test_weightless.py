"""Rows of weight 0 are left out of an X in a file without a copy of the others."""

import tracemalloc

import numpy as np
import pytest

from foveal import CNNClassifier
from foveal.core.errors import DataError
from foveal.data.arrays import CHUNK
from foveal.data.packing import write_shards

SMALL = {"in_channels_list": (None, 2), "out_channels": 2, "in_features_list": (None, 4), "n_epochs": 1,
         "random_state": 0}  # fmt: skip
ROWS, SHAPE = 2_000, (3, 60, 60)


def mapped(folder, X):
    np.save(folder / "X.npy", X)
    return np.load(folder / "X.npy", mmap_mode="r")


def sharded(folder, X):
    return write_shards(folder / "pack", X, np.zeros(len(X), int))


SOURCES = {
    "a map": mapped,
    "a reversed map": lambda folder, X: mapped(folder, X[::-1])[::-1],
    "a part of a map": lambda folder, X: mapped(folder, np.concatenate((X[:5], X)))[5:],
    "channels last": lambda folder, X: np.moveaxis(mapped(folder, np.moveaxis(X, 1, -1)), -1, 1),
    "shards": sharded,
}


def peak(X, y, weight):
    """Bytes that Python and NumPy hold at most while a training is prepared."""
    tracemalloc.start()
    CNNClassifier(**SMALL)._prepared(X, y, weight)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("source", SOURCES)
def test_nothing_is_copied(source, dtype, tmp_path):
    """X has 22 or 86 MB; a row of weight 0 takes at most a block of the check for NaN more than none."""
    X = SOURCES[source](tmp_path, np.ones((ROWS, *SHAPE), dtype))
    y, weight = np.arange(ROWS) % 2, np.ones(ROWS)
    without = peak(X, y, weight)
    weight[7] = 0
    more = 3e6 if dtype == np.uint8 else 3e6 + 4 * CHUNK
    assert peak(X, y, weight) < without + more < 0.75 * np.dtype(dtype).itemsize * X.size


@pytest.mark.parametrize("source", SOURCES)
def test_the_fit_is_that_of_the_other_rows(source, tmp_path):
    rng = np.random.default_rng(0)
    X, y, weight = rng.normal(size=(40, 2, 6, 6)), np.arange(40) % 3, rng.uniform(1, 2, 40)
    weight[[0, 7, 8, 39]] = 0
    there = weight > 0
    X[7] = np.nan  # as if it were not there
    odd = CNNClassifier(**SMALL).fit(SOURCES[source](tmp_path, X), y, sample_weight=weight)
    plain = CNNClassifier(**SMALL).fit(X[there], y[there], sample_weight=weight[there])
    np.testing.assert_array_equal(odd.predict_proba(X[there]), plain.predict_proba(X[there]))
    odd.partial_fit(X, y, sample_weight=weight)
    plain.partial_fit(X[there], y[there], sample_weight=weight[there])
    np.testing.assert_array_equal(odd.predict_proba(X[there]), plain.predict_proba(X[there]))


def test_the_row_that_is_wrong_goes_by_its_own_number(tmp_path):
    X, weight = np.ones((20, 4, 4)), np.ones(20)
    X[11, 2], weight[3] = np.nan, 0
    with pytest.raises(DataError, match="NaN, first in row 11;"):
        CNNClassifier(**SMALL).fit(mapped(tmp_path, X), np.arange(20) % 2, sample_weight=weight)
