import numpy as np
import pytest
import torch
from torch import nn

from foveal.core.errors import ParameterError
from foveal.core.forms import Part
from foveal.fitted.last_features import features_of, features_or_outputs, width_of
from foveal.fitted.predict import rows_of

from .calibrated_models import classes, rows

FORM = (Part("x", (1, 4, 4), "float32"),)


class Twice(nn.Module):
    """Runs one dense layer two times."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(16, 16)

    def forward(self, x):
        return self.dense(self.dense(x.flatten(1)))


class Functional(nn.Module):
    """Has weights, and no layer that they are in."""

    def __init__(self, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.rand(36, outputs))

    def forward(self, x):
        return x.flatten(1) @ self.weight


@pytest.mark.parametrize(
    ("net", "width"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(16, 4), nn.Linear(4, 2), nn.Softmax(1)), 4),
        (nn.Sequential(nn.Conv2d(1, 3, 2), nn.ReLU(), nn.Conv2d(3, 2, 3), nn.Flatten()), 3),
        (nn.Sequential(nn.Flatten(), Twice()), 16),
        (nn.Flatten(), 16),
    ],
)
def test_how_many_there_are(net, width):
    assert width_of(net, FORM) == width
    assert not any(module._forward_hooks for module in net.modules())


def test_features_are_what_the_last_layer_takes():
    model, (X, _) = classes(), rows(30, seed=1)
    source = rows_of(model.fitted_, X)
    features = features_of(model.fitted_, source)
    layer = [module for module in model.net_.modules() if isinstance(module, nn.Linear)][-1]
    with torch.no_grad():
        outputs = layer(torch.from_numpy(features)).numpy()
    np.testing.assert_allclose(outputs, model.decision_function(X), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(np.concatenate(list(features_or_outputs(model.fitted_, source))), features)


def test_without_such_a_layer_they_are_the_outputs():
    plain = {"in_channels_list": None, "out_channels": None, "in_features_list": None}
    model, (X, _) = classes(**plain, net=lambda shape, outputs: Functional(outputs)), rows(9)
    source = rows_of(model.fitted_, X)
    features = np.concatenate(list(features_or_outputs(model.fitted_, source)))
    np.testing.assert_allclose(features, model.decision_function(X), rtol=1e-5, atol=1e-6)
    with pytest.raises(ParameterError, match="no layer with weights"):
        features_of(model.fitted_, source)
