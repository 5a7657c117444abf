import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest

from foveal.core.errors import DataError, ResourceError
from foveal.data import named
from foveal.data.named import NAMED, load_dataset

FOLDER = Path("usr/share/datasets/fashion-mnist")
SHAPES = {
    "train-images-idx3": (4, 28, 28),
    "train-labels-idx1": (4,),
    "t10k-images-idx3": (2, 28, 28),
    "t10k-labels-idx1": (2,),
}
# Of the unpacked files: they are the same at the public home, whose .gz files have the MD5 sums that the authors
# publish, and in the Debian package, which packs them anew.
ORIGINAL = {
    "X_train": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "y_train": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "X_test": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "y_test": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}


def idx_bytes(array: np.ndarray) -> bytes:
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


def put_small_set(folder: Path, *, fill: int = 1) -> None:
    folder.mkdir(parents=True)
    for name, shape in SHAPES.items():
        (folder / f"{name}-ubyte.gz").write_bytes(gzip.compress(idx_bytes(np.full(shape, fill))))


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """Make a machine without the set, whose attempts to fetch it fail; return its root and its cache."""

    def no_package(*args, **kwargs):
        raise ResourceError("no package")

    def no_network(*args, **kwargs):
        raise ResourceError("no network")

    monkeypatch.setattr(named, "_ROOT", tmp_path / "root")
    monkeypatch.setenv("FOVEAL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(named, "debian_files", no_package)
    monkeypatch.setattr(named, "download", no_network)
    return tmp_path / "root", tmp_path / "cache"


def test_fashion_mnist_is_the_original():
    data = load_dataset("fashion-mnist")
    assert data.name == "fashion-mnist"
    assert (data.X_train.shape, data.X_train.dtype) == ((60000, 28, 28), np.uint8)
    assert (data.X_test.shape, data.X_test.dtype) == ((10000, 28, 28), np.uint8)
    assert np.bincount(data.y_train).tolist() == [6000] * 10
    assert np.bincount(data.y_test).tolist() == [1000] * 10
    assert data.y_train.dtype == data.y_test.dtype == np.int64
    assert len(data.class_names) == 10
    assert data.class_names[::9] == ("T-shirt/top", "Ankle boot")
    assert {name: hashlib.sha256(idx_bytes(getattr(data, name))).hexdigest() for name in ORIGINAL} == ORIGINAL


@pytest.mark.parametrize("place", ["package", "unpacked", "home"])
def test_fashion_mnist_is_found_where_it_lies(bare, place):
    root, cache = bare
    places = {
        "package": root / FOLDER,
        "unpacked": cache / "debian" / "dataset-fashion-mnist" / FOLDER,
        "home": cache / "fashion-mnist",
    }
    put_small_set(places[place], fill=7)
    data = load_dataset("fashion-mnist")
    assert (data.X_train.shape, data.X_test.shape) == ((4, 28, 28), (2, 28, 28))
    assert data.y_train.tolist() == [7, 7, 7, 7]


def test_the_package_is_tried_before_the_public_home(bare, monkeypatch):
    _, cache = bare

    def package(name, into, pattern):
        assert (name, pattern) == ("dataset-fashion-mnist", f"{FOLDER}/*.gz")
        put_small_set(into / FOLDER)

    monkeypatch.setattr(named, "debian_files", package)
    assert len(load_dataset("fashion-mnist").X_train) == 4
    assert [path.name for path in cache.iterdir()] == ["debian"]


def test_a_broken_off_download_goes_on_where_it_was(bare, monkeypatch):
    _, cache = bare
    put_small_set(cache / "source")
    asked = []

    def download(url, path, sha256):
        asked.append((url, sha256))
        if len(asked) == 3:
            raise ResourceError("no network")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes((cache / "source" / path.name).read_bytes())

    monkeypatch.setattr(named, "download", download)
    with pytest.raises(ResourceError, match="no network"):
        load_dataset("fashion-mnist")
    assert len(load_dataset("fashion-mnist").X_test) == 2
    assert [url.rsplit("/", 1)[1].split("-ubyte")[0] for url, _ in asked] == [*list(SHAPES)[:3], *list(SHAPES)[2:]]
    assert all(url.startswith("http://fashion-mnist.") and len(sha256) == 64 for url, sha256 in asked)


def test_a_half_set_is_not_taken_for_a_whole_one(bare):
    root, _ = bare
    put_small_set(root / FOLDER)
    (root / FOLDER / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(ResourceError):
        load_dataset("fashion-mnist")


def test_a_set_that_cannot_be_had_says_how_to_get_it(bare):
    _, cache = bare
    with pytest.raises(ResourceError) as caught:
        load_dataset("fashion-mnist")
    message = str(caught.value)
    assert message.startswith("fashion-mnist is not on this machine and cannot be fetched: no package; no network.")
    assert "As root, apt install dataset-fashion-mnist gets it; or put train-images-idx3-ubyte.gz, " in message
    assert message.endswith(f"t10k-labels-idx1-ubyte.gz from another machine into {cache / 'fashion-mnist'}")


def test_digits_are_split_always_in_the_same_way():
    data, again = load_dataset("digits"), load_dataset("digits")
    assert (data.X_train.shape, data.X_test.shape) == ((1437, 8, 8), (360, 8, 8))
    assert data.X_train.dtype == np.float32
    assert (data.X_train.min(), data.X_train.max()) == (0, 16)
    assert np.bincount(data.y_test).tolist() == [36, 36, 35, 37, 36, 37, 36, 36, 35, 36]
    assert data.class_names == tuple("0123456789")
    np.testing.assert_array_equal(data.X_test, again.X_test)
    np.testing.assert_array_equal(data.y_train, again.y_train)
    assert not {row.tobytes() for row in data.X_train} & {row.tobytes() for row in data.X_test}


def test_a_path_to_an_npz_file_is_read(tmp_path):
    np.savez(tmp_path / "mine.npz", X=np.zeros((2, 8, 8)), y=[0, 1])
    data = load_dataset(str(tmp_path / "mine.npz"))
    assert data.name == "mine"
    assert data.X_test is None


def test_a_path_that_does_not_exist_is_named():
    with pytest.raises(DataError, match=r"^nowhere/mine\.npz: expected a file, found nothing there$"):
        load_dataset("nowhere/mine.npz")


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("fashon-mnist", "; did you mean 'fashion-mnist'?"),
        ("Digits", "; did you mean 'digits'?"),
        ("images", ""),
        ("", ""),
    ],
)
def test_an_unknown_name_gets_the_names_and_the_nearest(source, hint):
    with pytest.raises(DataError) as caught:
        load_dataset(source)
    rule = (
        "data set must be one of 'basic-motions', 'digits', 'fashion-mnist', 'gimp-de', 'gimp-de-templates', "
        "'gimp-fr', 'gimp-fr-templates', 'gunpoint', 'japanese-vowels', 'movie-snippets', 'nuclei', "
        "'nuclei-volume', a path that ends in .npz, a folder, or a table (.csv, .tsv, .parquet)"
    )
    assert str(caught.value) == f"{rule}, got {source!r}{hint}"


def test_a_folder_that_is_not_there_is_no_name():
    with pytest.raises(DataError, match=r"^images: there is no such folder or file"):
        load_dataset("images/")


@pytest.mark.parametrize(("source", "message"), [
    ("data.csv", "data.csv: expected a file, found nothing there"), ("pets/cats", "there is no such folder or file"),
])  # fmt: skip
def test_a_path_that_is_not_there_is_told_as_one(source, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=message):
        load_dataset(source)


def test_names_are_sorted():
    assert list(NAMED) == sorted(NAMED)
