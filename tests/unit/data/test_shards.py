"""Tar shards: what is written is what is read, in any order, and by webdataset too."""

import io
import itertools
import tarfile

import numpy as np
import pytest

from foveal import CNNClassifier
from foveal.core.errors import DataError, ResourceError
from foveal.core.files import whole_file
from foveal.data.arrays import is_mapped
from foveal.data.foreign_shards import index_shards
from foveal.data.layout import channels_last
from foveal.data.packing import shards_written, write_shards
from foveal.data.rows import Rows
from foveal.data.shard_index import INDEX
from foveal.data.shards import Shards

RNG = np.random.default_rng(0)
LABELS = {
    "classes": np.arange(23) % 3,
    "small integers": (np.arange(23) % 3).astype(np.uint8),
    "strings": np.array(["cat", "dög, not cat", "eel"])[np.arange(23) % 3],
    "values": RNG.normal(size=23),
    "float32": RNG.normal(size=23).astype(np.float32),
    "targets": RNG.normal(size=(23, 2)),
    "indicator": RNG.integers(0, 2, size=(23, 4)),
    "booleans": np.arange(23) % 2 == 0,
}


def rows(dtype: str = "uint8", shape: tuple[int, ...] = (5, 4, 3), n: int = 23) -> np.ndarray:
    return RNG.integers(0, 250, size=(n, *shape)).astype(dtype)


@pytest.fixture
def packed(tmp_path):
    """Give an array and the same as shards of five rows."""
    X = rows()
    return X, write_shards(tmp_path / "p", X, LABELS["classes"], class_names="abc", shard_bytes=5 * 2048 + 1)


@pytest.mark.parametrize("dtype", ["uint8", "bool", "int16", "float16", "float32", ">f4", "float64"])
@pytest.mark.parametrize("shape", [(7,), (5, 4), (3, 5, 4), (2, 3, 4, 2)])
def test_rows_come_back_as_they_were(tmp_path, dtype, shape):
    X = rows(dtype, shape)
    read = write_shards(tmp_path, X, LABELS["classes"], shard_bytes=10_000)
    assert (read.shape, read.dtype, read.ndim, read.size, len(read)) == (X.shape, X.dtype, X.ndim, X.size, 23)
    np.testing.assert_array_equal(read[:], X)
    np.testing.assert_array_equal(np.asarray(read), X)


@pytest.mark.parametrize("kind", LABELS)
def test_labels_come_back_as_they_were(tmp_path, kind):
    y = LABELS[kind]
    read = write_shards(tmp_path, rows(), y).y
    assert read.dtype == y.dtype
    np.testing.assert_array_equal(read, y)


def test_a_shard_holds_as_many_rows_as_fit(packed):
    _, shards = packed
    assert shards.index.names == tuple(f"shard-{i:06d}.tar" for i in range(5))
    assert shards.index.counts.tolist() == [5, 5, 5, 5, 3]
    assert shards.class_names == ("a", "b", "c")
    assert shards.index.offsets.dtype == np.uint16  # the narrowest that holds them


@pytest.mark.parametrize(
    "key",
    [
        3, -1, np.int64(22), slice(None), slice(4, 17), slice(20, 2, -3), slice(9, 9), [7], [22, 0, 7, 7, -2],
        np.array([], int), np.arange(23) % 2 == 0, np.array([5, 4], np.uint8), RNG.permutation(23),
    ],
    ids=str,
)  # fmt: skip
def test_rows_are_chosen_as_in_an_array(packed, key):
    X, shards = packed
    np.testing.assert_array_equal(shards[key], X[key])


@pytest.mark.parametrize(("key", "error"), [(23, IndexError), (-24, IndexError), ((1, 2), TypeError), (1.5, TypeError)])
def test_what_is_no_row_is_refused(packed, key, error):
    with pytest.raises(error, match="rows"):
        packed[1][key]


def test_axes_are_moved_and_rows_chosen_without_reading(packed):
    X, shards = packed
    some = Rows(channels_last(shards, "NHWC")).chosen(np.array([1, 4, 5, 19]))
    for path in shards.folder.glob("*.tar"):
        path.rename(path.with_suffix(".away"))
    moved = channels_last(shards, "NCHW")
    assert moved.shape == (23, 4, 3, 5)
    assert is_mapped(moved)
    assert (len(some), some.in_memory) == (4, False)
    with pytest.raises(ResourceError, match=r"shard-000000\.tar: cannot be read \(No such file or directory\); check"):
        moved[0]
    for path in shards.folder.glob("*.away"):
        path.rename(path.with_suffix(".tar"))
    np.testing.assert_array_equal(moved[[20, 3]], channels_last(X, "NCHW")[[20, 3]])
    np.testing.assert_array_equal(some.read(np.arange(4))[0], X[[1, 4, 5, 19]])
    np.testing.assert_array_equal(some.read(np.array([0, 3]))[0], X[[1, 19]])


def test_the_same_rows_are_the_same_bytes(packed, tmp_path):
    X, shards = packed
    again = write_shards(tmp_path / "q", X, shards.y, shard_bytes=5 * 2048 + 1)
    for name in shards.index.names:
        assert (shards.folder / name).read_bytes() == (again.folder / name).read_bytes()
    assert np.array_equal(write_shards(tmp_path / "r", shards, shards.y)[:], X)  # out of shards


@pytest.mark.parametrize("layout", [None, "NHWC"])
@pytest.mark.parametrize("dtype", ["uint8", "float64", "int16"])
def test_shards_train_and_predict_as_the_same_array_in_memory(tmp_path, dtype, layout):
    X, y, weight = rows(dtype), LABELS["classes"], np.arange(23) % 5 + 0.0
    shards = write_shards(tmp_path, X, y, shard_bytes=10_000)
    small = {"in_channels_list": (None, 4), "out_channels": 4, "n_epochs": 2, "random_state": 0, "layout": layout}
    model, expected = CNNClassifier(**small).fit(shards, shards.y, weight), CNNClassifier(**small).fit(X, y, weight)
    np.testing.assert_array_equal(model.predict_proba(shards), expected.predict_proba(X))
    assert model.score(shards, y) == expected.score(X, y)
    model.partial_fit(shards, y), expected.partial_fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))
    with pytest.raises(DataError, match="must have the shape of fit's"):
        model.predict(write_shards(tmp_path / "other", rows(dtype, (5, 4, 2)), y))


def test_values_that_are_no_numbers_are_found_in_shards(tmp_path):
    X = rows("float32")
    X[17, 2, 2] = np.nan
    shards = write_shards(tmp_path, X, LABELS["classes"], shard_bytes=10_000)
    with pytest.raises(DataError, match="NaN, first in row 17"):
        CNNClassifier(n_epochs=1).fit(shards, shards.y)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (rows(n=4), np.arange(3), "X and y must be of one length to be packed, got 4 and 3"),
        (rows(n=4).astype(object), np.arange(4), r"X must hold real numbers in 2 to 5 axes .* got object"),
        (np.arange(4), np.arange(4), r"X must hold real numbers in 2 to 5 axes"),
        (rows(n=4), np.array(["a", 1, None, 2.0], object), r"y must hold numbers or strings, .* y\.astype\(str\)"),
        (rows(n=4), np.zeros((4, 2, 2)), "y must hold numbers or strings"),
    ],
)
def test_what_no_shard_holds_is_refused(tmp_path, X, y, message):
    with pytest.raises(DataError, match=message):
        write_shards(tmp_path / "p", X, y)
    assert not (tmp_path / "p").exists()


def test_a_pack_that_was_broken_off_is_none_and_is_written_over(packed):
    X, shards = packed
    steps = shards_written(shards.folder, X, shards.y, shard_bytes=5 * 2048 + 1)
    assert next(steps) == 5
    steps.close()
    assert [path.name for path in shards.folder.iterdir()] == []  # not even the half of a shard
    steps = shards_written(shards.folder, X, shards.y, shard_bytes=5 * 2048 + 1)
    assert list(itertools.islice(steps, 3)) == [5, 10, 15]
    (shards.folder / ".shard-000007.tar.00.tmp").touch()  # of a process that was killed
    with pytest.raises(
        DataError, match=rf"expected tar shards with their {INDEX}, found none, .* run foveal pack again"
    ):
        Shards.open(shards.folder)
    steps.close()
    np.testing.assert_array_equal(write_shards(shards.folder, X, shards.y)[:], X)
    assert sorted(path.name for path in shards.folder.iterdir()) == ["index.npz", "shard-000000.tar"]


def test_a_disk_that_refuses_is_a_resource_error(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("foveal.core.files.os.fsync", full)
    with pytest.raises(ResourceError, match=r"cannot write .*shard-000000\.tar: No space left on device; free some"):
        write_shards(tmp_path, rows(), LABELS["classes"])
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ResourceError), whole_file(tmp_path / "file") as file:
        file.write(b"x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["classes", "strings", "values", "targets", "indicator"])
def test_webdataset_reads_our_shards(tmp_path, kind):
    import webdataset

    X, y = rows("float32"), LABELS[kind]
    shards = write_shards(tmp_path, X, y, shard_bytes=10_000)
    urls = [str(tmp_path / name) for name in shards.index.names]
    assert len(urls) > 1
    samples = list(webdataset.WebDataset(urls, shardshuffle=False).decode())
    np.testing.assert_array_equal(np.stack([sample["npy"] for sample in samples]), X)
    extension = {"classes": "cls", "strings": "txt"}.get(kind, "json")
    assert [sample[extension] for sample in samples] == y.tolist()
    assert [sample["__key__"] for sample in samples] == [f"{i:08d}" for i in range(23)]


@pytest.mark.parametrize("kind", ["classes", "strings", "values", "targets"])
def test_webdatasets_shards_are_read_once_they_have_an_index(tmp_path, kind):
    import webdataset

    X, y = rows("float32"), LABELS[kind]
    extension = {"classes": "cls", "strings": "txt"}.get(kind, "json")
    for part in range(3):
        with webdataset.TarWriter(str(tmp_path / f"elsewhere-{part}.tar")) as out:
            for i in range(part * 8, min(part * 8 + 8, 23)):
                out.write({"__key__": f"a/{i:04d}", "npy": X[i], extension: y[i].tolist(), "note.txt": "not read"})
    with pytest.raises(DataError, match="index_shards"):
        Shards.open(tmp_path)
    shards = index_shards(tmp_path)
    np.testing.assert_array_equal(shards[:], X)
    np.testing.assert_array_equal(shards.y, y)
    np.testing.assert_array_equal(Shards.open(tmp_path)[[22, 8, 0]], X[[22, 8, 0]])


def test_the_scan_finds_what_the_writer_noted(packed):
    _, shards = packed
    (shards.folder / INDEX).unlink()
    found = index_shards(shards.folder).index
    np.testing.assert_array_equal(found.offsets, shards.index.offsets)
    np.testing.assert_array_equal(found.counts, shards.index.counts)
    assert (found.names, found.sizes) == (shards.index.names, shards.index.sizes)


def test_our_tars_are_ordinary_ones(packed):
    _, shards = packed
    with tarfile.open(shards.folder / "shard-000001.tar") as tar:
        assert tar.getnames()[:4] == ["00000005.npy", "00000005.cls", "00000006.npy", "00000006.cls"]
        np.testing.assert_array_equal(np.load(io.BytesIO(tar.extractfile("00000006.npy").read())), shards[6])
        assert tar.extractfile("00000006.cls").read() == b"0"
