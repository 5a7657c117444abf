"""A loss that is no longer a number: who is told what, and what is left of the estimator."""

import re
from contextlib import suppress

import numpy as np
import pytest
import torch
from sklearn.exceptions import NotFittedError

from foveal.core.choices import OPTIMIZERS
from foveal.core.errors import DivergedError

from .small import classes, classifier, images, refused, regressor, unharmed, values

X, Y, T = images(30), classes(30), values(30)
WAY_OUT = ("use a smaller learning_rate, clip_norm=1.0, or look for extreme values in X and y",)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("n_epochs", [1, 4])
def test_every_optimizer_diverges_at_an_absurd_rate(optimizer, n_epochs):
    """In the first steps no loss shows it yet, so one epoch of one step is the hard case."""
    for do_batch_norm in (True, False):
        model = classifier(optimizer=optimizer, learning_rate=1e30, do_batch_norm=do_batch_norm, n_epochs=n_epochs)
        with refused(DivergedError, "epoch ", "step ", "rate ", *WAY_OUT):
            model.fit(X, Y)
        with pytest.raises(NotFittedError):
            model.predict(X)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("rate", [1e5, 1e10, 1e20])
def test_what_does_not_diverge_is_finite(optimizer, rate):
    """All rectifiers may be dead after the first step: then nothing moves any more, and nothing overflows."""
    for n_epochs in (1, 4):
        model = classifier(optimizer=optimizer, learning_rate=rate, n_epochs=n_epochs)
        with suppress(DivergedError):
            assert np.isfinite(model.fit(X, Y).predict_proba(X)).all()
            assert np.isfinite([*model.history_["train_loss"], model.history_["valid_loss"][-1]]).all()


@pytest.mark.parametrize("make", [classifier, regressor])
def test_epoch_step_and_rate_are_told(make):
    model = make(
        optimizer="sgd", learning_rate=1e10, schedule="constant", n_epochs=9, batch_size=10, do_batch_norm=False
    )
    with pytest.raises(DivergedError) as caught:
        model.fit(X, Y)
    found = re.search(r"epoch (\d+) \(step (\d+), rate 1e\+10\)", str(caught.value))
    assert 1 <= int(found.group(1)) < 9
    assert 3 * int(found.group(1)) - 2 <= int(found.group(2)) <= 3 * int(found.group(1))  # the very step


def test_the_way_out_is_one():
    diverges = {"optimizer": "sgd", "learning_rate": 1e10, "n_epochs": 5, "do_batch_norm": False}
    with pytest.raises(DivergedError):
        classifier(**diverges).fit(X, Y)
    assert np.isfinite(classifier(**{**diverges, "learning_rate": 1e-2}).fit(X, Y).predict_proba(X)).all()


@pytest.mark.parametrize("parameters", [{"lambda_": 1e30, "optimizer": "sgd"}, {"lambda_": 1e300}])
def test_an_absurd_penalty_diverges(parameters):
    with refused(DivergedError, *WAY_OUT):
        classifier(n_epochs=3, **parameters).fit(X, Y)


def test_early_stopping_keeps_the_best_epoch_of_a_run_that_explodes_at_its_end(monkeypatch):
    """The second and last step explodes: the validation loss shows it, the weights of the first epoch are kept."""

    class Late(torch.optim.SGD):
        steps = 0

        def step(self, closure=None):
            self.steps += 1  # its own: two more are rehearsed on a copy
            if self.steps == 2:
                for group in self.param_groups:
                    group["lr"] = 1e30
            return super().step(closure)

    parameters = {"optimizer": Late, "schedule": "constant", "n_epochs": 2, "do_batch_norm": False}
    with refused(DivergedError, "not finite after epoch 2"):
        classifier(**parameters).fit(X, Y)
    model = classifier(**parameters, early_stopping=True).fit(X, Y)
    assert np.isfinite(model.predict_proba(X)).all()


def test_an_epoch_that_diverges_leaves_an_earlier_model_alone():
    model = classifier().fit(X, Y)
    with unharmed(model, X):
        model.set_params(optimizer="sgd", learning_rate=1e20, n_epochs=3)
        with pytest.raises(DivergedError):
            model.fit(X, Y)
        model.set_params(**classifier().get_params())


def test_partial_fit_goes_on_after_a_divergence_as_if_it_had_not_been():
    model = classifier(optimizer="momentum").partial_fit(X, Y, classes=[0, 1])
    expected = classifier(optimizer="momentum").partial_fit(X, Y, classes=[0, 1]).partial_fit(X, Y)
    model.set_params(learning_rate=1e30)
    for _ in range(2):
        with pytest.raises(DivergedError):
            model.partial_fit(X, Y)
    model.set_params(learning_rate=0.001).partial_fit(X, Y)
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))
    assert model.history_["epoch"] == [1, 2]


def test_partial_fit_after_early_stopping_learns():
    """The best epoch's weights are restored once, at the end of that fit, and not again after every later call."""
    model = classifier(early_stopping=True, n_epochs=3).fit(X, Y)
    before = model.predict_proba(X)
    model.partial_fit(X, Y)
    assert not np.array_equal(model.predict_proba(X), before)
