"""Workers that are started anew, as on macOS and Windows: the same bits as without any."""

import multiprocessing
import subprocess
import sys
from multiprocessing import resource_tracker

import numpy as np
import pytest
import torch
from PIL import Image

from foveal import open_images
from foveal.core.errors import DataError, ParameterError
from foveal.data.batches import Batches
from foveal.data.packing import write_shards
from foveal.data.rows import Rows
from foveal.data.store import Streamed
from foveal.data.workers import read_ahead

CPU = torch.device("cpu")
X = np.random.default_rng(0).integers(0, 256, size=(90, 9, 8, 3), dtype=np.uint8)


@pytest.fixture(autouse=True)
def spawned(monkeypatch, tmp_path):
    resource_tracker.ensure_running()  # it stays for as long as this process
    monkeypatch.setenv("FOVEAL_START_METHOD", "spawn")
    monkeypatch.setenv("FOVEAL_CACHE", str(tmp_path / "cache"))
    yield
    assert multiprocessing.active_children() == []


def batches_of(source, workers):
    store = Streamed(source, torch.float32, CPU, workers)
    return list(Batches(store, (torch.arange(len(source)),), None, 7, seed=3, shuffle=True).epoch(1))


def same(a, b):
    assert len(a) == len(b) == 13
    for one, other in zip(a, b, strict=True):
        assert torch.equal(one.x[0], other.x[0])
        assert torch.equal(one.y[0], other.y[0])


def test_rows_in_a_file(tmp_path):
    np.save(tmp_path / "X.npy", X)
    same(batches_of(Rows(np.load(tmp_path / "X.npy", mmap_mode="r")), 2), batches_of(Rows(X), 0))


@pytest.mark.long
def test_rows_in_shards(tmp_path):
    shards = write_shards(tmp_path, X, np.arange(90) % 3, shard_bytes=20_000)
    same(batches_of(Rows(shards), 2), batches_of(Rows(X), 0))


@pytest.mark.parametrize("how", [{}, pytest.param({"cache": False}, marks=pytest.mark.long)])
def test_pictures(tmp_path, how, monkeypatch):
    for number, pixels in enumerate(X):
        path = tmp_path / "pictures" / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
    if how:  # decoded each time they are read
        monkeypatch.setattr("foveal.data.images.cache.kept.available_memory", lambda device: 0)
    pictures = open_images(tmp_path / "pictures", **how)
    assert type(pictures._rows.X).__name__ == ("OnTheFly" if how else "memmap")
    same(batches_of(pictures, 2), batches_of(pictures, 0))


def failing(index):
    raise KeyError("no such row")


@pytest.mark.long
def test_what_a_worker_fails_with_is_told():
    with pytest.raises(DataError, match=r"^reading rows of X ahead fails with KeyError: .*workers=0$"):
        list(read_ahead(failing, [np.arange(3)], 1))


def test_what_cannot_be_sent_is_told_with_the_way_out():
    with pytest.raises(ParameterError, match=r"workers: X cannot be sent to another process \(.*\), .*use workers=0$"):
        list(read_ahead(lambda index: (index,), [np.arange(3)], 2))


BARE = """
import sys
import numpy as np
from foveal import CNNClassifier
X = np.load(sys.argv[1], mmap_mode="r")
CNNClassifier(n_epochs=1, workers=1).fit(X, np.arange(len(X)) % 2)
"""


@pytest.mark.long
def test_a_script_without_the_usual_line_is_told_of_it(tmp_path):
    np.save(tmp_path / "X.npy", X)
    (tmp_path / "bare.py").write_text(BARE)
    command = [sys.executable, str(tmp_path / "bare.py"), str(tmp_path / "X.npy")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    guard = "a script that trains with workers must do so below if __name__ == '__main__':"
    assert f"ParameterError: workers: {guard}; or use workers=0" in done.stderr
    assert f"ended with status 1 ({guard}); look for what ended it" in done.stderr
    assert done.returncode == 1
