"""Shards and indexes that lie are refused with a typed error, and before memory is taken."""

import io
import subprocess
import sys
import tarfile

import numpy as np
import pytest

from foveal.core.errors import DataError, FovealError
from foveal.data.foreign_shards import index_shards
from foveal.data.packing import write_shards
from foveal.data.shard_index import INDEX
from foveal.data.shards import Shards

X = np.random.default_rng(0).integers(0, 256, size=(20, 8, 8, 3), dtype=np.uint8)
Y = np.arange(20) % 3
HUGE = 10**18


@pytest.fixture
def folder(tmp_path):
    """Write four shards of five rows."""
    write_shards(tmp_path / "p", X, Y, shard_bytes=5 * 2560)
    return tmp_path / "p"


def rewrite(folder, **changed):
    """Write the index again with other arrays; None leaves one out."""
    with np.load(folder / INDEX) as index:
        arrays = {**index, **changed}
    np.savez(folder / INDEX, **{name: array for name, array in arrays.items() if array is not None})


def offsets(folder, at=7, to=0):
    with np.load(folder / INDEX) as index:
        changed = index["offsets"].astype(np.int64)
    changed[at] = to
    return changed


def size(folder):
    return (folder / "shard-000001.tar").stat().st_size


#: What an index may say that cannot be: the change, and words of the message.
LIES = {
    "offset beyond the file": (
        lambda f: {"offsets": offsets(f, to=size(f) - 191)},
        "do not all lie within shard-000001.tar",
    ),
    "offset far beyond": (lambda f: {"offsets": offsets(f, to=2**62)}, "do not all lie within shard-000001.tar"),
    "negative offset": (lambda f: {"offsets": offsets(f, to=-1)}, "do not all lie within"),
    "very negative offset": (lambda f: {"offsets": offsets(f, to=-(2**63))}, "do not all lie within"),
    "offsets of floats": (lambda f: {"offsets": np.full(20, np.nan)}, "offsets is float64 (20,)"),
    "too few offsets": (lambda f: {"offsets": offsets(f)[:-1]}, "20 rows, 19 offsets and 20 labels"),
    "too few labels": (lambda f: {"y": Y[:-1]}, "20 rows, 20 offsets and 19 labels"),
    "no labels": (lambda f: {"y": None}, "y is missing"),
    "labels of dates": (lambda f: {"y": Y.astype("datetime64[D]")}, "y is datetime64[D] (20,)"),
    "three axes of labels": (lambda f: {"y": np.zeros((20, 1, 1))}, "y is float64 (20, 1, 1)"),
    "shape of 1e18": (lambda f: {"shape": np.array([HUGE])}, "do not all lie within"),
    "shape whose product overflows": (lambda f: {"shape": np.array([HUGE, HUGE, HUGE])}, "do not all lie within"),
    "shape whose product is 0 in 64 bits": (lambda f: {"shape": np.array([2**32, 2**32])}, "do not all lie within"),
    "negative shape": (lambda f: {"shape": np.array([-8, -8])}, "rows cannot have the shape (-8, -8)"),
    "shape of five axes": (lambda f: {"shape": np.ones(5, int)}, "rows cannot have the shape"),
    "counts that overflow": (lambda f: {"counts": np.array([2**62, 2**62, 2**62, 2**62 + 20])}, "labels"),
    "counts below zero": (lambda f: {"counts": np.array([30, -10, -5, 5])}, "labels"),
    "a count too few": (lambda f: {"counts": np.array([5, 5, 10])}, "differ in number"),
    "objects": (lambda f: {"dtype": np.array(["|O"])}, "rows of dtype object are no numbers"),
    "records of objects": (lambda f: {"dtype": np.array(["O,O"])}, "no numbers"),
    "strings": (lambda f: {"dtype": np.array(["<U8"])}, "rows of dtype <U8 are no numbers"),
    "complex numbers": (lambda f: {"dtype": np.array(["<c16"])}, "no numbers"),
    "no dtype": (lambda f: {"dtype": np.array(["import os"])}, "damaged"),
    "names that go up": (lambda f: {"names": names("../shard-000000.tar")}, "'../shard-000000.tar' is not the name of"),
    "names from the root": (lambda f: {"names": names("/etc/passwd.tar")}, "is not the name of a shard in this folder"),
    "names with a backslash": (lambda f: {"names": names("..\\x.tar")}, "is not the name of"),
    "names of no tar": (lambda f: {"names": names("index.npz")}, "is not the name of"),
    "the same name twice": (lambda f: {"names": names("shard-000001.tar")}, "a name stands twice"),
    "a name of nothing": (lambda f: {"names": names("shard-000009.tar")}, "No such file or directory"),
    "other sizes": (lambda f: {"sizes": np.array([99, 99, 99, 99])}, "should have 99 bytes, it has"),
    "a later version": (
        lambda f: {"version": np.array([2])},
        "is of version 2, this foveal reads 1; use a newer foveal",
    ),
}


def names(first):
    return np.array([first, *(f"shard-{i:06d}.tar" for i in (1, 2, 3))])


@pytest.mark.parametrize("lie", LIES)
def test_an_index_that_lies_is_refused(folder, lie):
    change, words = LIES[lie]
    rewrite(folder, **change(folder))
    with pytest.raises(DataError) as caught:
        Shards.open(folder)
    assert words in str(caught.value)
    assert str(caught.value).startswith(str(folder / INDEX))


def test_an_honest_index_is_believed(folder):
    rewrite(folder, offsets=offsets(folder, at=7, to=offsets(folder)[8]), unknown=np.array([1]))
    np.testing.assert_array_equal(Shards.open(folder)[7], X[8])


@pytest.mark.parametrize("cut", [1, 512, 5_000, 12_799])
def test_a_shortened_shard_is_refused(folder, cut):
    path = folder / "shard-000002.tar"
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(DataError, match=r"shard-000002\.tar should have [\d,]+ bytes, it has"):
        Shards.open(folder)


def test_a_link_is_not_followed(folder):
    path = folder / "shard-000002.tar"
    path.rename(folder.parent / "elsewhere.tar")
    path.symlink_to(folder.parent / "elsewhere.tar")
    with pytest.raises(DataError, match=r"shard-000002\.tar is no regular file; links are not followed"):
        Shards.open(folder)


@pytest.mark.parametrize("cut", [1, 100, 700, 2_000])
def test_a_shortened_index_is_refused(folder, cut):
    path = folder / INDEX
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(DataError, match=r"index\.npz"):
        Shards.open(folder)


def test_an_index_that_is_compressed_or_holds_objects_is_refused(folder):
    with np.load(folder / INDEX) as index:
        arrays = dict(index)
    np.savez_compressed(folder / INDEX, **arrays)
    with pytest.raises(DataError, match="must be stored whole; write it with numpy"):
        Shards.open(folder)
    np.savez(folder / INDEX, **arrays | {"names": arrays["names"].astype(object)})
    with pytest.raises(DataError, match="names holds Python objects, which are never loaded"):
        Shards.open(folder)


def test_headers_that_promise_more_than_there_is_take_no_memory(folder):
    """The same in a process that may not take it."""
    path = folder / INDEX
    data = path.read_bytes()
    assert data.count(b"'shape': (20,), }  ") == 2  # offsets and labels
    path.write_bytes(data.replace(b"'shape': (20,), }           ", b"'shape': (200000000000,), } "))
    code = (
        "import resource, sys\nfrom foveal.core.errors import DataError\nfrom foveal.data.shards import Shards\n"
        "resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))\n"
        "try:\n    Shards.open(sys.argv[1])\nexcept DataError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True)
    assert "promises" in done.stdout or "damaged" in done.stdout, done


@pytest.mark.parametrize("trials", [300, pytest.param(5_000, marks=pytest.mark.long)])
def test_changed_bytes_of_an_index_raise_nothing_but_errors_of_ours(folder, trials):
    rng, data = np.random.default_rng(trials), (folder / INDEX).read_bytes()
    refused = 0
    for _ in range(trials):
        broken = bytearray(data)
        for at in rng.integers(0, len(data), 3):
            broken[at] = rng.integers(256)
        (folder / INDEX).write_bytes(broken)
        try:
            shards = Shards.open(folder)
            assert shards[:].nbytes <= 20 * X[0].nbytes * 8
        except FovealError:
            refused += 1
    print(f"{trials} changed indexes: {refused} refused, {trials - refused} read, 0 crashes")
    assert refused > trials / 2  # the others are changes of labels, offsets within the file, unused bytes


def tar(path, *members):
    with tarfile.open(path, "w") as out:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


ROW = npy(X[0])


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([], "expected rows KEY.npy with KEY.cls, .txt or .json, found none"),
        ([("a.txt", b"1")], "row a has no .npy"),
        ([("a.npy", ROW)], "row a has no label"),
        ([("a.npy", ROW), ("b.cls", b"1")], "row a has no label"),
        ([("a.npy", ROW), ("a.json", b"{")], "a.json is no label"),
        ([("a.npy", ROW), ("a.json", b"[" * 10_000)], "a.json is no label"),
        (
            [("a.npy", ROW), ("a.json", b'{"x": 1}')],
            "labels must be numbers, strings or lists of one length, found dict",
        ),
        ([("a.npy", ROW), ("a.txt", b"\xff")], "a.txt is no label"),
        ([("a.npy", ROW), ("a.txt", bytes(2**16 + 1))], "a.txt has 65,537 bytes, a label at most 65,536"),
        ([("a.npy", ROW), ("a.cls", b"1"), ("b.npy", ROW), ("b.cls", b"x")], "found int, str"),
        ([("a.npy", ROW), ("a.cls", b"1"), ("b.npy", npy(X[0, 1:])), ("b.cls", b"1")], "is of another shape or dtype"),
        ([("a.npy", npy(np.array([None]))), ("a.cls", b"1")], "holds Python objects, which are never loaded"),
        ([("a.npy", npy(np.float32(1))), ("a.cls", b"1")], "must have at least one row and one value"),
        ([("a.npy", npy(np.asfortranarray(X[0]))), ("a.cls", b"1")], "lies in Fortran's order"),
        (
            [("a.npy", ROW.replace(b"(8, 8, 3), }      ", b"(8, 8, 3000000),} ")), ("a.cls", b"1")],
            "promises 192000000 b",
        ),
        ([("a.npy", b"no array"), ("a.cls", b"1")], "expected a whole .tar file, found a damaged one"),
    ],
)
def test_shards_of_others_that_are_wrong_get_no_index(tmp_path, members, message):
    tar(tmp_path / "x.tar", *members)
    with pytest.raises(DataError) as caught:
        index_shards(tmp_path)
    assert message in str(caught.value)
    assert not (tmp_path / INDEX).exists()


@pytest.mark.parametrize("what", ["cut", "within", "between", "text", "gz", "empty"])
def test_what_is_no_whole_tar_gets_no_index(folder, what):
    (folder / INDEX).unlink()
    path = folder / "shard-000001.tar"
    data = path.read_bytes()
    new = {
        "cut": data[:6_000],
        "within": data[:5_300],
        "between": data[:4_096],
        "text": b"no tar" * 999,
        "gz": b"\x1f\x8b" + data,
        "empty": b"",
    }
    path.write_bytes(new[what])
    with pytest.raises(DataError, match=r"shard-000001\.tar: (expected|ends with)"):
        index_shards(folder)
    for path in folder.glob("*.tar"):
        path.unlink()
    with pytest.raises(DataError, match="expected tar shards, found none"):
        index_shards(folder)
