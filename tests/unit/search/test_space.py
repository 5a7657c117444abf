from ast import literal_eval

import pytest

from foveal import CNNClassifier, CNNRegressor, CNNSegmenter, Recommender, TextClassifier
from foveal.cli.settings import parse_value
from foveal.core.errors import ParameterError
from foveal.search.space import CLASSIFIER, COMMON, PLAIN_STACK, REGRESSOR, Choices, Range, check_space, default_space
from foveal.search.space import read_distribution as read


def test_every_default_keeps_the_rules_of_the_parameters():
    check_space(COMMON | PLAIN_STACK | CLASSIFIER | REGRESSOR)


def test_defaults_go_with_the_estimator_its_network_and_its_loss():
    def names(model):
        return set(default_space(type(model).__name__, model.get_params(deep=False)))

    common = set(COMMON)
    assert names(CNNClassifier()) == common | {"dropout_rate", "label_smoothing"}
    assert names(CNNClassifier(net="resnet18")) == common | {"label_smoothing"}
    assert names(CNNClassifier(loss="hinge")) == common | {"dropout_rate"}
    assert names(CNNRegressor()) == common | {"dropout_rate", "loss"}
    assert "label_smoothing" not in names(CNNSegmenter())
    assert names(TextClassifier()) == common | {"label_smoothing"}
    assert "label_smoothing" not in names(Recommender())


def test_what_the_user_has_set_is_not_tried():
    assert "learning_rate" not in default_space("CNNClassifier", {"learning_rate": 0.01})
    assert "learning_rate" in default_space("CNNClassifier", {"learning_rate": 0.001})


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("learning_rate", "1e-4..1e-1", Range(1e-4, 1e-1, log=True)),
        ("learning_rate", "0.01..0.1", Range(0.01, 0.1)),
        ("learning_rate", "0.01..0.1:log", Range(0.01, 0.1, log=True)),
        ("learning_rate", "1e-4..1e-1:linear", Range(1e-4, 1e-1)),
        ("momentum", "0..1", Range(0, 1)),
        ("batch_size", "16..64", Range(16, 64, whole=True)),
        ("optimizer", "adam|muon", Choices(("adam", "muon"))),
        ("in_channels_list", "none,16|none,32", Choices(((None, 16), (None, 32)))),
        ("learning_rate", "0.01", None),
        ("weights", "../trained.pth", None),
    ],
)
def test_what_the_command_line_says(name, text, expected):
    found = read(name, text, parse_value)
    assert found == expected
    if expected is not None:
        check_space({name: found})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1..x", "a range must be LOW..HIGH, two numbers"),
        ("1..2:root", "a range must be LOW..HIGH, two numbers"),
        ("2..1", "from a smaller to a larger number, got 2..1"),
        ("0..1:log", "must begin above 0, got 0"),
        ("3|3", "none of them twice"),
    ],
)
def test_what_is_no_range_says_what_is_one(text, message):
    with pytest.raises(ParameterError, match=message):
        read("learning_rate", text, parse_value)


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({}, "a search needs parameters to try"),
        ({"learning_rate": (1, 2)}, r"learning_rate: a space holds Range\(low, high\)"),
        ({"learning_rte": Range(0.1, 0.2)}, "unknown parameter 'learning_rte'; did you mean 'learning_rate'"),
        ({"dropout_rate": Range(0.5, 1.5)}, "dropout_rate must be a number of at least 0 and less than 1, got 1.5"),
        ({"optimizer": Choices(("adam", "adm"))}, "got 'adm'; did you mean 'adam'"),
        ({"random_state": Range(0, 9, whole=True)}, "random_state says how a search runs"),
        ({"vocabulary_size": Range(100, 900, whole=True)}, "vocabulary_size is no parameter of CNNClassifier"),
    ],
)
def test_a_space_that_cannot_be_searched_is_refused(space, message):
    with pytest.raises(ParameterError, match=message):
        check_space(space, "CNNClassifier")


def test_whole_ranges_have_whole_ends():
    with pytest.raises(ParameterError, match=r"whole ends, got 1.5..2"):
        Range(1.5, 2, whole=True)
    assert read("n_epochs", "1..300", literal_eval) == Range(1, 300, log=True, whole=True)


@pytest.mark.parametrize(("text", "out"), [("1..0.1", "write NAME=VALUE"), ("0..1:log", "use :linear")])
def test_a_range_that_is_refused_is_named(text, out):
    with pytest.raises(ParameterError, match=rf"--set learning_rate={text}: a range .*{out}"):
        read("learning_rate", text, literal_eval)
