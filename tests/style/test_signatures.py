"""The specification's table of names and defaults is a contract: the parameter table and the estimators keep it."""

import inspect

import pytest

from foveal import (
    CNN,
    CNNClassifier,
    CNNRegressor,
    CNNSegmenter,
    Recommender,
    TextClassifier,
    TextRegressor,
    Translator,
)
from foveal.core.parameters import DEFAULTS, PARAMETERS, TABLE, defaults_of, names_of

#: Names and defaults as specified; they may grow, but none may change.
SPECIFIED = {
    "in_channels_list": None, "in_features_list": None, "out_channels": None, "out_features": None, "filter_size": 3,
    "activation": "relu", "optimizer": "adam", "loss": "cross_entropy", "initializer": None, "padding": "same",
    "stride": 1, "do_batch_norm": True, "momentum": 0.9, "do_pooling": True, "pool_filter_size": 2, "pool_stride": 2,
    "pool_mode": "max", "do_dropout": True, "dropout_rate": 0.5, "batch_size": 100, "n_epochs": 100,
    "learning_rate": 0.001, "valid_size": 0.1, "lambda_": 0.0, "early_stopping": False, "patience": 10,
    "shuffle": True,
    # beyond these
    "random_state": None, "net": None, "layout": None, "one_hot": False, "schedule": "auto", "augment": None,
    "class_weight": None, "label_smoothing": 0.0, "clip_norm": None, "ema_decay": None, "accumulate": 1,
    "checkpoint": None, "checkpoint_every": "5min", "device": "auto", "precision": "auto", "kernels": "auto",
    "workers": 0, "verbose": 0,
    # what a loss that is a function is for
    "task": None,
    # what is followed, and what an epoch is made of
    "monitor": "auto", "sampler": None,
    # dilated stacks, and networks of the catalogue
    "dilation": 1,
    "stem": "auto", "weights": None, "freeze": False, "layer_decay": None,
    # honest probabilities
    "calibration": False,
    # of masks
    "ignore": None, "patch": None,
    # of histories
    "history_length": 500,
    # of texts
    "pieces": "auto", "vocabulary_size": 30_000, "lower": True, "unicode_form": "NFC", "max_length": 1024,
    "vectors": None, "batch_tokens": None,
    # of translations
    "shared_vocabulary": False, "bpe_dropout": 0.0,
}  # fmt: skip


def same(a: object, b: object) -> bool:
    """Tell whether two defaults are the same value of the same type: 1 is not True."""
    return type(a) is type(b) and a == b


def test_the_table_is_the_specification():
    assert set(PARAMETERS) == set(SPECIFIED)
    assert not {n: p.default for n, p in PARAMETERS.items() if not same(p.default, SPECIFIED[n])}


def test_the_table_names_each_parameter_once_and_its_default_keeps_its_rule():
    assert len(TABLE) == len(PARAMETERS)
    assert vars(DEFAULTS).keys() == PARAMETERS.keys()
    for parameter in TABLE:
        assert parameter.rule.holds(parameter.default), parameter.name
        assert parameter.help.strip(), parameter.name


ESTIMATORS = [CNN, CNNClassifier, CNNRegressor, CNNSegmenter, Recommender, TextClassifier, TextRegressor, Translator]


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_an_estimator_takes_the_table_by_keyword(estimator: type):
    signature = inspect.signature(estimator).parameters
    assert set(signature) == set(names_of(estimator.__name__))
    assert {p.kind for p in signature.values()} == {inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_an_estimator_stores_the_defaults_of_the_table(estimator: type):
    values = estimator().get_params(deep=False)
    other = {name: value for name, value in values.items() if not same(value, PARAMETERS[name].default)}
    assert other == defaults_of(estimator.__name__)
    assert (other == {}) == (estimator in (CNN, CNNClassifier))
