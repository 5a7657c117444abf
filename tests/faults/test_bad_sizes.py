"""Sizes that contradict the data: the message names the layer and the shapes up to it, and its number works."""

import re

import numpy as np
import pytest

from foveal import CNNClassifier, CNNRegressor
from foveal.core.errors import ParameterError, ResourceError

from .small import classes, images, refused

SHAPES = {"NL": (11,), "NCL": (2, 9), "NHW": (8, 7), "NCHW": (3, 6, 5), "NHWC": (6, 5, 4), "NCDHW": (2, 4, 5, 3)}
ROW = {"NL": (1, 11), "NCL": (2, 9), "NHW": (1, 8, 7), "NCHW": (3, 6, 5), "NHWC": (4, 6, 5), "NCDHW": (2, 4, 5, 3)}
Y = classes()

CONTRADICTIONS = {
    "channels": ({"in_channels_list": (7, 4)}, "in_channels_list[0]=7", "conv block 1", 1),
    "channels of one block": ({"in_channels_list": 7}, "in_channels_list[0]=7", "conv block 1", 1),
    "features": ({"in_features_list": (99, 5)}, "in_features_list[0]=99", "dense layer 1", 4),
    "features of one layer": ({"in_features_list": 99}, "in_features_list[0]=99", "dense layer 1", 4),
    "features after three blocks": (
        {"in_channels_list": (None, 2, 3), "in_features_list": [99, 5]}, "in_features_list[0]=99", "dense layer 1", 5,
    ),
    "features after strides": (
        {"in_features_list": (99, 5), "stride": 2, "do_pooling": False}, "in_features_list[0]=99", "dense layer 1", 4,
    ),
    "outputs": ({"out_features": 9}, "out_features=9", "the last dense layer", 6),
}  # fmt: skip


def estimator(layout, **sizes):
    return CNNClassifier(layout=layout, **{"out_channels": 3, "n_epochs": 1, "random_state": 0, **sizes})


@pytest.mark.parametrize("case", CONTRADICTIONS)
@pytest.mark.parametrize("layout", SHAPES)
def test_the_message_shows_the_way_to_the_layer_and_its_number_works(case, layout):
    sizes, thing, layer, shapes = CONTRADICTIONS[case]
    X = images(12, SHAPES[layout])
    with pytest.raises(ParameterError) as caught:
        estimator(layout, **sizes).fit(X, Y)
    message = str(caught.value)
    assert message.startswith(f"{thing} does not fit {layer}: input {ROW[layout]}")
    way, _, ending = message.partition(f" does not fit {layer}: ")[2].partition("; ")
    assert len(way.split(" -> ")) >= shapes, message
    right = int(re.fullmatch(r"it must be (\d+), or None to infer it", ending).group(1))

    name = thing.partition("=")[0].partition("[")[0]
    given = sizes[name]
    for mended in (right, None):
        whole = mended if not isinstance(given, list | tuple) else (mended, *given[1:])
        model = estimator(layout, **{**sizes, name: whole}).fit(X, Y)
        assert np.isfinite(model.predict_proba(X)).all()


def test_the_outputs_of_a_regressor_are_its_targets():
    targets = np.random.default_rng(0).normal(size=(12, 3))
    with refused(ParameterError, "out_features=2 does not fit the last dense layer", "y (3,)", "it must be 3"):
        CNNRegressor(out_features=2).fit(images(), targets)
    assert CNNRegressor(out_features=3, n_epochs=1).fit(images(), targets).predict(images()).shape == (12, 3)


@pytest.mark.parametrize("layout", ["NL", "NHW", "NCDHW"])
@pytest.mark.parametrize("blocks", [(None,), (None, 4), (None, 4, 4)])
@pytest.mark.parametrize(("filter_size", "pooling"), [(12, True), (99, False), (10**9, True)])
def test_a_valid_convolution_that_leaves_no_pixels(layout, blocks, filter_size, pooling):
    X = images(12, SHAPES[layout])
    sizes = {"in_channels_list": blocks, "do_pooling": pooling, "padding": "valid"}
    with pytest.raises(ParameterError, match="leaves no pixels in conv block") as caught:
        estimator(layout, filter_size=filter_size, **sizes).fit(X, Y)
    message = str(caught.value)
    assert f"input {ROW[layout]}" in message
    assert f"filter_size={filter_size} does not fit into (" in message
    assert "use padding='same'" in message
    assert "fewer conv blocks (in_channels_list)" in message
    right = int(re.search(r"a filter_size of at most (\d+)", message).group(1))
    for works in {right, 1}:
        assert estimator(layout, filter_size=works, **sizes).fit(X, Y).n_epochs_ == 1
    with pytest.raises(ParameterError, match="leaves no pixels"):
        estimator(layout, filter_size=right + 1, **sizes).fit(X, Y)


@pytest.mark.parametrize("name", ["filter_size", "stride", "pool_filter_size", "pool_stride"])
@pytest.mark.parametrize("layout", ["NL", "NHW", "NCDHW"])
def test_sizes_for_another_number_of_axes(name, layout):
    X = images(12, SHAPES[layout])
    n_axes = len(ROW[layout]) - 1
    wrong = (2,) * (n_axes + 1)
    right = (2,) * n_axes
    with refused(ParameterError, name, f"each of the {n_axes} spatial ax", f"got {wrong}", f"pass 2 or {right}"):
        estimator(layout, **{name: wrong}).fit(X, Y)
    assert estimator(layout, **{name: right}).fit(X, Y).n_epochs_ == 1


ABSURD = [
    ({"out_channels": 10**9}, "channels 1 -> 32 -> 1000000000"),
    ({"in_channels_list": (None, 10**12)}, "channels 1 -> 1000000000000 -> 3"),
    ({"in_features_list": (None, 10**9)}, "-> 1000000000 -> 2"),
    ({"filter_size": 10**9}, "filters 1000000000 x 1000000000"),
    ({"filter_size": (10**400, 1)}, "filters 1000000"),
    ({"out_channels": 2**63}, "channels 1 -> 32 -> 9223372036854775808"),
]


@pytest.mark.parametrize(("sizes", "shown"), ABSURD, ids=lambda v: str(v)[:30])
def test_absurd_sizes_are_refused_before_any_memory_is_taken(sizes, shown):
    with refused(ResourceError, "the network has", "weights", shown, "GB to train", "use fewer channels"):
        estimator("NHW", **sizes).fit(images(12, (8, 7)), Y)


@pytest.mark.parametrize("name", ["stride", "pool_stride", "pool_filter_size", "batch_size", "accumulate", "patience"])
def test_absurd_steps_are_as_good_as_large_ones(name):
    X = images(12, (8, 7))
    large = estimator("NHW", **{name: 100}).fit(X, Y).predict_proba(X)
    for absurd in (10**9, 10**400):
        np.testing.assert_array_equal(estimator("NHW", **{name: absurd}).fit(X, Y).predict_proba(X), large)
