"""Folders as data sets: .npy files are mapped, shards opened, and what is neither is told."""

import tarfile

import numpy as np
import pytest

from foveal.core.errors import DataError
from foveal.data.folders import is_data_folder, rows_to_predict
from foveal.data.named import load_dataset
from foveal.data.packing import write_shards
from foveal.data.shards import Shards

X = np.arange(5 * 4 * 4, dtype=np.uint8).reshape(5, 4, 4)
Y = np.array(["b", "a", "b", "a", "a"])


def save(folder, **arrays):
    folder.mkdir(exist_ok=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    return folder


@pytest.mark.parametrize("part", ["", "_train"])
@pytest.mark.parametrize("with_test", [False, True])
def test_npy_files_are_mapped(tmp_path, part, with_test):
    test = {"X_test": X[:2], "y_test": Y[:2]} if with_test else {}
    folder = save(tmp_path / "shapes", **{f"X{part}": X, f"y{part}": Y}, **test)
    data = load_dataset(str(folder))
    assert data.name == "shapes"
    assert isinstance(data.X_train, np.memmap)
    assert not isinstance(data.y_train, np.memmap)
    np.testing.assert_array_equal(data.X_train, X)
    np.testing.assert_array_equal(data.y_train, Y)
    assert (data.X_test is not None) == with_test == isinstance(data.X_test, np.memmap)
    assert len(rows_to_predict(folder)) == (2 if with_test else 5)


@pytest.mark.parametrize("parts", [("train",), ("train", "test"), ("",)])
def test_packs_and_folders_of_shards_are_opened(tmp_path, parts):
    for part in parts:
        write_shards(tmp_path / part, X, Y, class_names=("x", "y") if part == "train" else None)
    data = load_dataset(str(tmp_path))
    assert isinstance(data.X_train, Shards)
    assert data.y_train.tolist() == Y.tolist()
    assert (data.X_test is None) == ("test" not in parts)
    assert data.class_names == (("x", "y") if "train" in parts else None)
    assert isinstance(rows_to_predict(tmp_path), Shards)
    assert is_data_folder(tmp_path)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, r"expected class folders, found an empty folder"),
        ({"images": X, "y": Y}, r"; found images\.npy, y\.npy"),
        ({"X": X}, r"; found X\.npy"),
        ({"X": X, "y": Y[:2]}, r"X\.npy and y\.npy must be of one length, found 5 and 2"),
        ({"X": X, "y": Y, "X_test": X}, r"wanted both X_test\.npy and y_test\.npy or neither, found only X_test\.npy"),
        ({"X": X, "y": Y.astype(object)}, r"y\.npy: the array holds Python objects, which are never loaded"),
        ({"X": X.astype(object), "y": Y}, r"X\.npy: the array holds Python objects, which are never loaded"),
    ],
)
def test_wrong_contents_are_named(tmp_path, arrays, message):
    folder = save(tmp_path / "d", **arrays)
    with pytest.raises(DataError, match=message) as caught:
        load_dataset(str(folder))
    assert str(caught.value).startswith(str(folder))


@pytest.mark.parametrize("name", ["train", ""])
def test_a_pack_without_an_index_is_not_finished(tmp_path, name):
    write_shards(tmp_path / name, X, Y)
    (tmp_path / name / "index.npz").unlink()
    with pytest.raises(
        DataError, match=r"expected tar shards with their index\.npz, found none, so this is no finished"
    ):
        load_dataset(str(tmp_path))


def test_a_damaged_npy_is_told(tmp_path):
    folder = save(tmp_path / "d", X=X, y=Y)
    (folder / "X.npy").write_bytes((folder / "X.npy").read_bytes()[:-7])
    with pytest.raises(DataError, match=r"X\.npy: the array promises 80 bytes, found 73"):
        load_dataset(str(folder))


def test_other_folders_are_no_data(tmp_path):
    (tmp_path / "model.safetensors").touch()
    assert not is_data_folder(tmp_path)
    assert not is_data_folder(tmp_path / "nothing")
    assert not is_data_folder(tmp_path / "model.safetensors")


@pytest.mark.parametrize("part", ["", "train"])
def test_tars_of_pictures_are_opened_as_pictures_and_all_others_are_shards(tmp_path, part):
    folder = tmp_path / part
    folder.mkdir(exist_ok=True)
    path = folder / "a.tar"

    def packed(*names):
        with tarfile.open(path, "w") as tar:
            for name in names:
                tar.addfile(tarfile.TarInfo(name))

    for names, is_pictures in (
        (("0.jpg", "0.cls"), True),
        (("0.cls", "0.png"), True),
        (("cat/0.webp",), True),
        (("0.npy", "0.cls"), False),
        (("0.cls", "0.npy"), False),
        (("0.txt",), False),
    ):
        packed(*names)
        assert is_data_folder(tmp_path) != is_pictures, names
    path.write_bytes(b"no tar")
    assert is_data_folder(tmp_path)
    packed("0.jpg")
    (folder / "index.npz").touch()
    assert is_data_folder(tmp_path)
