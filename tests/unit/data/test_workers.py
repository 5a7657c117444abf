"""Processes that read ahead: the same batches in the same order, whatever their number, and none is left behind."""

import gc
import hashlib
import multiprocessing
import os
import signal
import time

import numpy as np
import psutil
import pytest
import torch

from foveal import CNNClassifier
from foveal.augment import AUGMENTATIONS, cutmix
from foveal.core.errors import DataError, ResourceError
from foveal.data.batches import Batches
from foveal.data.packing import write_shards
from foveal.data.rows import Rows
from foveal.data.store import Streamed
from foveal.data.workers import read_ahead

CPU = torch.device("cpu")
X = np.random.default_rng(0).integers(0, 256, size=(90, 9, 8, 3), dtype=np.uint8)
Y = np.arange(90) % 3


@pytest.fixture(autouse=True)
def nobody_left():
    """Expect no process of a test's own after it; joblib keeps some of other tests."""
    before = {process.pid for process in psutil.Process().children()}
    yield
    assert multiprocessing.active_children() == []
    assert {process.pid for process in psutil.Process().children()} <= before


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Give the same rows as an array, a mapped file and shards."""
    folder = tmp_path_factory.mktemp("rows")
    np.save(folder / "X.npy", X)
    return {
        "array": X,
        "mapped": np.load(folder / "X.npy", mmap_mode="r"),
        "shards": write_shards(folder / "shards", X, Y, shard_bytes=20_000),
    }


def batches_of(rows, workers, **options):
    store = Streamed(Rows(rows), torch.float32, CPU, workers)
    return Batches(store, (torch.arange(len(rows)),), None, 7, seed=3, shuffle=True, **options)


def noise(x, rng):
    return x + torch.rand(x.shape, generator=rng)


def digest(model):
    """Digest weights and history, without the time it took."""
    told = hashlib.sha256()
    for name, value in model.net_.state_dict().items():
        told.update(name.encode() + value.numpy().tobytes())
    told.update(repr([model.history_[name] for name in ("train_loss", "train_score", "valid_loss")]).encode())
    return told.hexdigest()


@pytest.mark.parametrize("first", [0, 5])
@pytest.mark.parametrize("workers", [1, 2, 3, 20])
def test_batches_and_their_order_do_not_depend_on_the_workers(sources, workers, first):
    expected = list(batches_of(X, 0, augment=(noise,)).epoch(2, first))
    for source in sources.values():
        got = list(batches_of(source, workers, augment=(noise,)).epoch(2, first))
        assert len(got) == len(expected) == 13 - first
        for a, b in zip(got, expected, strict=True):
            assert torch.equal(a.x[0], b.x[0])
            assert torch.equal(a.y[0], b.y[0])
            assert a.x[0].stride() == b.x[0].stride()


def test_every_augmentation_changes_alike_beside_workers(sources):
    """All of ours, one after the other; rows are mixed once, so cutmix comes by itself."""
    for augment in ([a for name, a in AUGMENTATIONS.items() if name != "cutmix"], [cutmix()]):
        runs = [list(batches_of(sources["mapped"], workers, augment=augment).epoch(1)) for workers in (0, 2)]
        for a, b in zip(*runs, strict=True):
            assert torch.equal(a.x[0], b.x[0])
            assert torch.equal(a.mixed.y[0], b.mixed.y[0])
            assert torch.equal(a.mixed.kept, b.mixed.kept)


@pytest.mark.parametrize("augment", [None, ["flip", "shift"]])
def test_a_fit_gives_the_same_bits_for_any_number_of_workers(sources, augment):
    small = {"in_channels_list": (None, 4), "out_channels": 4, "n_epochs": 2, "batch_size": 16, "random_state": 0}
    digests = {
        (name, workers): digest(CNNClassifier(**small, augment=augment, workers=workers).fit(source, Y))
        for name, source in sources.items()
        for workers in (0, 1, 2, 3)
    }
    assert len(digests) == 12
    assert len(set(digests.values())) == 1, digests


class Noting:
    """Rows that note in a file which of them were asked for."""

    dtype, shape = X.dtype, X.shape

    def __init__(self, path):
        self.path = path

    def __len__(self):
        return len(X)

    def __getitem__(self, rows):
        with self.path.open("a") as file:
            file.writelines(f"{row}\n" for row in rows)
        return X[rows]


@pytest.mark.parametrize("workers", [0, 2])
def test_an_epoch_begun_late_reads_nothing_of_what_was_before(tmp_path, workers):
    batches = batches_of(Noting(tmp_path / "asked"), workers)
    rows = torch.cat([batch.y[0] for batch in batches.epoch(1, first=9)]).tolist()
    asked = [int(line) for line in (tmp_path / "asked").read_text().split()]
    assert sorted(asked) == sorted(rows)
    assert len(asked) == 90 - 9 * 7


@pytest.mark.parametrize("taken", [1, 2, 6])
def test_an_epoch_that_is_left_leaves_no_process(sources, taken):
    epoch = batches_of(sources["shards"], 3).epoch(0)
    for _ in range(taken):
        next(epoch)
    assert len(multiprocessing.active_children()) == 3
    epoch.close()
    assert multiprocessing.active_children() == []


def test_an_epoch_that_breaks_leaves_no_process(sources):
    def broken(x, rng):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        list(batches_of(sources["mapped"], 2, augment=(broken,)).epoch(0))
    gc.collect()
    assert multiprocessing.active_children() == []  # while the traceback still holds the frames
    assert caught.traceback


def test_one_process_is_started_for_a_single_batch_and_none_for_no_batch(sources):
    assert len(list(batches_of(sources["mapped"], 4).epoch(0, first=12))) == 1
    assert list(batches_of(sources["mapped"], 4).epoch(0, first=13)) == []


def test_what_a_worker_finds_wrong_is_raised_as_if_it_were_read_here(tmp_path):
    shards = write_shards(tmp_path, X, Y)
    path = tmp_path / "shard-000000.tar"
    path.write_bytes(path.read_bytes()[:40_000])
    for workers in (0, 2):
        with pytest.raises(DataError, match=r"shard-000000\.tar: ends within a row, at byte .*; write the pack again$"):
            list(batches_of(shards, workers).epoch(0))


@pytest.mark.parametrize(
    "error", [KeyError("no such row"), ConnectionResetError("no such row"), OSError("no such row")]
)
def test_what_else_a_worker_fails_with_is_told_and_nothing_is_printed(error, capfd):
    def read(index):
        raise error

    says = (
        f"^reading rows of X ahead fails with {type(error).__name__}: .*no such row.*see where it fails with workers=0$"
    )
    with pytest.raises(DataError, match=says):
        list(read_ahead(read, [np.arange(3)], 1))
    assert capfd.readouterr().err == ""


def test_memory_that_a_worker_lacks_is_memory_that_lacks_here():
    def read(index):
        raise MemoryError

    with pytest.raises(MemoryError):
        list(read_ahead(read, [np.arange(3)], 1))


def test_ctrl_c_is_the_parents_business(sources):
    epoch = batches_of(sources["mapped"], 2).epoch(0)
    next(epoch)
    for child in multiprocessing.active_children():
        os.kill(child.pid, signal.SIGINT)
    assert len(list(epoch)) == 12


def test_workers_end_with_sigterm_whatever_the_parent_does_with_it(sources):
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        epoch = batches_of(sources["mapped"], 2).epoch(0)
        next(epoch)
        began = time.monotonic()
        epoch.close()
        assert time.monotonic() - began < 3
    finally:
        signal.signal(signal.SIGTERM, before)


def test_processes_that_cannot_be_started_are_a_resource_error(monkeypatch):
    def refuse():
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("foveal.data.workers.socket.socketpair", refuse)
    with pytest.raises(
        ResourceError, match=r"cannot start workers=2 processes \(.*Too many open files\); use fewer, or 0"
    ):
        next(read_ahead(lambda index: (index,), [np.arange(3)], 2))


@pytest.mark.parametrize("shape", [(3,), (0, 4), (100, 100, 100)])
@pytest.mark.parametrize("dtype", ["uint8", "bool", ">f4", "float64"])
def test_any_array_comes_through(shape, dtype):
    blocks = [np.random.default_rng(i).integers(0, 99, size=shape).astype(dtype) for i in range(3)]
    for (got,), block in zip(
        read_ahead(lambda i: (blocks[int(i[0])],), [np.array([i]) for i in range(3)], 2), blocks, strict=True
    ):
        assert got.dtype == block.dtype
        np.testing.assert_array_equal(got, block)
