import zipfile
from pathlib import Path

import numpy as np
import pytest

from foveal.core.errors import DataError, ResourceError
from foveal.data.npz import read_arrays, read_npz

X = np.arange(3 * 4 * 4, dtype=np.uint8).reshape(3, 4, 4)
Y = np.array([2, 0, 1])
KERAS = {"x_train": X, "y_train": Y, "x_test": X[:2], "y_test": Y[:2]}


def save(folder: Path, **arrays: object) -> Path:
    path = folder / "shapes.npz"
    np.savez(path, **arrays)
    return path


def resave(path: Path, change) -> Path:
    """Write the archive again, with `change(name, data)` in place of each member's data."""
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w") as new:
        for name, data in members.items():
            new.writestr(name, change(name, data))
    return path


@pytest.mark.parametrize("x", ["X", "x"])
@pytest.mark.parametrize("part", ["", "_train"])
@pytest.mark.parametrize("with_test", [False, True])
def test_every_layout_is_read(tmp_path, x, part, with_test):
    test = {f"{x}_test": X[:2], "y_test": Y[:2]} if with_test else {}
    data = read_npz(
        save(tmp_path, **{f"{x}{part}": X, f"y{part}": Y}, **test, note=np.array("other keys are not read"))
    )
    assert data.name == "shapes"
    assert data.class_names is None
    np.testing.assert_array_equal(data.X_train, X)
    np.testing.assert_array_equal(data.y_train, Y)
    if with_test:
        np.testing.assert_array_equal(data.X_test, X[:2])
        np.testing.assert_array_equal(data.y_test, Y[:2])
    else:
        assert data.X_test is None
        assert data.y_test is None


def test_names_compression_order_and_paths_as_strings(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, X=np.asfortranarray(X), y=np.array(["cat", "dog", "cat"]))
    data = read_npz(str(path))
    np.testing.assert_array_equal(data.X_train, X)
    assert data.y_train.tolist() == ["cat", "dog", "cat"]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"images": X, "y": Y}, r"wanted the keys X and y, or X_train and y_train.*; found \['images', 'y'\]"),
        ({}, r"wanted the keys X and y.*; found \[\]"),
        ({**KERAS, "y_test": Y}, "x_test and y_test must be of one length, found 2 and 3"),
        ({"X": X, "y": Y[:2]}, "X and y must be of one length, found 3 and 2"),
        ({"X": X, "y": Y, "X_test": X}, "wanted both X_test and y_test or neither, found only X_test"),
        ({"X": X, "y": Y, "y_test": Y}, "wanted both X_test and y_test or neither, found only y_test"),
        ({"X": X[:0], "y": Y[:0]}, r"X must have at least one row and one value, found the shape \(0, 4, 4\)"),
        ({"X": X[:, :0], "y": Y}, r"X must have at least one row and one value, found the shape \(3, 0, 4\)"),
        ({"X": np.float32(3), "y": Y}, r"X must have at least one row and one value, found the shape \(\)"),
        ({"X": X, "y": np.array(["a", 1, None])}, r"y holds Python objects, .* never loaded; save numbers, .* astype"),
        ({"X": np.array([X, None], object), "y": Y[:2]}, "X holds Python objects, which are never loaded"),
    ],
)
def test_wrong_contents_are_named(tmp_path, arrays, message):
    path = save(tmp_path, **arrays)
    with pytest.raises(DataError, match=message) as caught:
        read_npz(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_pickle_is_never_run(tmp_path):
    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "sprung",))

    path = save(tmp_path, X=np.array([Trap(), Trap(), Trap()], object), y=Y)
    for read in (read_npz, read_arrays):
        with pytest.raises(DataError, match="holds Python objects"):
            read(path)
    np.save(tmp_path / "trap.npy", np.array([Trap()], object))
    with pytest.raises(DataError, match="the array holds Python objects"):
        read_arrays(tmp_path / "trap.npy")
    assert not (tmp_path / "sprung").exists()


def test_a_header_that_promises_more_than_there_is_takes_no_memory(tmp_path):
    path = resave(save(tmp_path, X=X, y=Y), lambda _, data: data.replace(b"(3, 4, 4), }  ", b"(3000000000,)}"))
    with pytest.raises(DataError, match="X promises 3000000000 bytes, found 48; the file is damaged, write it again"):
        read_npz(path)


@pytest.mark.parametrize("read", [read_npz, read_arrays])
@pytest.mark.parametrize("damage", ["cut", "bytes", "empty", "header", "no zip", "an npy"])
def test_a_damaged_archive_is_told(tmp_path, damage, read):
    path = save(tmp_path, X=X, y=Y)
    data = path.read_bytes()
    if damage == "header":
        resave(path, lambda _, data: data[:12] + b"(((" + data[15:])
    elif damage == "an npy":
        with path.open("wb") as file:
            np.save(file, X)
    else:
        at = data.index(X.tobytes())
        broken = data[:at] + bytes(4) + data[at + 4 :]
        path.write_bytes({"cut": data[:-40], "bytes": broken, "empty": b"", "no zip": b"X,y\n1,2\n"}[damage])
    with pytest.raises(DataError, match=r"shapes\.npz: expected a whole \.npz file, found a damaged one \(.+\)"):
        read(path)


def test_other_compression_than_numpys_is_refused(tmp_path):
    path = save(tmp_path, X=X, y=Y)
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as new:
        for name, data in members.items():
            new.writestr(name, data)
    with pytest.raises(DataError, match=r"X must be stored or deflated; write it with numpy\.savez_compressed"):
        read_npz(path)


@pytest.mark.parametrize("read", [read_npz, read_arrays])
def test_no_file_and_a_folder_are_told_apart(tmp_path, read):
    with pytest.raises(DataError, match=r"none\.npz: expected a file, found nothing there"):
        read(tmp_path / "none.npz")
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(DataError, match=r"folder\.npz: expected a file, found a folder there"):
        read(tmp_path / "folder.npz")


@pytest.mark.parametrize("error", [PermissionError(13, "denied"), MemoryError()])
def test_what_the_machine_refuses_is_a_resource_error(tmp_path, monkeypatch, error):
    def refuse(*args, **kwargs):
        raise error

    path = save(tmp_path, X=X, y=Y)
    monkeypatch.setattr("foveal.data.npz.npy.read_array", refuse)
    with pytest.raises(ResourceError, match=r"cannot be read \(.+\); check its permissions and the free memory"):
        read_npz(path)


def test_npy_is_mapped_and_not_written_to(tmp_path):
    path = tmp_path / "new.npy"
    np.save(path, X)
    read = read_arrays(path)
    assert isinstance(read, np.memmap)
    assert not read.flags.writeable
    np.testing.assert_array_equal(read, X)


@pytest.mark.parametrize("arrays", [{"X": X}, {"x": X}, {"images": X}, {"X": X, "y": Y, "x": Y}])
def test_inputs_out_of_an_npz(tmp_path, arrays):
    np.testing.assert_array_equal(read_arrays(save(tmp_path, **arrays)), X)


def test_inputs_without_a_key_of_their_own_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"wanted the key X, or a single array; found \['a', 'b'\]"):
        read_arrays(save(tmp_path, a=X, b=X))


def test_inputs_must_end_in_npy_or_npz(tmp_path):
    with pytest.raises(DataError, match=r"new\.csv: must end in \.npy or \.npz; write the array with numpy\.save"):
        read_arrays(tmp_path / "new.csv")


@pytest.mark.parametrize("cut", [1, 20, 100, 170])
def test_a_damaged_npy_is_told(tmp_path, cut):
    path = tmp_path / "new.npy"
    np.save(path, X)
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(DataError, match=r"new\.npy: (the array promises 48 bytes, found|expected a whole \.npy file)"):
        read_arrays(path)


def test_changed_bytes_raise_nothing_but_errors_of_ours(tmp_path):
    rng = np.random.default_rng(0)
    np.save(tmp_path / "a.npy", X)
    np.savez(tmp_path / "a.npz", X=X, y=Y)
    for name in ["a.npy", "a.npz"] * 300:
        data = bytearray((tmp_path / name).read_bytes())
        for at in rng.integers(0, len(data), 3):
            data[at] = rng.integers(256)
        path = tmp_path / f"broken{name[1:]}"
        path.write_bytes(data)
        try:
            read_arrays(path)
        except DataError as error:
            assert str(error).startswith(f"{path}: ")  # noqa: PT017 - most changes, but not all, are errors
