"""Rows made small: the resize operator's own weights, along every axis."""

import numpy as np
import pytest

from foveal.compare.small import described, shrunk, small_rows, small_sizes, source_of
from foveal.core.errors import DataError
from foveal.core.forms import Part, form_of
from foveal.data.images.reading.resize import resize
from foveal.data.packing import write_shards


def test_a_picture_is_shrunk_as_the_resize_operator_does():
    picture = np.random.default_rng(0).integers(0, 256, (37, 50, 3), np.uint8)
    expected = resize(picture, (16, 16))
    assert np.abs(shrunk(picture[None], (16, 16))[0] - expected).max() <= 0.5 + 1e-3


def test_means_stay_where_sides_are_whole_multiples():
    X = np.arange(4.0).reshape(1, 4, 1)
    assert shrunk(X, (1,)).ravel() == pytest.approx([1.5])
    assert shrunk(X, (4,)).ravel().tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("shape", "sizes"),
    [
        ((1, 8, 8), (8, 8)),
        ((3, 64, 64), (16, 16)),
        ((3, 12, 64), (12, 16)),
        ((1, 1000), (256,)),
        ((8, 1000), (128,)),
        ((1, 20, 30, 40), (8, 8, 8)),
        ((4096, 5, 5), (1, 1)),
    ],
)
def test_sizes(shape, sizes):
    assert small_sizes(form_of(shape)) == sizes


def test_names():
    assert [described(s) for s in ((16, 16), (64,), (8, 8, 8))] == ["16x16 pixels", "64 values", "8x8x8 voxels"]


@pytest.mark.parametrize(
    "form", [(Part("tokens", (None,), "int64"),), (Part("a", (1, 8)), Part("b", (1, 8))), (Part("a", (9,)),)]
)
def test_rows_of_no_one_shape_are_refused(form):
    with pytest.raises(DataError, match=r"baselines need rows that are arrays of one shape.*--no-baselines"):
        small_sizes(form)


def test_every_kind_of_array(tmp_path):
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 256, (5, 3, 40, 40), np.uint8)
    small = small_rows(source_of(colours))
    assert small.shape == (5, 768)
    assert small.dtype == np.float32
    shards = write_shards(tmp_path / "shards", colours, list("abcab"))
    np.save(tmp_path / "X.npy", colours)
    for X in (shards, np.load(tmp_path / "X.npy", mmap_mode="r"), colours):
        assert np.array_equal(small_rows(source_of(X)), small)
    assert np.array_equal(small_rows(source_of(np.moveaxis(colours, 1, -1))), small)
    assert np.array_equal(small_rows(source_of(colours), np.array([1, 3])), small[[1, 3]])
    assert small_rows(source_of(rng.normal(size=(4, 600)))).shape == (4, 256)
    assert small_rows(source_of(rng.normal(size=(4, 2, 600)), "NCL")).shape == (4, 512)


def test_a_table_is_taken_as_it_is():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    assert small_rows(source_of(table)).tolist() == [[1, 3], [2, 4]]


def test_many_rows_are_read_in_blocks(monkeypatch):
    X = np.random.default_rng(0).normal(size=(50, 20, 20))
    whole = small_rows(source_of(X))
    monkeypatch.setattr("foveal.compare.small._BLOCK_BYTES", 10_000)
    assert np.array_equal(small_rows(source_of(X)), whole)
