"""Rows of arrays, maps and shards as sources: read, chosen, described, told apart."""

import numpy as np
import pytest

from foveal.data.layout import channels_last
from foveal.data.packing import write_shards
from foveal.data.rows import Rows, chosen_rows
from foveal.data.source import Source, row_bytes

X = np.random.default_rng(0).normal(size=(50, 6, 5, 2)).astype(np.float32)  # (N, *S, C)


@pytest.fixture(params=["array", "mapped", "shards"])
def rows(request, tmp_path):
    if request.param == "array":
        return Rows(X)
    if request.param == "mapped":
        np.save(tmp_path / "X.npy", X)
        return Rows(np.load(tmp_path / "X.npy", mmap_mode="r"))
    return Rows(channels_last(write_shards(tmp_path, X, np.arange(50) % 2), "NHWC"))


def test_rows_are_a_source(rows):
    assert isinstance(rows, Source)
    assert [(part.name, part.shape, part.dtype) for part in rows.form] == [("x", (2, 6, 5), "float32")]
    assert row_bytes(rows, 8) == 2 * 6 * 5 * 8
    assert len(rows) == 50


def test_rows_are_read_as_they_are(rows):
    (block,) = rows.read(np.array([3, 7, 7]))
    np.testing.assert_array_equal(block, X[[3, 7, 7]])


def test_chosen_rows_are_chosen_again_and_nothing_is_copied(rows):
    some = rows.chosen(np.arange(10, 40)).chosen(np.array([0, 5]))
    (block,) = some.read(np.array([0, 1]))
    np.testing.assert_array_equal(block, X[[10, 15]])
    assert some.X is rows.X
    assert len(some) == 2


def test_statistics_are_those_of_the_rows_that_are_asked_for(rows):
    some = rows.chosen(np.arange(10, 40)).statistics(np.arange(5), np.float32)
    np.testing.assert_allclose(some.mean, X[10:15].mean(axis=(0, 1, 2)), rtol=1e-5)
    np.testing.assert_allclose(some.deviation, X[10:15].std(axis=(0, 1, 2)), rtol=1e-5)
    assert some.scale == 1


def test_bytes_are_divided_by_255():
    few = Rows((X * 20 + 100).astype(np.uint8))
    assert few.form[0].dtype == "uint8"
    assert few.statistics(np.arange(50), np.float32).scale == 255
    assert row_bytes(few, 4) == 60


def test_the_digest_is_of_the_values_wherever_they_lie(rows):
    assert rows.digest() == Rows(X).digest()
    assert rows.chosen(np.arange(49)).digest() != rows.digest()
    other = X.copy()
    other[7, 0, 0, 0] += 1
    assert Rows(other).digest() != rows.digest()
    assert Rows(X.astype(np.float64)).digest() != rows.digest()


def test_some_rows_of_whatever_there_is(rows):
    pandas = pytest.importorskip("pandas")
    numbers = np.array([4, 1])
    assert np.array_equal(chosen_rows(rows, numbers).read(np.arange(2))[0], X[numbers])
    assert np.array_equal(chosen_rows(X, numbers), X[numbers])
    assert chosen_rows(list("abcde"), numbers) == ["e", "b"]
    assert chosen_rows(pandas.Series(list("abcde"), index=range(10, 15)), numbers).tolist() == ["e", "b"]
