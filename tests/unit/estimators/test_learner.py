import numpy as np
import pytest

from foveal import load
from foveal.data.rows import Rows
from foveal.estimators.learner import Learner
from foveal.estimators.loading import ESTIMATORS

SMALL = {"in_channels_list": (None, 3), "out_channels": 4, "n_epochs": 2, "batch_size": 8, "random_state": 0}
X = np.random.default_rng(0).normal(size=(40, 6, 6, 1))


@pytest.mark.parametrize(
    ("name", "y"), [("CNNClassifier", np.arange(40) % 3), ("CNNRegressor", np.arange(40.0)), ("CNN", np.arange(40) % 2)]
)
def test_it_learns_what_the_estimator_of_its_name_learns(name, y, tmp_path):
    learner, estimator = Learner(name, SMALL).fit(Rows(X), y), ESTIMATORS[name](**SMALL).fit(Rows(X), y)
    assert learner.get_params() == estimator.get_params()
    np.testing.assert_array_equal(learner.predict(Rows(X)), estimator.predict(Rows(X)))
    learner.save(tmp_path / "learner")
    estimator.save(tmp_path / "estimator")
    found, same = load(tmp_path / "learner"), load(tmp_path / "estimator")
    assert found.get_params() == same.get_params()
    assert found.history_["train_loss"] == same.history_["train_loss"]
    assert type(found) is ESTIMATORS[name]
    np.testing.assert_array_equal(found.predict(Rows(X)), estimator.predict(Rows(X)))


def test_it_says_that_it_is_not_fitted():
    with pytest.raises(AttributeError, match="fitted_"):
        Learner("CNN", SMALL).net_  # noqa: B018
