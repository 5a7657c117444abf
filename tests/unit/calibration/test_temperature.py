import numpy as np
import pytest
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

from foveal.calibration import temperature


def drawn(n=800, k=4, hot=2.5, seed=0):
    """Outputs whose softmax at the temperature `hot` is true: labels are drawn by it."""
    rng = np.random.default_rng(seed)
    honest = rng.normal(size=(n, k)) * 2
    p = np.exp(honest) / np.exp(honest).sum(1, keepdims=True)
    y = np.array([rng.choice(k, p=row) for row in p])
    return torch.from_numpy(honest * hot), torch.from_numpy(y)


class AsGiven(ClassifierMixin, BaseEstimator):
    """X are outputs already."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def decision_function(self, X):
        return X

    def predict(self, X):
        return self.classes_[X.argmax(1)]


def test_it_finds_the_temperature_that_labels_were_drawn_with():
    assert temperature.of_classes(*drawn(n=4000)) == pytest.approx(2.5, rel=0.1)


def test_it_is_scikit_learns():
    z, y = drawn()
    fitted = FrozenEstimator(AsGiven().fit(z.numpy(), y.numpy()))
    theirs = CalibratedClassifierCV(fitted, method="temperature").fit(z.numpy(), y.numpy())
    ours = temperature.divided(z, (temperature.of_classes(z, y),)).softmax(1).numpy()
    np.testing.assert_allclose(ours, theirs.predict_proba(z.numpy()), atol=2e-4)


def test_no_other_temperature_has_a_smaller_loss():
    z, y = drawn()
    best = temperature.of_classes(z, y)
    losses = [float(torch.nn.functional.cross_entropy(z / t, y)) for t in (best * 0.99, best, best * 1.01)]
    assert losses[1] < min(losses[0], losses[2])


def test_it_is_held_where_rows_tell_no_best_one():
    z = torch.tensor([[2.0, -2.0]] * 20)
    assert temperature.of_classes(z, torch.zeros(20, dtype=torch.long)) == pytest.approx(temperature.LOWEST)
    assert temperature.of_classes(z, torch.ones(20, dtype=torch.long)) == pytest.approx(temperature.HIGHEST)


def test_each_label_has_its_own_and_rare_ones_keep_1():
    rng = np.random.default_rng(0)
    honest = torch.from_numpy(rng.normal(size=(6000, 2)) * 2)
    y = (torch.from_numpy(rng.random((6000, 2))) < honest.sigmoid()).double()
    found = temperature.of_labels(honest * torch.tensor([3.0, 0.5]), y)
    assert found == pytest.approx([3.0, 0.5], rel=0.1)
    assert temperature.of_labels(honest[:20] * 3, torch.eye(20)[:, :2]) == [1.0, 1.0]


def test_outputs_are_divided_along_their_second_axis():
    maps = torch.ones(2, 3, 4, 4)
    assert temperature.divided(maps, (1.0, 2.0, 4.0))[1, :, 0, 3].tolist() == [1.0, 0.5, 0.25]
    assert temperature.divided(maps, ()) is maps
