"""Randomness is an argument: what may be one, and that nobody else's is used or changed."""

import copy
import random

import numpy as np
import pytest
import torch
from torch import nn

from .small import classes, classifier, images, linear, of_net, regressor, values

X, Y, T = images(30), classes(30), values(30)


def global_states():
    return random.getstate(), np.random.get_state(), torch.get_rng_state()


def same(before, after):
    return before[0] == after[0] and all(map(np.array_equal, before[1], after[1])) and torch.equal(before[2], after[2])


def noisy():
    """Build a network that draws from torch's global generator, in training and in inference."""

    class Noise(nn.Module):
        def forward(self, x):
            return x + torch.randn_like(x) if self.training else x

    return nn.Sequential(nn.Flatten(), Noise(), nn.Dropout(0.5), nn.Linear(16, 2))


MODELS = {
    "classifier": lambda seed: (
        classifier(random_state=seed, augment=["flip", "shift", "cutout"], initializer="he"),
        Y,
    ),
    "regressor": lambda seed: (regressor(random_state=seed, ema_decay=0.9, early_stopping=True, n_epochs=3), T),
    "network of the user's": lambda seed: (of_net(noisy(), random_state=seed), Y),
    "function of the user's": lambda seed: (of_net(lambda shape, outputs: noisy(), random_state=seed), Y),
}


@pytest.mark.parametrize(
    "seed", [0, None, np.random.RandomState(0), np.random.default_rng(0)], ids=lambda s: type(s).__name__
)
@pytest.mark.parametrize("case", MODELS)
def test_global_generators_are_neither_used_nor_changed(case, seed):
    model, y = MODELS[case](copy.deepcopy(seed))
    before = global_states()
    model.fit(X, y).predict(X)
    model.score(X, y)
    model.partial_fit(X, y).predict(X)
    model.summary()
    assert same(before, global_states())


@pytest.mark.parametrize("case", MODELS)
def test_global_seeds_do_not_matter(case):
    model, y = MODELS[case](5)
    predicted = []
    for seed in (1, 2):
        random.seed(seed)
        torch.manual_seed(seed)
        predicted.append(model.fit(X, y).predict(X))
    np.testing.assert_array_equal(*predicted)


def test_global_generators_are_as_before_when_a_fit_fails():
    def fails(x, rng):
        raise KeyError("mine")

    models = classifier(augment=fails), of_net(noisy(), augment=fails), classifier(batch_size=0)
    before = global_states()
    for model in models:
        with pytest.raises((KeyError, ValueError)):
            model.fit(X, Y)
    assert same(before, global_states())


@pytest.mark.parametrize("kind", [int, np.int64, np.uint8, np.int32])
def test_seeds_of_any_integer_type_are_the_same_seed(kind):
    expected = classifier(random_state=3).fit(X, Y).predict_proba(X)
    np.testing.assert_array_equal(classifier(random_state=kind(3)).fit(X, Y).predict_proba(X), expected)


@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_a_random_state_moves_on_as_in_scikit_learn(make):
    state = make(0)
    one = classifier(random_state=state).fit(X, Y).predict_proba(X)
    two = classifier(random_state=state).fit(X, Y).predict_proba(X)
    again = classifier(random_state=make(0)).fit(X, Y).predict_proba(X)
    assert not np.array_equal(one, two)
    np.testing.assert_array_equal(one, again)


def test_no_seed_is_another_seed_each_time():
    one, two = (classifier(random_state=None).fit(X, Y).predict_proba(X) for _ in range(2))
    assert not np.array_equal(one, two)


@pytest.mark.parametrize("off", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("make", [classifier, lambda **p: of_net(linear(), **p)])
def test_a_caller_without_gradients_may_fit(off, make):
    model = make(random_state=0)
    expected = model.fit(X, Y).partial_fit(X, Y).predict_proba(X)
    with off():
        np.testing.assert_array_equal(model.fit(X, Y).partial_fit(X, Y).predict_proba(X), expected)


def test_a_huge_seed_is_a_seed():
    model = classifier(random_state=10**30).fit(X, Y)
    np.testing.assert_array_equal(model.predict_proba(X), classifier(random_state=10**30).fit(X, Y).predict_proba(X))
