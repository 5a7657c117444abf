"""Ten steps with every option of the estimators: weights, losses and scores with the kernels are those without."""

import numpy as np
import pytest
import torch

from foveal import CNN, CNNClassifier, CNNRegressor
from foveal.kernels.library import load

pytestmark = pytest.mark.skipif(load() is None, reason="there are no compiled kernels")

_rng = np.random.default_rng(0)
ROWS = 37  # the last batch of 8 is one of 5
Y = np.arange(ROWS) % 3
SMALL = {"in_channels_list": (None, 9), "out_channels": 12, "in_features_list": (None, 10), "n_epochs": 2,
         "batch_size": 8, "random_state": 0, "valid_size": 0, "optimizer": "sgd", "learning_rate": 0.01}  # fmt: skip
#: What PyTorch computes all of, and so to the bit.
LEFT = [{"accumulate": 2}, {"activation": "gelu"}, {"precision": "float64"}]
OPTIONS = [
    {}, {"label_smoothing": 0.2}, {"class_weight": "balanced", "label_smoothing": 0.1}, {"lambda_": 0.1},
    {"lambda_": 0.1, "optimizer": "adam"}, {"lambda_": 0.1, "clip_norm": 0.1}, {"ema_decay": 0.9}, {"stride": 2},
    {"padding": "valid", "filter_size": 2}, {"filter_size": (5, 4)}, {"pool_mode": "avg", "pool_filter_size": 3},
    {"do_batch_norm": False}, {"do_pooling": False}, {"do_dropout": False}, {"activation": "leaky_relu"},
    {"momentum": 1.0}, {"momentum": 0.0}, {"batch_size": 1}, {"batch_size": 36}, {"batch_size": 1000},
    {"augment": ("flip", "shift")}, {"schedule": "cosine"}, {"loss": "hinge"}, {"loss": "kl"},
]  # fmt: skip
OPTIMIZERS = ["momentum", "nesterov", "adam", "adamw", "nadam", "rmsprop", "muon", "adagrad"]


def both(kind, X, y, options, **given):
    return [kind(**{**SMALL, **options, "kernels": kernels}).fit(X, y, **given) for kernels in ("auto", "off")]


def check(kind, X, y, options, **given) -> None:
    on, off = both(kind, X, y, options, **given)
    for ours, theirs in zip(on.net_.state_dict().values(), off.net_.state_dict().values(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=2e-5)
    for name in ("train_loss", "train_score"):
        np.testing.assert_allclose(on.history_[name], off.history_[name], rtol=1e-5, atol=1e-6)


def images(*shape):
    return np.random.default_rng(1).normal(size=(ROWS, *shape)).astype(np.float32)


@pytest.mark.parametrize("options", [*OPTIONS, *({"optimizer": name, "learning_rate": 1e-3} for name in OPTIMIZERS)])
def test_options(options):
    check(CNNClassifier, images(9, 8), Y, options)


@pytest.mark.parametrize(
    "weight", [_rng.random(ROWS), np.r_[np.zeros(20), np.ones(ROWS - 20)]], ids=["any", "whole batches of none"]
)
def test_weighted_rows(weight):
    check(CNNClassifier, images(9, 8), Y, {}, sample_weight=weight)


@pytest.mark.parametrize("shape", [(21,), (9, 8, 3), (2, 9, 8)])
def test_shapes(shape):
    check(CNNClassifier, images(*shape), Y, {})


def test_bytes():
    check(CNNClassifier, _rng.integers(256, size=(ROWS, 9, 8), dtype=np.uint8), Y, {})


@pytest.mark.parametrize(
    ("kind", "y"),
    [
        (CNNRegressor, _rng.normal(size=ROWS)),
        (CNNRegressor, _rng.normal(size=(ROWS, 2))),
        (CNN, (_rng.normal(size=(ROWS, 4)) > 0).astype(int)),
    ],
    ids=["one value", "two values", "labels"],
)
def test_other_problems(kind, y):
    check(kind, images(9, 8), y, {})


@pytest.mark.parametrize("options", LEFT)
def test_what_pytorch_computes_is_the_same_to_the_bit(options):
    on, off = both(CNNClassifier, images(9, 8), Y, options)
    assert all(map(torch.equal, on.net_.state_dict().values(), off.net_.state_dict().values()))


def test_the_kernels_do_run():
    on, off = both(CNNClassifier, images(9, 8), Y, {})
    assert not all(map(torch.equal, on.net_.state_dict().values(), off.net_.state_dict().values()))
