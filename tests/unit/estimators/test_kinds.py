import pytest

from foveal import CNN, CNNClassifier, CNNRegressor
from foveal.core.errors import ParameterError
from foveal.estimators.kinds import KINDS
from foveal.estimators.loading import ESTIMATORS


@pytest.mark.parametrize(
    ("kind", "loss", "task", "name"),
    [
        (CNN, "mse", None, "regression"),
        (CNN, "binary_cross_entropy", None, "labels"),
        (CNNClassifier, "cross_entropy", None, "classification"),
        (CNNClassifier, "cross_entropy", "labels", "labels"),
        (CNNRegressor, "mae", None, "regression"),
    ],
)
def test_an_estimator_is_of_the_kind_that_its_name_says(kind, loss, task, name):
    assert kind(loss=loss, task=task)._kind() is KINDS[kind.__name__](loss, task)
    assert KINDS[kind.__name__](loss, task).name == name


def test_the_names_are_those_of_the_estimators():
    assert list(KINDS) == list(ESTIMATORS)


@pytest.mark.parametrize(
    ("name", "task", "message"),
    [
        ("CNNClassifier", "regression", "task='regression' does not fit CNNClassifier; use CNNRegressor"),
        ("CNNRegressor", "labels", "task='labels' does not fit CNNRegressor; use CNNClassifier"),
    ],
)
def test_what_does_not_fit_is_refused(name, task, message):
    with pytest.raises(ParameterError, match=message):
        KINDS[name]("mse", task)
