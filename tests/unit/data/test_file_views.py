import pickle

import numpy as np
import pytest

from foveal.core.errors import ResourceError
from foveal.data.file_views import locked, unlocked, view_of
from foveal.data.images.pictures import Pictures
from foveal.data.rows import Rows

X = np.arange(2 * 3 * 4 * 5, dtype=np.int16).reshape(2, 3, 4, 5)


@pytest.fixture
def mapped(tmp_path):
    np.save(tmp_path / "X.npy", X)
    return np.load(tmp_path / "X.npy", mmap_mode="r")


@pytest.mark.parametrize(
    "view",
    [
        lambda x: x,
        lambda x: x[1:],
        lambda x: x[::-1, :, 1::2],
        lambda x: x.transpose(0, 2, 3, 1),
        lambda x: np.moveaxis(np.asarray(x)[1:, ::-1], 1, -1),
        lambda x: x.reshape(6, 20)[2:5, 3:],
    ],
)
def test_a_view_of_a_file_is_found_and_mapped_again(mapped, view):
    found = view_of(view(mapped))
    again = pickle.loads(pickle.dumps(found)).opened()
    np.testing.assert_array_equal(again, view(X))
    assert view_of(again) == found


def test_what_lies_in_memory_is_no_view_of_a_file(mapped, tmp_path):
    for array in (X, np.array(mapped), mapped[[0, 1]], np.load(tmp_path / "X.npy", mmap_mode="c"), mapped[:0], 3):
        assert view_of(array) is None


def test_another_machines_byte_order(tmp_path):
    np.save(tmp_path / "a.npy", X.astype(">f8"))
    np.testing.assert_array_equal(view_of(np.load(tmp_path / "a.npy", mmap_mode="r")).opened(), X)


def test_a_file_that_has_changed_is_told(mapped, tmp_path):
    found = view_of(mapped)
    (tmp_path / "X.npy").rename(tmp_path / "old.npy")
    with pytest.raises(ResourceError, match=r"X\.npy: cannot be mapped again \(No such file.*\); use workers=0"):
        found.opened()
    np.save(tmp_path / "X.npy", X)
    with pytest.raises(ResourceError, match=r"X\.npy: is another file than before"):
        found.opened()


def test_rows_and_pictures_go_to_another_process_by_their_place(mapped, tmp_path):
    np.save(tmp_path / "large.npy", np.zeros((1000, 8, 8, 3), np.uint8))
    large = np.load(tmp_path / "large.npy", mmap_mode="r")
    files = np.array([f"{i}.png" for i in range(1000)], object)
    for source in (Rows(large), Pictures(large, (), files, in_memory=False)):
        sent = pickle.dumps(source)
        assert len(sent) < 40_000
        again = pickle.loads(sent)
        np.testing.assert_array_equal(again.read(np.array([3, 4]))[0], large[3:5])
        assert again.digest() == source.digest()
    rows = Rows(mapped, np.array([1]))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(rows)).read(np.array([0]))[0], X[1:])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(Rows(X))).X, X)


def lock(path):
    with path.open("rb") as file:
        found = locked(file, X.dtype, 128, X.shape)
    found.filename = path
    return found


def test_what_may_only_be_read_is_given_so_that_torch_takes_it(mapped, tmp_path):
    of_file = lock(tmp_path / "X.npy")
    np.testing.assert_array_equal(of_file, X)
    with pytest.raises(ValueError, match="read-only"):
        of_file[0] = 0
    np.testing.assert_array_equal(view_of(of_file).opened(), X)
    free = unlocked(of_file[1:])
    np.testing.assert_array_equal(free, X[1:])
    free[:] = 0
    np.testing.assert_array_equal(np.load(tmp_path / "X.npy"), X)


def test_other_arrays_are_not_unlocked(mapped, tmp_path, monkeypatch):
    of_file = lock(tmp_path / "X.npy")
    for given in (X, mapped, of_file[:, ::2], of_file[:0]):
        assert unlocked(given) is given
    original = np.memmap

    def short(file, dtype, mode, *more):
        if mode == "c":
            raise OSError(12, "Cannot allocate memory")
        return original(file, dtype, mode, *more)

    monkeypatch.setattr(np, "memmap", short)
    read = lock(tmp_path / "X.npy")
    monkeypatch.undo()
    np.testing.assert_array_equal(read, X)
    assert unlocked(read) is read
