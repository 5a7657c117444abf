"""`net_` is set: what takes the place of the fitted network is held against the problem, saved and trained."""

import numpy as np
import pytest
import torch
from sklearn.exceptions import NotFittedError
from torch import nn

import foveal
from foveal import CNNClassifier, CNNRegressor
from foveal.core.errors import ParameterError

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(24, 6, 6)).astype(np.float32), np.arange(24) % 3
SMALL = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8), "n_epochs": 1}


def own(outputs=3):
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(32, outputs))


def fitted(seed=0, **more):
    return CNNClassifier(**{**SMALL, **more}, random_state=seed).fit(X, Y)


def raw(net):
    with torch.no_grad():
        return net.eval()(torch.from_numpy(X)[:, None]).softmax(1).numpy()


def test_there_is_none_before_fit():
    with pytest.raises(NotFittedError, match="not fitted yet"):
        CNNClassifier().net_ = own()


@pytest.mark.parametrize(
    ("net", "words"),
    [
        (3, "net_ must be a torch.nn.Module, got 3"),
        (own, "net_ must be a torch.nn.Module, got <function own"),
        (own(4), r"net_ must turn \(N, 1, 6, 6\) into \(N, 3\), an output for each class or target; for N=2 it gave"),
        (nn.Linear(7, 3), r"net: .*fails in inference on \(2, 1, 6, 6\), zeros of fit's shape: .*; mend its forward"),
    ],
)
def test_what_does_not_fit_the_problem_is_refused(net, words):
    model = fitted()
    before = model.net_
    with pytest.raises(ParameterError, match=words):
        model.net_ = net
    assert model.net_ is before


def test_another_fits_network_is_taken_as_it_is_and_saved(tmp_path):
    model, other = fitted(), fitted(1)
    model.net_ = other.net_
    assert model.net_ is other.net_
    np.testing.assert_array_equal(model.predict_proba(X), other.predict_proba(X))
    model.save(tmp_path / "m")
    np.testing.assert_array_equal(foveal.load(tmp_path / "m").predict_proba(X), other.predict_proba(X))
    before = [w.clone() for w in other.net_.parameters()]
    model.partial_fit(X, Y)
    assert not any(torch.equal(a, b) for a, b in zip(before, model.net_.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in zip(before, other.net_.parameters(), strict=True))  # a copy is trained


@pytest.mark.parametrize("make", [lambda: fitted(out_channels=6).net_, own], ids=["wider", "own"])
def test_a_network_of_the_users_is_trained_and_given(make, tmp_path):
    model, net = fitted(), make()
    expected = raw(net)
    model.net_ = net
    np.testing.assert_allclose(model.predict_proba(X), expected, atol=1e-6)
    with pytest.raises(ParameterError, match=r"^net=.*cannot be saved: .*given=\(\"net\",\)"):
        model.save(tmp_path / "m")
    model.save(tmp_path / "m", given=("net",))
    again = foveal.load(tmp_path / "m", net=model.net_.body)
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    with pytest.warns(UserWarning, match="partial_fit trains net_ as it is, not a network that net=None means"):
        model.partial_fit(X, Y)
    assert np.abs(model.predict_proba(X) - expected).max() > 1e-6
    assert model.n_epochs_ == 2


def test_a_traced_one_predicts():
    model, net = fitted(), own()
    with pytest.warns(DeprecationWarning, match="jit.trace"):
        traced = torch.jit.trace(net.eval(), torch.zeros(2, 1, 6, 6))
    model.net_ = traced
    np.testing.assert_allclose(model.predict_proba(X), raw(net), atol=1e-6)
    np.testing.assert_allclose(model.predict_proba(X[:1]), raw(net)[:1], atol=1e-6)


def test_a_net_of_values_keeps_its_dtype():
    model = CNNRegressor(**SMALL, random_state=0).fit(X, Y * 1.0)
    model.net_ = nn.Sequential(own(), nn.Linear(3, 1))
    assert model.predict(X).shape == (24,)
    assert next(model.net_.parameters()).dtype == torch.float32


def test_a_frozen_one_predicts_and_is_not_trained():
    model, net = fitted(), own().requires_grad_(False)
    model.net_ = net
    assert model.predict(X).shape == (24,)
    with pytest.raises(ParameterError, match="net_ has no weights to train"), pytest.warns(UserWarning, match="net_"):
        model.partial_fit(X, Y)
