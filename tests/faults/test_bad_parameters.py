"""Every parameter with wrong values: the first thing said is its name, then the rule, the value and the way out."""

import random
from fractions import Fraction

import numpy as np
import pytest
import torch
from tests.contract.parameter_values import VALUES
from torch import nn

from foveal import CNN, CNNClassifier, CNNRegressor
from foveal.core.errors import ParameterError, ParameterTypeError, ResourceError
from foveal.core.parameters import COMMON, PARAMETERS, check_parameters
from foveal.core.rules import plain

from .small import classes, classifier, cnn, images, refused, regressor, values

X, Y, T = images(), classes(), values()
#: Told by what is there or what is made, not by the rule of the table.
LATER = {"activation": nn.Linear, "optimizer": torch.optim.LBFGS, "device": "cuda:99"}


def told_by_the_rule():
    pairs = [(name, value) for name, values in VALUES.items() for value in values.wrong]
    return [(n, v) for n, v in pairs if not PARAMETERS[n].rule.holds(v)]


@pytest.mark.usefixtures("no_epoch")
@pytest.mark.parametrize(("name", "value"), told_by_the_rule())
def test_a_wrong_value_is_told_with_name_rule_and_value(name, value):
    start = f"{name} must be {PARAMETERS[name].rule.words}, got "
    for make in (CNN, CNNClassifier, CNNRegressor):
        with refused(ParameterError, start):
            make(**{name: value}).fit(X, Y)
        with refused(ParameterError, start):
            make(**{name: value}).partial_fit(X, Y, classes=[0, 1])


def test_every_parameter_has_a_value_that_its_rule_refuses():
    assert {name for name, _ in told_by_the_rule()} == set(COMMON)


@pytest.mark.usefixtures("no_epoch")
@pytest.mark.parametrize("name", LATER)
def test_a_wrong_value_that_is_found_later_is_told_by_name_too(name):
    with pytest.raises((ParameterError, ResourceError), match=name):
        classifier(**{name: LATER[name]}).fit(X, Y)


@pytest.mark.parametrize(
    ("name", "value", "nearest"),
    [
        ("activation", "rleu", "relu"), ("optimizer", "Adm", "adam"), ("loss", "mze", "mse"), ("net", "plian", "plain"),
        ("initializer", "kaimin", "kaiming"), ("padding", "smae", "same"), ("schedule", "cosin", "cosine"),
        ("layout", "nchw", "NCHW"), ("precision", "float16", "float"), ("device", "cdua", "cuda"),
        ("augment", "flop", "flip"), ("task", "regresion", "regression"), ("class_weight", "balancd", "balanced"),
        ("pool_mode", "mx", "max"), ("n_epochs", "atuo", "auto"),
    ],
)  # fmt: skip
def test_a_typo_is_answered_with_the_nearest_name(name, value, nearest):
    with pytest.raises(ParameterError, match=f"did you mean '.*{nearest}"):
        cnn(**{name: value}).fit(X, Y)


def test_float16_is_refused_with_the_reason_and_what_to_use():
    with refused(ParameterError, "got 'float16': its range is too small for gradients", "use 'bfloat16' where", "else"):
        classifier(precision="float16").fit(X, Y)


def test_an_unknown_parameter_is_answered_with_the_nearest_one():
    with refused(ParameterError, "unknown parameter 'batch_sze'", "did you mean 'batch_size'?"):
        check_parameters({"batch_sze": 3})
    with pytest.raises(TypeError, match="batch_sze"):
        CNNClassifier(batch_sze=3)
    with pytest.raises(ValueError, match="Invalid parameter 'batch_sze'"):
        CNNClassifier().set_params(batch_sze=3)


@pytest.mark.parametrize("kind", [CNN, CNNClassifier, CNNRegressor])
def test_a_recipe_is_known_and_so_is_what_overrides_it(kind):
    with refused(ParameterError, "recipe must be one of 'fast', 'auto', got 'fats'", "did you mean 'fast'?"):
        kind.from_recipe("fats")
    for name in (None, 3, ["fast"], {}):
        with refused(ParameterError, "recipe must be one of 'fast', 'auto', got ", repr(name)):
            kind.from_recipe(name)
    with refused(ParameterError, "unknown parameter 'batch_sze'", "did you mean 'batch_size'?"):
        kind.from_recipe("fast", batch_sze=3)
    with refused(ParameterError, "unknown parameter 'name'"):
        kind.from_recipe("fast", name=3)
    with refused(ParameterError, "n_epochs must be 'auto' or an integer of at least 1, got 0"):
        kind.from_recipe("fast", n_epochs=0)


def test_a_string_where_a_number_belongs_is_a_type_error_too():
    with pytest.raises(ParameterTypeError, match="batch_size must be an integer of at least 1, got '3'"):
        classifier(batch_size="3").fit(X, Y)


def test_a_value_of_many_lines_is_told_on_one():
    with refused(ParameterError, "optimizer must be", "got SGD ( Parameter Group 0 dampening: 0"):
        classifier(optimizer=torch.optim.SGD([nn.Parameter(torch.zeros(1))], 0.1)).fit(X, Y)
    with refused(ParameterError, "filter_size must be", "got [0, 0, 0", " ..."):
        classifier(filter_size=[0] * 10_000).fit(X, Y)


KINDS = [
    (lambda: cnn(loss="mse", task="classification"), Y, ["loss='mse' does not fit classification", "CNNRegressor"]),
    (lambda: cnn(loss="hinge", task="regression"), T, ["loss='hinge' does not fit regression", "CNNClassifier"]),
    (lambda: cnn(loss="binary_cross_entropy"), Y, ["loss='binary_cross_entropy'", "several labels", "0/1 indicator"]),
    (lambda: cnn(loss=nn.functional.cross_entropy), Y, ["task must say", "'labels'", "'regression'"]),
    (lambda: cnn(task="labels"), Y, ["task='labels'", "one class a row", "2-D 0/1 indicator"]),
    (lambda: classifier(loss="mae"), Y, ["loss='mae' does not fit classification", "CNNRegressor"]),
    (lambda: classifier(task="regression"), Y, ["task='regression' does not fit CNNClassifier", "use CNNRegressor"]),
    (lambda: classifier(loss="hinge"), np.ones((12, 3)), ["loss='hinge' does not fit labels", "one_hot=True"]),
    (lambda: classifier(task="labels", one_hot=True), np.eye(2)[Y], ["one_hot=True needs one class a row"]),
    (lambda: classifier(loss="hinge", label_smoothing=0.1), Y, ["label_smoothing=0.1 has no meaning", "use 0.0"]),
    (lambda: regressor(loss="cross_entropy"), T, ["loss='cross_entropy' does not fit regression", "CNNClassifier"]),
    (lambda: regressor(task="labels"), T, ["task='labels' does not fit CNNRegressor", "use CNNClassifier"]),
    (lambda: regressor(one_hot=True), T, ["one_hot=True is for classes, not for values", "leave it out"]),
    (lambda: regressor(label_smoothing=0.1), T, ["label_smoothing=0.1 has no meaning", "'mse'"]),
]  # fmt: skip


@pytest.mark.usefixtures("no_epoch")
@pytest.mark.parametrize("case", range(len(KINDS)))
def test_parameters_that_contradict_the_kind_of_problem(case):
    make, y, words = KINDS[case]
    with refused(ParameterError, *words):
        make().fit(X, y)


@pytest.mark.usefixtures("no_epoch")
@pytest.mark.parametrize("needs", [{"early_stopping": True}, {"schedule": "plateau"}])
def test_what_needs_validation_needs_rows_for_it(needs):
    (name,) = needs
    with refused(ParameterError, name, "needs rows to validate on", "valid_size is 0", "use for example 0.1"):
        classifier(valid_size=0, **needs).fit(X, Y)
    with refused(ParameterError, name, "needs rows to validate on", "of 3 rows leaves no row", "give more rows"):
        classifier(**needs).fit(X[:3], Y[:3])


def test_a_wrong_loss_is_told_before_anything_is_asked_of_it():
    """Tags, repr and hasattr ask an estimator for its kind before fit has checked the loss."""
    for loss in ("mze", 3, None, nn.MSELoss):
        model = cnn(loss=loss)
        assert "loss" in repr(model)
        assert not hasattr(model, "predict_proba")
        assert model.__sklearn_tags__().estimator_type is None
        with refused(ParameterError, "loss must be one of"):
            model.partial_fit(X, Y)


NUMBERS = [
    {"batch_size": np.uint8(200), "accumulate": np.uint8(2)},  # 400 is more than a uint8 holds
    {"learning_rate": Fraction(1, 4), "lambda_": Fraction(1, 8), "dropout_rate": Fraction(1, 2)},
    {"learning_rate": np.float16(0.25), "momentum": np.float32(0.5), "ema_decay": np.longdouble(0.5)},
    {"label_smoothing": Fraction(1, 8), "clip_norm": Fraction(1, 2), "valid_size": Fraction(1, 4)},
    {"in_channels_list": [np.int64(1), np.int8(3)], "out_channels": np.uint8(3), "filter_size": (np.int64(3), 3)},
    {"do_pooling": np.False_, "shuffle": np.False_, "n_epochs": np.int8(2), "early_stopping": np.True_},
]


@pytest.mark.parametrize("parameters", NUMBERS)
def test_numbers_of_any_type_are_the_same_numbers(parameters):
    own = {name: plain(value) for name, value in parameters.items()}
    assert all(type(v) in (int, float, bool, list, tuple) for v in own.values())
    given = classifier(**parameters).fit(X, Y)
    np.testing.assert_array_equal(given.predict_proba(X), classifier(**own).fit(X, Y).predict_proba(X))
    assert given.get_params()[next(iter(parameters))] is next(iter(parameters.values()))  # stored as given


@pytest.mark.parametrize(
    "state", [random, random.Random(0), torch.Generator(), np.random.SeedSequence(0), np.random.MT19937(0), object()]
)
def test_what_is_no_random_state(state):
    with refused(ParameterError, "random_state must be None, an integer of at least 0 or a NumPy random state"):
        classifier(random_state=state).fit(X, Y)


def test_weights_passed_where_partial_fit_takes_classes():
    with refused(ParameterError, "classes is for classes, not for values", "sample_weight=..."):
        regressor().partial_fit(X, T, np.ones(12))


def test_partial_fit_asks_for_the_classes():
    with refused(ParameterError, "classes must be passed on the first call to partial_fit"):
        classifier().partial_fit(X, Y)
