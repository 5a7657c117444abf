"""A memory-mapped X is trained on and predicted where it lies."""

import subprocess
import sys

import numpy as np
import pytest

from foveal import CNNClassifier

SMALL = {"in_channels_list": (None, 4), "out_channels": 4, "n_epochs": 2, "random_state": 0}

GROWTH = """
import resource, sys
import numpy as np
from foveal import CNNClassifier
path, rows = sys.argv[1], int(sys.argv[2])
X = np.load(path, mmap_mode="r")[:rows]
y = np.arange(rows) % 2
model = CNNClassifier(in_channels_list=(None, 2), out_channels=2, n_epochs=1, batch_size=64)
model.fit(X, y)
model.predict(X)
status = open("/proc/self/status").read()
print(int(status.split("RssAnon:")[1].split()[0]))
"""


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64, np.int16])
def test_a_mapped_array_trains_as_the_same_array_in_memory(dtype, tmp_path):
    X = np.random.default_rng(0).integers(0, 200, size=(40, 9, 9)).astype(dtype)
    y = np.arange(40) % 2
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    first = CNNClassifier(**SMALL).fit(X, y)
    second = CNNClassifier(**SMALL).fit(mapped, y)
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(mapped))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="anonymous memory is read from Linux's /proc")
def test_memory_does_not_grow_with_a_mapped_data_set(tmp_path):
    """Four times the rows, 100 MB more on disk: under 30 MB more that is not the file itself."""
    np.lib.format.open_memmap(tmp_path / "X.npy", mode="w+", dtype=np.uint8, shape=(12_000, 3, 60, 60))[:] = 7

    def kilobytes(rows):
        command = [sys.executable, "-c", GROWTH, str(tmp_path / "X.npy"), str(rows)]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    small, large = kilobytes(3_000), kilobytes(12_000)
    assert large - small < 30_000
