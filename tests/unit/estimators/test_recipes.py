"""Estimators made of recipes, and the epochs of n_epochs="auto"."""

import numpy as np
import pytest
from sklearn.base import clone

import foveal
from foveal import CNN, CNNClassifier, CNNRegressor
from foveal.core.recipes import RECIPES

ESTIMATORS = (CNN, CNNClassifier, CNNRegressor)
SIZES = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8)}


@pytest.fixture(scope="module")
def data():
    return np.random.default_rng(0).normal(size=(50, 4, 4)), np.arange(50) % 2


def auto(**parameters):
    return CNNClassifier(**SIZES, n_epochs="auto", random_state=0, **parameters)


@pytest.mark.parametrize("kind", ESTIMATORS)
@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_fills_parameters_and_leaves_the_others_at_their_defaults(kind, name):
    model = kind.from_recipe(name)
    assert type(model) is kind
    assert model.get_params() == kind().get_params() | RECIPES[name]
    assert clone(model).get_params() == model.get_params()


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_what_is_given_wins_over_the_recipe(kind):
    given = {"batch_size": 7, "n_epochs": 2, "random_state": 0, "loss": "mse"}
    assert kind.from_recipe("fast", **given).get_params() == kind().get_params() | RECIPES["fast"] | given


@pytest.mark.parametrize("kind", ESTIMATORS)
@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_trains_what_its_parameters_train(kind, name, data):
    made = kind.from_recipe(name, n_epochs=1, random_state=0).fit(*data)
    spelt = kind(**RECIPES[name] | {"n_epochs": 1, "random_state": 0}).fit(*data)
    np.testing.assert_array_equal(made.predict(data[0]), spelt.predict(data[0]))


@pytest.mark.parametrize(
    ("parameters", "epochs"),
    [
        ({"batch_size": 2}, 27),  # 46 rows are trained on, so 23 updates
        ({"batch_size": 2, "valid_size": 0}, 24),  # 25 updates
        ({"batch_size": 2, "accumulate": 3, "valid_size": 0}, 67),  # 9 updates of 3 times 2 rows each
        ({}, 600),  # one update
    ],
)
def test_auto_counts_the_updates_of_an_epoch(parameters, epochs, data):
    assert auto(**parameters).fit(*data).n_epochs_ == epochs


def test_rows_of_weight_0_make_no_updates(data):
    weight = np.r_[np.zeros(10), np.ones(40)]
    model = auto(batch_size=2, valid_size=0).fit(*data, sample_weight=weight)
    assert model.n_epochs_ == 30


def test_auto_trains_as_the_number_does_and_the_rate_ends_near_zero(data):
    chosen, counted = auto(batch_size=9).fit(*data), auto(batch_size=9).set_params(n_epochs=120).fit(*data)
    np.testing.assert_array_equal(chosen.predict_proba(data[0]), counted.predict_proba(data[0]))
    assert chosen.history_["learning_rate"][-1] < 1e-5


def test_auto_is_stored_as_it_was_given_and_saved_with_the_model(data, tmp_path):
    model = auto(batch_size=2, valid_size=0).fit(*data)
    assert model.get_params()["n_epochs"] == "auto"
    model.save(tmp_path / "model")
    back = foveal.load(tmp_path / "model")
    assert (back.n_epochs, back.n_epochs_) == ("auto", 24)


def test_early_stopping_ends_auto_too(data):
    assert auto(batch_size=9, early_stopping=True, patience=1).fit(*data).n_epochs_ < 120


def test_partial_fit_makes_one_pass_whatever_n_epochs_is(data):
    model, counted = auto(), auto().set_params(n_epochs=3)
    for n in (1, 2):
        for one in (model, counted):
            assert one.partial_fit(*data, classes=[0, 1]).n_epochs_ == n
    np.testing.assert_array_equal(model.predict_proba(data[0]), counted.predict_proba(data[0]))


def test_progress_counts_to_the_epochs_there_are(data, capsys):
    auto(batch_size=2, valid_size=0, verbose=1).fit(*data)
    said, *lines = capsys.readouterr().err.splitlines()
    assert said == "n_epochs='auto' is 24, of 25 steps each"
    assert lines[0].startswith("epoch  1/24  loss ")
    assert lines[-1].startswith("epoch 24/24  loss ")
