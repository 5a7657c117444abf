"""A batch, a network or rows that do not fit: refused before training where that can be known, else answered."""

import re
import subprocess
import sys

import numpy as np
import pytest
import torch

from foveal import TextClassifier
from foveal.core.errors import ResourceError
from foveal.fitted import predict
from foveal.fitting import budget
from foveal.train import loop

from .small import classes, classifier, images, linear, of_net, refused, unharmed

X, Y = images(40, (8, 8)), classes(40)
SAYS = ("a step of ", "rows needs at least", "B (feature maps", "gradients and optimizer", "B are free on cpu")


@pytest.fixture
def free(monkeypatch):
    """Set the bytes that are free."""

    def set_free(size):
        monkeypatch.setattr(predict, "available_memory", lambda device: size)
        monkeypatch.setattr(budget, "memory_for", lambda needed, device: size)

    return set_free


def test_a_batch_that_does_not_fit_is_answered_with_one_that_does(free):
    free(150_000_000)
    X = images(600, (128, 128)).astype(np.float32)
    with refused(ResourceError, *SAYS, "use batch_size=", "or less"):
        classifier(batch_size=10**9).fit(X, classes(600))


def test_the_named_batch_size_is_taken(free):
    free(150_000_000)
    X, y = images(600, (64, 64)).astype(np.float32), classes(600)
    with pytest.raises(ResourceError, match="a step of 540 rows") as caught:
        classifier(batch_size=10**9, in_channels_list=(None, 24)).fit(X, y)
    named = int(re.search(r"use batch_size=(\d+) or less", str(caught.value)).group(1))
    assert 1 <= named < 540
    assert classifier(batch_size=named, in_channels_list=(None, 24)).fit(X[:100], y[:100]).n_epochs_ == 1


def test_accumulation_counts_one_part(free):
    free(150_000_000)
    X, y = images(600, (64, 64)).astype(np.float32), classes(600)
    with pytest.raises(ResourceError, match="a step of 270 rows"):
        classifier(batch_size=10**9, accumulate=2, in_channels_list=(None, 64)).fit(X, y)


def test_where_not_even_one_row_fits_the_network_must_be_smaller(free):
    free(1000)
    with refused(ResourceError, *SAYS, "not even batch_size=1 fits; use a smaller network (in_channels_list"):
        classifier(valid_size=0).fit(X[:2], Y[:2])


def test_where_not_even_one_text_fits_it_must_be_shorter(free):
    free(1000)
    with refused(ResourceError, *SAYS, "not even batch_size=1 fits; use a smaller net, or shorter rows (max_length"):
        TextClassifier(valid_size=0).fit(["a cat", "a dog"], [0, 1])


def test_rows_that_do_not_fit_are_better_mapped(free, tmp_path):
    rows = images(2000, (16, 16)).astype(np.float32)
    free(1_500_000)
    with refused(ResourceError, *SAYS, "pass fewer rows, or X memory-mapped: np.load(file, mmap_mode='r')"):
        classifier(batch_size=2).fit(rows, classes(2000))
    np.save(tmp_path / "rows.npy", rows)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    assert classifier(batch_size=10).fit(mapped, classes(2000)).n_epochs_ == 1


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_optimizers_tensors_count(free, optimizer):
    """Between what gradients and an epoch's copy take, and what Adam's two tensors add, only SGD fits."""
    net = linear((1, 64, 64), 2)
    size = sum(w.nbytes for w in net.parameters())
    free(3 * size + 200_000)
    model = of_net(net, optimizer=optimizer, batch_size=2)
    if optimizer == "sgd":
        assert model.fit(images(4, (64, 64)).astype(np.uint8), [0, 1, 0, 1]).n_epochs_ == 1
    else:
        free(3 * size)
        with refused(ResourceError, *SAYS):
            model.fit(images(4, (64, 64)).astype(np.uint8), [0, 1, 0, 1])


TORCHS = [
    RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: Error code 12"),
    torch.OutOfMemoryError("CUDA out of budget. Tried to allocate 2.00 GiB"),
    MemoryError("Unable to allocate 22.0 MiB for an array"),
]


@pytest.mark.parametrize("error", TORCHS, ids=lambda e: type(e).__name__)
def test_memory_that_runs_out_in_training_is_answered_with_half_the_batch_at_most(monkeypatch, error):
    def fail(*_: object) -> None:
        raise error

    model = classifier().fit(X, Y)
    with monkeypatch.context() as patched:
        patched.setattr(loop, "train_epoch", fail)
        with (
            unharmed(model, X),
            refused(ResourceError, "out of memory in training: a step of 36 rows", "were free", "use batch_size=18"),
        ):
            try:
                model.fit(X, Y)
            finally:
                patched.undo()


@pytest.mark.parametrize("kernels", ["auto", "off"])
@pytest.mark.parametrize("error", TORCHS, ids=lambda e: type(e).__name__)
def test_memory_that_runs_out_in_predicting_is_answered(monkeypatch, error, kernels):
    def fail(*_: object) -> None:
        raise error

    model = classifier(kernels=kernels).fit(X, Y)
    monkeypatch.setattr(predict, "_block", fail)
    with refused(ResourceError, "out of memory in predicting 40 rows", "free on cpu", "predict fewer rows at a time"):
        model.predict(X)


def test_other_errors_stay_what_they_are(monkeypatch):
    def fail(*_: object) -> None:
        raise RuntimeError("size mismatch")

    monkeypatch.setattr(loop, "train_epoch", fail)
    with pytest.raises(RuntimeError, match="size mismatch") as caught:
        classifier().fit(X, Y)
    assert not isinstance(caught.value, ResourceError)


LIMITED = """
import re, resource
from pathlib import Path
import numpy as np
from foveal import CNNClassifier
from foveal import TextClassifier
from foveal.core.errors import ResourceError
X, y = np.zeros((4096, 28, 28), np.uint8), np.arange(4096) % 2
X[::2] = 200
CNNClassifier(n_epochs=1).fit(X[:20], y[:20])  # what kernels need once is there
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 600_000_000,) * 2)
try:
    CNNClassifier(n_epochs=1, batch_size=4096).fit(X, y)
except ResourceError as error:
    print(error)
    named = int(re.search("batch_size=([0-9]+) or less", str(error)).group(1))
CNNClassifier(n_epochs=1, batch_size=named).fit(X[: 2 * named], y[: 2 * named])
print("fits")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a limit of the address space that holds is Linux's")
def test_under_a_limit_of_the_address_space_the_named_batch_size_does_fit():
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", LIMITED], capture_output=True, text=True, check=False)
    said, fits = done.stdout.splitlines() or ["", done.stderr]
    assert re.search(r"a step of 3,686 rows needs at least 1\.\d GB .*, but [4-6]\d\d MB are free on cpu", said)
    assert fits == "fits", done.stderr
