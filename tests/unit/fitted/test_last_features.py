import numpy as np
import pytest
import torch
from torch import nn

from foveal.core.forms import Part
from foveal.fitted.last_features import features_of, last_layer
from foveal.fitted.predict import rows_of

from .calibrated_models import classes, rows

FORM = (Part("x", (1, 4, 4), "float32"),)


class Twice(nn.Module):
    """Runs one dense layer two times: its last features are not told apart."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(16, 16)

    def forward(self, x):
        return self.dense(self.dense(x.flatten(1)))


@pytest.mark.parametrize(
    "net",
    [
        nn.Sequential(nn.Flatten(), nn.Linear(16, 4), nn.Linear(4, 2), nn.Softmax(1)),  # the outputs are another's
        nn.Sequential(nn.Conv2d(1, 3, 4), nn.Flatten()),
        nn.Linear(4, 2),  # along an axis of the rows
        Twice(),
    ],
)
def test_a_network_may_end_otherwise(net):
    assert last_layer(net, FORM) is None
    assert not any(module._forward_hooks for module in net.modules())


def test_features_are_what_the_last_layer_takes():
    model, (X, _) = classes(), rows(30, seed=1)
    layer = last_layer(model.net_, model.fitted_.form)
    features = np.concatenate(list(features_of(model.fitted_, rows_of(model.fitted_, X))))
    with torch.no_grad():
        outputs = layer(torch.from_numpy(features)).numpy()
    np.testing.assert_allclose(outputs, model.decision_function(X), rtol=1e-4, atol=1e-5)
    assert not any(module._forward_pre_hooks for module in model.net_.modules())


def test_without_such_a_layer_they_are_the_outputs():
    def small(shape, outputs):
        return nn.Sequential(nn.Conv2d(1, outputs, 6), nn.Flatten())

    model, (X, _) = classes(in_channels_list=None, out_channels=None, in_features_list=None, net=small), rows(9)
    features = np.concatenate(list(features_of(model.fitted_, rows_of(model.fitted_, X))))
    np.testing.assert_allclose(features, model.decision_function(X), rtol=1e-5, atol=1e-6)
