import gzip
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest

from foveal.core.errors import DataError, ResourceError
from foveal.data.idx import read_idx

IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


def idx_bytes(array: np.ndarray, *, kind: int = 8, shape: tuple[int, ...] | None = None) -> bytes:
    shape = array.shape if shape is None else shape
    return struct.pack(f">4B{len(shape)}I", 0, 0, kind, len(shape), *shape) + array.tobytes()


def write(folder: Path, data: bytes, *, packed: bool = False) -> Path:
    path = folder / ("file-idx.gz" if packed else "file-idx")
    path.write_bytes(gzip.compress(data) if packed else data)
    return path


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("array", [IMAGES, np.array([3, 1], np.uint8), np.zeros((2, 3, 4, 5), np.uint8)])
def test_reads_what_was_written(tmp_path, array, packed):
    read = read_idx(write(tmp_path, idx_bytes(array), packed=packed))
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, array)


def test_gzip_is_told_by_its_bytes_and_a_path_may_be_a_string(tmp_path):
    path = tmp_path / "no-ending"
    path.write_bytes(gzip.compress(idx_bytes(IMAGES)))
    np.testing.assert_array_equal(read_idx(str(path)), IMAGES)


def test_an_array_may_be_longer_than_one_step_of_reading(tmp_path):
    long = np.arange(3 << 20, dtype=np.uint8)
    np.testing.assert_array_equal(read_idx(write(tmp_path, idx_bytes(long), packed=True)), long)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"starts with bytes 0, 0, a type and a number of dimensions of at least 1, found \[\]; .* use \.npz"),
        (b"PNG!...", r"starts with bytes 0, 0, .* found \[80, 78, 71, 33\]"),
        (bytes([0, 0, 8, 0, 1]), r"number of dimensions of at least 1, found \[0, 0, 8, 0\]"),
        (
            idx_bytes(IMAGES, kind=13),
            r"must hold unsigned bytes \(type 8\), found type 13; .* save the arrays as \.npz",
        ),
        (bytes([0, 0, 8, 3, 0, 0, 0, 9]), "its header ends before its 3 dimensions; it is damaged: fetch it again"),
        (idx_bytes(IMAGES, shape=(0, 3, 4)), r"promises 0 x 3 x 4 = 0 bytes, which must be at least 1 .* it is empty"),
        (idx_bytes(IMAGES) + b"!", r"promises 2 x 3 x 4 = 24 bytes, found more; it is damaged: fetch it again"),
        (idx_bytes(IMAGES)[:-1], r"promises 2 x 3 x 4 = 24 bytes, found only 23; it is damaged"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path, data, message, packed):
    path = write(tmp_path, data, packed=packed)
    with pytest.raises(DataError, match=message) as caught:
        read_idx(path)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize("packed", [False, True])
def test_absurd_sizes_take_no_memory(tmp_path, packed):
    path = write(tmp_path, idx_bytes(IMAGES, shape=(2**32 - 1, 2**32 - 1, 2**32 - 1)), packed=packed)
    tracemalloc.start()
    with pytest.raises(DataError, match=r"4294967295 x .*, which must be .* no more than this file can hold \(\d+\)"):
        read_idx(path)
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


def test_a_promise_beyond_deflates_best_ratio_is_refused(tmp_path):
    path = write(tmp_path, idx_bytes(np.zeros(1000, np.uint8), shape=(1 << 20,)), packed=True)
    most = path.stat().st_size * 1032
    with pytest.raises(DataError, match=rf"no more than this file can hold \({most}\)"):
        read_idx(path)


def test_a_bomb_is_unpacked_no_further_than_its_promise(tmp_path):
    path = write(tmp_path, idx_bytes(np.zeros(50 << 20, np.uint8), shape=(1000,)), packed=True)
    tracemalloc.start()
    with pytest.raises(DataError, match="promises 1000 = 1000 bytes, found more"):
        read_idx(path)
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


@pytest.mark.parametrize("damage", ["cut", "checksum", "stream"])
def test_a_damaged_gzip_file_is_told(tmp_path, damage):
    data = bytearray(gzip.compress(idx_bytes(np.random.default_rng(0).integers(0, 9, 5000).astype(np.uint8))))
    if damage == "cut":
        del data[len(data) // 2 :]
    else:
        data[-6 if damage == "checksum" else 10] ^= 0xFF
    path = tmp_path / "file.gz"
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"expected a whole gzip file, found a damaged one \(.+\); fetch it again"):
        read_idx(path)


def test_no_file_and_a_folder_are_told_apart(tmp_path):
    with pytest.raises(DataError, match=r"none-idx: expected an idx file, found nothing there"):
        read_idx(tmp_path / "none-idx")
    with pytest.raises(DataError, match=r"expected an idx file, found a folder there"):
        read_idx(tmp_path)


@pytest.mark.parametrize(
    ("error", "why"), [(PermissionError(13, "denied"), "denied"), (MemoryError(), "out of memory")]
)
def test_what_the_machine_refuses_is_a_resource_error(tmp_path, monkeypatch, error, why):
    def refuse(*args, **kwargs):
        raise error

    path = write(tmp_path, idx_bytes(IMAGES))
    monkeypatch.setattr("foveal.data.idx.np.empty", refuse)
    with pytest.raises(ResourceError, match=rf"cannot be read \(.*{why}\); check its permissions and the free memory"):
        read_idx(path)


def test_ratio_of_deflate_is_the_one_we_assume():
    size = 1 << 24
    assert 1000 < size / len(zlib.compress(bytes(size), 9)) < 1032
