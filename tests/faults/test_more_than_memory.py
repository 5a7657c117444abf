"""A data set far larger than what training on it takes of memory: mapped, as shards, and read by workers."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from foveal.data.packing import write_shards

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from Linux's /proc")

ROW = (64, 64, 3)
#: Train and predict; print the peak of what the processes hold beyond the imports, in MB, sampled. RssAnon is their own
#: memory (of a worker, what it does not share with its parent); RssFile the pages of mapped files, which the system
#: takes back when it needs them.
TRAIN = """
import json, sys, threading, psutil
import foveal.estimators.cnn
from foveal import CNNClassifier
from foveal.data.named import load_dataset

def number(path, name):
    try:
        return next(int(line.split()[1]) for line in open(path) if line.startswith(name)) / 1000
    except (FileNotFoundError, ProcessLookupError, StopIteration):  # a worker that is gone
        return 0.0

def held():
    # Shares of pages: what a worker and its parent, or two workers, hold together is counted once, at any moment.
    own, workers = psutil.Process().pid, [child.pid for child in psutil.Process().children()]
    anonymous = sum(number(f"/proc/{pid}/smaps_rollup", "Pss_Anon:") for pid in (own, *workers))
    return anonymous, number("/proc/self/status", "RssFile:")

baseline, peaks, over = held(), [0, 0], threading.Event()

def watch():
    while not over.wait(0.01):
        peaks[:] = map(max, peaks, held())

watcher = threading.Thread(target=watch)
watcher.start()
data = load_dataset(sys.argv[1])
model = CNNClassifier(in_channels_list=(None, 2), out_channels=2, in_features_list=(None, 8), stride=2, n_epochs=1,
                      batch_size=256, random_state=0, augment="flip", workers=int(sys.argv[2]))
model.fit(data.X_train, data.y_train)
assert len(model.predict(data.X_train)) == len(data.y_train)
over.set()
watcher.join()
print(json.dumps({"anonymous": peaks[0] - baseline[0], "file": peaks[1] - baseline[1], "baseline": baseline[0]}))
"""


def write_rows(folder, size):
    """Write random pixels of `size` bytes, block by block, as a folder of .npy files."""
    n = size // int(np.prod(ROW))
    X = np.lib.format.open_memmap(folder / "X.npy", mode="w+", dtype=np.uint8, shape=(n, *ROW))
    rng = np.random.default_rng(0)
    for start in range(0, n, 1000):
        X[start : start + 1000] = rng.integers(0, 256, size=X[start : start + 1000].shape, dtype=np.uint8)
    np.save(folder / "y.npy", np.arange(n) % 10)
    return X, np.arange(n) % 10


@pytest.fixture
def folder(tmp_path):
    """Give a folder that is removed at once: pytest would keep these gigabytes for three sessions."""
    yield tmp_path
    for path in tmp_path.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def size_of(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("size", "limit"), [(160 * 10**6, 140), pytest.param(4 * 10**9, 700, marks=pytest.mark.long)], ids=["small", "4 GB"]
)
@pytest.mark.parametrize(("kind", "workers"), [("mapped", 0), ("shards", 0), ("shards", 2)])
def test_training_takes_little_memory_beside_the_data_set(folder, size, limit, kind, workers):
    X, y = write_rows(folder, size)
    if kind == "shards":
        write_shards(folder / "train", X, y)
        del X
        (folder / "X.npy").unlink()
    assert size_of(folder) > size * 0.999
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, str(folder), str(workers)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    print(
        f"{size_of(folder) / 1e6:,.0f} MB {kind}, {workers} workers: {told['anonymous']:.0f} MB above the "
        f"{told['baseline']:.0f} MB after the imports (limit {limit}); of files {told['file']:.0f} MB were mapped"
    )
    assert told["baseline"] > 50  # else the kernel does not tell
    assert told["anonymous"] < limit
