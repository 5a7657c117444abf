"""A layer's words in a drawing: what it does, its sizes, and nothing of what does nothing."""

import pytest
from torch import nn

from foveal.layers import BatchNorm, Dropout, StochasticDepth
from foveal.models.drawing_words import belongs, word_of


@pytest.mark.parametrize(
    ("module", "word"),
    [
        (nn.Conv2d(3, 8, (1, 7), stride=2, dilation=(1, 2)), "conv 1x7, 8, stride 2, dilation 1x2"),
        (nn.Conv1d(4, 4, 3, groups=4), "depthwise conv 3, 4"),
        (nn.Conv1d(4, 8, 3, groups=2), "conv 3, 8, 2 groups"),
        (nn.ConvTranspose2d(4, 2, 2, stride=2), "up conv 2x2, 2, stride 2"),
        (nn.AdaptiveAvgPool3d(1), "mean of the map"),
        (nn.AdaptiveMaxPool1d(1), "maximum of the map"),
        (nn.MaxPool2d(3, 2), "max pool 3, stride 2"),
        (nn.ZeroPad1d(2), "zeros around"),
        (nn.Linear(2, 5), "dense 5"),
        (BatchNorm(3), "norm"),
        (StochasticDepth(0.1), ""),
        (nn.Identity(), ""),
        (nn.GELU(), "gelu"),
    ],
)
def test_words(module, word):
    assert word_of(module) == word


def test_what_stands_in_the_box_of_the_layer_before():
    assert all(map(belongs, (nn.ReLU(), BatchNorm(2), Dropout(0.5))))
    assert not any(map(belongs, (nn.Conv1d(1, 1, 1), nn.Linear(1, 1), nn.MaxPool1d(2))))
