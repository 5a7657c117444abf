"""Where the shape of X speaks for another layout than the one it is read in, one warning says so, and how to say it."""

import re
import warnings

import numpy as np
import pytest

from foveal import CNNClassifier, CNNRegressor
from foveal.data.layout import doubt, infer_layout

SMALL_NET = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8), "n_epochs": 1,
             "do_pooling": False}  # fmt: skip

#: Shape of X: as it is read, and as it looks.
DOUBTFUL = {
    (24, 6, 100): ("NHW", "NCL"),
    (24, 100, 6): ("NHW", "NLC"),
    (24, 12, 200): ("NHW", "NCL"),
    (24, 3, 50): ("NHW", "NCL"),
    (24, 1, 40): ("NHW", "NCL"),
    (24, 300, 22): ("NHW", "NLC"),
    (24, 16, 16, 2): ("NCHW", "NHWC"),
    (24, 32, 32, 13): ("NCHW", "NHWC"),
    (24, 24, 32, 10): ("NCHW", "NHWC"),
    (24, 8, 8, 12): ("NCHW", "NHWC"),
    (24, 16, 4, 4): ("NHWC", "NCHW"),
    (24, 64, 1, 1): ("NHWC", "NCHW"),
    (24, 6, 8, 8, 3): ("NCDHW", "NDHWC"),
    (24, 8, 8, 8, 1): ("NCDHW", "NDHWC"),
    (24, 8, 8, 8, 2): ("NCDHW", "NDHWC"),
}
NATURAL = [
    (24, 12), (24, 1000), (24, 8, 8), (24, 28, 28), (24, 6, 8), (24, 32, 100), (24, 1, 1), (24, 2, 3), (24, 3, 8, 8),
    (24, 1, 8, 20), (24, 4, 16, 8), (24, 8, 8, 3), (24, 6, 20, 1), (24, 13, 8, 8), (24, 64, 2, 2), (24, 2, 8, 12),
    (24, 1, 4, 6, 8), (24, 3, 4, 8, 8), (24, 2, 6, 6, 6), (24, 5, 3, 4, 6),
]  # fmt: skip
Y = np.arange(24) % 2


@pytest.mark.parametrize("shape", DOUBTFUL)
def test_a_doubtful_shape_is_said_once_with_the_way_out(shape):
    X = np.random.default_rng(0).normal(size=shape)
    taken, other = DOUBTFUL[shape]
    with pytest.warns(UserWarning, match=rf"X of shape .* is taken as {taken}, .* but looks like {other}, ") as caught:
        model = CNNClassifier(**SMALL_NET).fit(X, Y)
    assert len(caught) == 1
    assert "\n" not in str(caught[0].message)
    assert model.layout_ == taken
    ways = re.findall(r"layout='(\w+)'", str(caught[0].message))
    assert ways == [other, taken]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.predict(X)
        model.partial_fit(X, Y)
        for way in ways:
            assert CNNClassifier(layout=way, **SMALL_NET).fit(X, Y).layout_ == way


@pytest.mark.parametrize("shape", NATURAL)
def test_nothing_is_said_of_a_natural_one(shape):
    assert doubt(shape) == ""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        CNNRegressor(**SMALL_NET).fit(np.random.default_rng(0).normal(size=shape), Y)


def test_partial_fit_says_so_at_its_first_call():
    X = np.zeros((24, 6, 100))
    with pytest.warns(UserWarning, match="looks like NCL") as caught:
        CNNClassifier(**SMALL_NET).partial_fit(X, Y, classes=[0, 1]).partial_fit(X, Y)
    assert len(caught) == 1


def test_what_is_doubted_has_as_many_axes_and_is_another():
    rng = np.random.default_rng(0)
    for _ in range(3000):
        shape = (5, *rng.choice([1, 2, 3, 4, 5, 8, 13, 16, 32, 64, 100], rng.integers(1, 5)).tolist())
        other = doubt(shape)
        if other:
            assert len(other) == len(shape)
            assert other != infer_layout(shape)
            assert infer_layout(shape, other) == other
        spatial = [n for axis, n in zip(infer_layout(shape), shape, strict=True) if axis not in "NC"]
        if len(set(spatial)) == 1 and len(spatial) > 1:
            assert not other  # square pictures, cubes
