"""Predictions are made by a network of its functions, and always agree with `net_`."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from unittest.mock import patch

import numpy as np
import pytest
import torch
from torch import nn

import foveal
from foveal import CNNClassifier, CNNRegressor
from foveal.fitted.model import FOLD_FROM
from foveal.kernels.inference import Answers
from foveal.kernels.library import load
from foveal.layers import ConvBlock, Flatten, Residual

RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (40, 8, 8), dtype=np.uint8)
Y = np.arange(40) % 3
SMALL = {"in_channels_list": (None, 4), "out_channels": 4, "n_epochs": 1, "random_state": 0}


def stack(shape, outputs):
    return nn.Sequential(ConvBlock(2, 1, 4), Flatten(), nn.Linear(4 * 64, outputs))


def residual(shape, outputs):
    rows = [{"a": ConvBlock(2, 4, 4), "b": ConvBlock(2, 4, 4, activation="linear")} for _ in range(2)]
    parts = [Residual(row, activation="relu") for row in rows]
    return nn.Sequential(ConvBlock(2, 1, 4), *parts, Flatten(), nn.Linear(4 * 64, outputs))


def repeated(shape, outputs):
    same = nn.Sequential(nn.Linear(64, 64), nn.Tanh())
    return nn.Sequential(nn.Flatten(), same, same, nn.Linear(64, outputs))


def views(shape, outputs):
    class Views(nn.Module):
        def __init__(self):
            super().__init__()
            self.dense = nn.Linear(64, outputs)

        def forward(self, x):
            return self.dense(x.view(len(x), -1))

    return Views()


RESIDUAL = {"net": residual, "n_epochs": 1, "random_state": 0}


def by_net(model, data=X):
    """Ask `net_` itself, as a user of PyTorch would."""
    with torch.no_grad():
        return model.net_(torch.from_numpy(data)[:, None]).softmax(1).numpy()


def agrees(model):
    """Compare a row, and all rows, with `net_` to 1e-5."""
    expected = by_net(model)
    np.testing.assert_allclose(model.predict_proba(X[:1]), expected[:1], rtol=0, atol=1e-5)
    np.testing.assert_allclose(model.predict_proba(X), expected, rtol=0, atol=1e-5)
    many = np.concatenate([X] * 3)  # folded
    assert len(many) > FOLD_FROM > len(X)
    np.testing.assert_allclose(model.predict_proba(many), np.concatenate([expected] * 3), rtol=0, atol=1e-5)
    return expected


@pytest.mark.parametrize("net", [None, stack, residual, repeated, views])
def test_predictions_follow_every_edit_of_net_(net, tmp_path):
    model = CNNClassifier(**(SMALL if net is None else {"net": net, "n_epochs": 1, "random_state": 0})).fit(X, Y)
    seen = [agrees(model)]
    weights = list(model.net_.parameters())
    other = {k: v * (1.5 if k.startswith("body") else 1) for k, v in model.net_.state_dict().items()}

    def add(tensor):
        tensor.add_(torch.linspace(-1, 1, tensor.numel()).view(tensor.shape))

    edits = [
        lambda: add(weights[0]),
        lambda: add(weights[-1].data),
        lambda: model.net_.load_state_dict(other),
        lambda: model.net_.body.register_forward_hook(lambda module, inputs, out: out * 2),
        lambda: model.partial_fit(X, Y),
        lambda: model.fit(X, (Y + 1) % 3),
    ]
    for edit in edits:
        with torch.no_grad():
            edit()
        seen.append(agrees(model))
    assert all(np.abs(a - b).max() > 1e-4 for a, b in pairwise(seen))


def test_a_network_left_in_training_mode_answers_in_inference():
    model = CNNClassifier(**SMALL).fit(X, Y)
    before = model.predict_proba(X)
    model.net_.body.dense1.dropout.train()
    model.net_.body.conv1.norm.train()
    np.testing.assert_array_equal(model.predict_proba(X), before)


def test_a_regressor_answers_in_double_precision_whatever_the_rows():
    model = CNNRegressor(**SMALL).fit(X, X.mean(axis=(1, 2)))
    together = model.predict(X)
    np.testing.assert_allclose(np.concatenate([model.predict(x[None]) for x in X]), together, rtol=1e-12)
    with torch.no_grad():
        model.net_.body.head.weight.zero_()
        model.net_.body.head.bias.zero_()
    np.testing.assert_allclose(model.predict(X), model.fitted_.problem.mean[0])


def test_files_and_copies_carry_no_second_network(tmp_path):
    model = CNNClassifier(**SMALL).fit(X, Y)
    attributes, size = set(vars(model)), len(pickle.dumps(model))
    model.save(tmp_path / "before")
    proba = model.predict_proba(X)
    model.save(tmp_path / "after")
    assert (set(vars(model)), len(pickle.dumps(model))) == (attributes, size)
    assert (tmp_path / "after").stat().st_size == (tmp_path / "before").stat().st_size
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model), foveal.load(tmp_path / "after")):
        np.testing.assert_array_equal(other.predict_proba(X), proba)


@pytest.mark.parametrize("settings", [SMALL, RESIDUAL], ids=["plain", "residual"])
def test_threads_that_predict_at_once_get_what_one_gets(settings):
    model, many = CNNClassifier(**settings).fit(X, Y), np.concatenate([X, X[::-1]])
    expected = model.predict_proba(many)
    with ThreadPoolExecutor(4) as pool:
        for proba in pool.map(lambda _: model.predict_proba(many), range(40)):
            np.testing.assert_array_equal(proba, expected)


@pytest.mark.skipif(load() is None, reason="there are no compiled kernels")
def test_calls_of_many_rows_run_on_kernels_where_layers_stand_in_a_row():
    model = CNNClassifier(**RESIDUAL).fit(X, Y)
    for rows, used in ((X, False), (np.concatenate([X, X]), True)):
        with patch.object(Answers, "of_laid", autospec=True, side_effect=Answers.of_laid) as called:
            proba = model.predict_proba(rows)
        assert called.call_count == 2 * used
        np.testing.assert_allclose(proba, by_net(model, rows), rtol=0, atol=1e-5)
        with patch.dict(model.fitted_.settings, kernels="off"), patch.object(Answers, "of_laid") as called:
            np.testing.assert_allclose(model.predict_proba(rows), proba, rtol=0, atol=1e-5)
        called.assert_not_called()


@pytest.mark.filterwarnings("error")
def test_rows_are_read_where_they_lie_and_never_written():
    given = X.copy()
    given.flags.writeable = False
    model = CNNClassifier(**SMALL).fit(X, Y)
    proba = model.predict_proba(X)
    for other in (given, given[::-1][::-1], np.asfortranarray(given), given.astype(np.int64)):
        np.testing.assert_array_equal(model.predict_proba(other), proba)
    model = CNNClassifier(**SMALL).fit(X / 7, Y)
    floats = (X / 7).astype(np.float32)
    before = floats.copy()
    model.predict(floats)
    np.testing.assert_array_equal(floats, before)
