import numpy as np
import pytest

from foveal.core.errors import ParameterError

from .calibrated_models import classes, indicator, labels, masks, of_places, rows, values


def test_sets_of_classes_cover_as_often_as_asked():
    model = classes().calibrate(*rows(400, seed=1))
    X, y = rows(2000, seed=2)
    found = model.predict(X, sets=0.95)
    assert (found.shape, found.dtype) == ((2000, 3), bool)
    assert 0.92 < found[np.arange(2000), y].mean() < 0.99
    assert found[np.arange(2000), model.predict(X)].all()
    assert found.sum() >= model.predict(X, sets=0.8).sum()


def test_sets_of_labels_hold_the_predicted_ones():
    X, y = rows(400, seed=1)
    model = labels().calibrate(X, indicator(y))
    found = model.predict(X, sets=0.9)
    assert found.shape == (400, 2)
    assert found[model.predict(X) == 1].all()
    assert found[indicator(y) == 1].mean() > 0.85


def test_intervals_lie_around_the_predictions():
    X, y = rows(400, seed=1)
    model = values().calibrate(X, y * 1.0)
    low, high = model.predict(X, sets=0.9).T
    np.testing.assert_allclose((low + high) / 2, model.predict(X))
    assert ((low <= y) & (y <= high)).mean() == pytest.approx(0.9, abs=0.01)
    two = values(2).calibrate(X, np.stack([y, -y], 1) * 1.0)
    assert two.predict(X, sets=0.9).shape == (400, 2, 2)


def test_masks_in_one_piece_and_in_windows():
    X, _ = rows(60, seed=1)
    model = masks().calibrate(X, of_places(X))
    found = model.predict(X, sets=0.9)
    assert found.shape == (60, 6, 6, 2)
    assert np.take_along_axis(found, of_places(X)[..., None].astype(int), -1).mean() > 0.85
    (large,) = model.predict([np.tile(X[0], (3, 1))], sets=0.9)
    assert (large.shape, large.dtype) == ((18, 6, 2), bool)
    assert large.any(-1).all()


def test_views_are_put_together_first():
    model = classes().calibrate(*rows(100, seed=1))
    X, _ = rows(50, seed=2)
    np.testing.assert_array_equal(model.predict(X, sets=0.9, tta="flip")[:, 0].shape, (50,))
    assert (model.predict(X, sets=0.9, tta="flip") != model.predict(X, sets=0.9)).any()


@pytest.mark.parametrize("asked", [0, 1, 1.5, "much", True])
def test_a_share_lies_between_0_and_1(asked):
    model = classes().calibrate(*rows(40, seed=1))
    with pytest.raises(ParameterError, match="sets must be"):
        model.predict(rows(3)[0], sets=asked)


def test_two_ways_at_once_are_refused():
    model = classes().calibrate(*rows(40, seed=1))
    with pytest.raises(ParameterError, match="ask for one way"):
        model.predict(rows(3)[0], sets=0.9, unsure=0.1)
