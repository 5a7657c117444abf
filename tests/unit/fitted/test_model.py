"""What a fit leaves, as a value."""

import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from torch import nn

from foveal import CNNClassifier
from foveal.core.forms import form_of
from foveal.fitted.model import Cost, cost_of, folds
from foveal.fitted.predict import predict

X = np.random.default_rng(0).normal(size=(24, 6, 6))
Y = np.arange(24) % 2


@pytest.fixture(scope="module")
def model():
    return CNNClassifier(n_epochs=3, early_stopping=True, random_state=0).fit(X, Y)


def test_the_cost_of_a_row_is_counted_by_hand():
    net = nn.Sequential(nn.Conv2d(1, 2, 3, bias=False), nn.Flatten(), nn.Linear(32, 5))
    cost = cost_of(net, form_of((1, 6, 6)))
    assert cost.multiply_adds == 2 * 9 * 16 + 32 * 5
    assert cost.largest_map == 2 * 4 * 4


def test_it_predicts_without_an_estimator_and_survives_a_pickle(model):
    fitted = model.fitted_
    assert fitted.task.decode  # computed once, and left out of a pickle
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(predict(again, X), model.predict(X))


def test_its_scores_are_those_of_the_epoch_whose_weights_were_kept(model):
    scores = model.fitted_.scores()
    kept = int(np.argmax(model.history_["valid_score"]))
    assert scores["kept_epoch"] == kept + 1
    assert scores["train_loss"] == model.history_["train_loss"][kept]
    assert scores["metric"] == "accuracy"


@pytest.mark.parametrize(
    ("net", "largest_map", "rows", "folded"),
    [(None, 10**6, 99, False), ("plain", 1, 100, True), ("resnet18", 100, 4, True), ("resnet18", 100, 3, False)],
)
def test_networks_of_the_catalogue_are_folded_where_their_maps_are_larger_than_their_filters(
    model, net, largest_map, rows, folded
):
    weights = nn.Linear(19, 20)  # 400 numbers
    given = replace(model.fitted_, net=weights, settings={"net": net}, cost=Cost(0, largest_map))
    assert folds(given, rows) is folded


def test_it_is_a_value(model):
    with pytest.raises(FrozenInstanceError):
        model.fitted_.layout = "NHWC"
