"""Points in, points out: what is learnt, what follows, and what is refused."""

import numpy as np
import pytest
import torch
from sklearn.base import clone, is_regressor
from tests.faults.crafted import forged
from tests.unit.tasks.spots import SMALL, spots

from foveal import CNN, CNNClassifier, CNNRegressor, CNNSegmenter, cross_validate, load
from foveal.cli.predictions import Answers
from foveal.core.errors import DataError, ModelFileError, ParameterError, ShapeError
from foveal.fitted.measure import measure
from foveal.tasks.table import KINDS

X, Y = spots()
NEW, NEW_Y = spots(seed=1)


@pytest.fixture(scope="module")
def fitted():
    return CNNRegressor(**{**SMALL, "n_epochs": 25}).fit(X, Y)


def test_it_learns(fitted):
    first = CNNRegressor(**SMALL).fit(X, Y).score(NEW, NEW_Y)
    assert first < fitted.score(NEW, NEW_Y)
    assert fitted.score(NEW, NEW_Y) > -2
    assert fitted.predict(NEW).shape == NEW_Y.shape
    assert fitted.predict(NEW).dtype == np.float64


def test_scores_are_those_of_the_distances(fitted):
    truth = NEW_Y.copy()
    truth[0, 1] = truth[3] = np.nan
    off = np.sqrt(((fitted.predict(NEW) - truth) ** 2).sum(-1))
    found = measure(fitted.fitted_, NEW, truth)
    assert fitted.score(NEW, truth) == found.score == pytest.approx(-np.nanmean(off))
    assert found.values["median_distance"] == pytest.approx(np.nanmedian(off))
    assert found.values["pck"] == pytest.approx((off[~np.isnan(off)] <= 0.6).mean())
    assert [found.values[f"distance_{k}"] for k in (0, 1)] == pytest.approx(np.nanmean(off, axis=0).tolist())
    weight = np.arange(len(NEW)) % 3
    weights = np.broadcast_to(weight[:, None], off.shape)[~np.isnan(off)]
    assert fitted.score(NEW, truth, weight) == pytest.approx(-np.average(off[~np.isnan(off)], weights=weights))


def test_probabilities_are_shares_of_a_map(fitted):
    maps = fitted.predict_proba(NEW)
    assert maps.shape == (*NEW_Y.shape[:2], 12, 12)
    np.testing.assert_allclose(maps.sum((2, 3)), 1, rtol=1e-5)
    largest = np.stack(np.unravel_index(maps.reshape(30, 2, -1).argmax(2), (12, 12)), -1)
    assert np.abs(fitted.predict(NEW) - largest).max() <= 0.5 + 1e-6
    assert not hasattr(CNNRegressor(**{**SMALL, "loss": "mse"}), "predict_proba")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"loss": "huber"}, "loss='huber' does not fit points; use one of 'cross_entropy', 'mse'"),
        ({"one_hot": True}, "one_hot=True is for classes, not for points"),
        ({"label_smoothing": 0.1}, "label_smoothing=0.1 is for classes, not for points"),
        ({"class_weight": "balanced"}, "class_weight='balanced' is for one class a row, not for points"),
        ({"sampler": "balanced"}, "sampler='balanced' is for one class a row, not for points"),
        ({"net": "plain"}, "net='plain' answers a row as a whole"),
        ({"net": None, "filter_size": 5}, "filter_size=5 describes the plain stack"),
        ({"monitor": "r2"}, "monitor='r2' does not fit points; use one of 'auto', 'loss', 'distance', 'pck'"),
    ],
)
def test_what_has_no_meaning_for_points_is_refused(given, message):
    with pytest.raises(ParameterError, match=message):
        CNNRegressor(**{**SMALL, **given}).fit(X, Y)


def test_y_that_does_not_fit_is_refused(fitted):
    with pytest.raises(DataError, match="lies outside of a row of \\(12, 12\\) pixels"):
        CNNRegressor(**SMALL).fit(X, Y + 10)
    with pytest.raises(DataError, match="y is NaN throughout"):
        CNNRegressor(**SMALL).fit(X, np.full_like(Y, np.nan))
    with pytest.raises(DataError, match="validation's y: point 0 of row 0"):
        CNNRegressor(**SMALL).fit(X, Y, validation=(NEW, NEW_Y + 20))
    with pytest.raises(ShapeError, match=r"y must have the shape of the model's predictions, \(30, 2, 2\)"):
        fitted.score(NEW, NEW_Y[:, :1])
    with pytest.raises(ParameterError, match="tta moves the rows, and their points"):
        fitted.predict(NEW, tta="flip")


@pytest.mark.parametrize(("estimator", "other"), [(CNNClassifier, "CNNRegressor"), (CNNSegmenter, "CNN")])
def test_other_estimators_do_not_take_points(estimator, other):
    with pytest.raises(ParameterError, match=f"task='points' does not fit {estimator.__name__}; use {other}"):
        estimator(task="points").fit(X, Y)


def test_the_network_is_chosen(fitted):
    model = CNNRegressor(**{**SMALL, "net": None, "n_epochs": 1}).fit(X, Y)
    assert model.fitted_.settings["net"] == "unet(depth=1, width=16)"
    model.partial_fit(X, Y)
    assert model.n_epochs_ == 2
    assert is_regressor(model)
    assert clone(fitted).get_params() == fitted.get_params()
    same = CNN(**SMALL).fit(X, Y)
    np.testing.assert_array_equal(same.predict(NEW), CNNRegressor(**SMALL).fit(X, Y).predict(NEW))


@pytest.mark.parametrize("axes", [1, 3])
def test_signals_and_volumes(axes):
    rng = np.random.default_rng(0)
    y = rng.uniform(1, 6, (20, 1, axes))
    grid = np.stack(np.meshgrid(*[np.arange(8)] * axes, indexing="ij"), -1)
    x = np.exp(-((grid - y.reshape(20, *[1] * axes, axes)) ** 2).sum(-1))[:, None].astype(np.float32)
    model = CNNRegressor(**{**SMALL, "n_epochs": 15, "layout": {1: "NCL", 3: "NCDHW"}[axes]}, augment="shift").fit(x, y)
    assert model.predict(x).shape == y.shape
    assert model.score(x, y) > -1.5


def test_monitors_and_early_stopping():
    model = CNNRegressor(**SMALL, monitor="distance", early_stopping=True).fit(X, Y, validation=(NEW, NEW_Y))
    assert model.history_["valid_distance"] == pytest.approx([-s for s in model.history_["valid_score"]])


def test_saved_and_read_again(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    again = load(tmp_path / "model")
    assert type(again) is CNNRegressor
    np.testing.assert_array_equal(again.predict(NEW), fitted.predict(NEW))
    assert measure(again.fitted_, NEW, NEW_Y) == measure(fitted.fitted_, NEW, NEW_Y)
    again.partial_fit(X, Y)
    with pytest.raises(ShapeError, match="y must hold 2 points a row, as at first"):
        again.partial_fit(X, Y[:, :1])


CRAFTED = {
    "classes": lambda d: d["problem"].update(classes={"dtype": "<i8", "kinds": ["int"], "labels": [0]}),
    "one axis": lambda d: d["problem"].update(one_axis=True),
    "a scale": lambda d: d["problem"].update(mean=[0.0, 0.0], deviation=[1.0, 1.0]),
    "no probabilities": lambda d: d["problem"].update(has_probabilities=False),
    "more points": lambda d: d["problem"].update(n_outputs=3),
    "no point": lambda d: d["problem"].update(n_outputs=0),
    "another kind": lambda d: d["problem"].update(kind="segmentation"),
    "another task": lambda d: d["settings"].update(task="regression"),
    "another loss": lambda d: d["settings"].update(loss="huber"),
    "another estimator": lambda d: d.update(estimator="CNNSegmenter"),
    "a network for whole rows": lambda d: d["settings"].update(net="resnet18"),
}


@pytest.mark.parametrize("case", CRAFTED)
def test_crafted_files_are_refused(case, fitted, tmp_path):
    fitted.save(tmp_path / "good")
    (tmp_path / "bad").write_bytes(forged(CRAFTED[case])((tmp_path / "good").read_bytes()))
    with pytest.raises(ModelFileError):
        load(tmp_path / "bad")


def test_a_file_made_anew_without_a_change_is_read(fitted, tmp_path):
    fitted.save(tmp_path / "good")
    (tmp_path / "same").write_bytes(forged(lambda d: None)((tmp_path / "good").read_bytes()))
    assert load(tmp_path / "same").score(NEW, NEW_Y) == fitted.score(NEW, NEW_Y)


def test_points_in_tables_are_told_axis_by_axis(fitted):
    answers = Answers(fitted.fitted_, proba=False)
    outputs = fitted.net_(torch.from_numpy(X[:3, None])).detach()
    rows = answers.rows(outputs)
    np.testing.assert_allclose([row["prediction"] for row in rows], fitted.predict(X[:3]).reshape(3, 4), atol=1e-3)
    assert [column.name for column in answers.columns()] == [f"prediction_{i}" for i in range(4)]
    with pytest.raises(ParameterError, match="--proba: of points the probabilities are whole maps"):
        Answers(fitted.fitted_, proba=True)


def test_folds_without_baselines():
    holes = Y.copy()
    holes[0, 0] = np.nan
    found = cross_validate(CNNRegressor(**SMALL), X, holes, folds="1x2")
    assert [set(fold.scores) for fold in found.results] == [{"network"}] * 2
    assert all(fold.scores["network"] < 0 for fold in found.results)


def test_maps_of_points_are_no_masks():
    assert [name for name, kind in KINDS.items() if kind.gives_masks] == ["segmentation"]
    assert [name for name, kind in KINDS.items() if kind.each_place] == ["segmentation", "points"]
    with pytest.raises(ParameterError, match="task='segmentation' does not fit CNNRegressor; use CNNSegmenter"):
        CNNRegressor(task="segmentation").fit(X, Y)
