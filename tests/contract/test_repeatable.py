"""Same seed, same bits: twice in a process, in two processes, whatever the global generators do."""

import hashlib
import random
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from foveal import CNNClassifier

RUN = """
import hashlib, numpy as np
from sklearn.datasets import load_digits
from foveal import CNNClassifier
X, y = load_digits(return_X_y=True)
model = CNNClassifier(n_epochs=3, augment=("flip", "shift", "cutout"), ema_decay=0.9, random_state=7)
model.fit(X[:400].reshape(-1, 8, 8), y[:400])
digest = hashlib.sha256()
for name, value in model.net_.state_dict().items():
    digest.update(name.encode() + value.contiguous().numpy().tobytes())
digest.update(repr([model.history_[k] for k in model.history_ if "seconds" not in k and "per" not in k]).encode())
print(digest.hexdigest())
"""


def weights_of(model):
    digest = hashlib.sha256()
    for name, value in model.net_.state_dict().items():
        digest.update(name.encode() + value.contiguous().numpy().tobytes())
    return digest.hexdigest()


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(60, 2, 7, 5)).astype(np.float32), np.arange(60) % 3


def small(**parameters):
    return CNNClassifier(
        **{"in_channels_list": (2, 4), "out_channels": 4, "n_epochs": 3, "batch_size": 16, "random_state": 1}
        | parameters
    )


def test_two_processes_give_the_same_bits():
    def run():
        done = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    first, second = run(), run()
    assert len(first) == 64
    assert first == second


def test_the_global_generators_neither_decide_nor_change(data):
    first = weights_of(small().fit(*data))
    torch.manual_seed(123)
    np.random.seed(123)
    random.seed(123)
    before = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    second = weights_of(small().fit(*data))
    assert first == second
    assert torch.equal(torch.get_rng_state(), before[0])
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])
    assert random.getstate() == before[2]


def test_a_users_network_with_torchs_dropout_repeats_too(data):
    def net(shape, outputs):
        return nn.Sequential(nn.Flatten(), nn.Linear(70, 8), nn.Dropout(0.5), nn.Linear(8, outputs))

    state = torch.get_rng_state()
    first = weights_of(small(net=net, in_channels_list=None, out_channels=None).fit(*data))
    torch.manual_seed(5)
    second = weights_of(small(net=net, in_channels_list=None, out_channels=None).fit(*data))
    torch.set_rng_state(state)
    assert first == second


def test_another_seed_gives_other_bits(data):
    assert weights_of(small().fit(*data)) != weights_of(small(random_state=2).fit(*data))


def test_the_thread_count_is_given_back(data):
    before = torch.get_num_threads()
    small().fit(*data).predict(data[0])
    assert torch.get_num_threads() == before


def test_uint8_and_float_pixels_of_the_same_values_agree(data):
    pixels = np.random.default_rng(1).integers(0, 256, size=(60, 7, 5), dtype=np.uint8)
    model = small(in_channels_list=None).fit(pixels, data[1])
    as_float = model.predict_proba(pixels.astype(np.float32))
    np.testing.assert_array_equal(model.predict_proba(pixels), as_float)
    with pytest.warns(UserWarning, match="X holds values up to 1; pass the pixels as they are"):
        model.predict(pixels / 255)
    model.fit(pixels / 255, data[1])
    with pytest.warns(UserWarning, match="X is uint8 up to 255, but fit saw values of about"):
        model.predict(pixels)
