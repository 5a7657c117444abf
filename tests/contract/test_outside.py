"""A kind of problem, a source and a network from outside the package go through all that ours go through."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.distributed.crew import crew, finish

import foveal
from foveal.core.errors import DataError, ModelFileError, ParameterError, ShapeError
from foveal.data.source import Source

from .outside import ORDINAL, Curves, estimator, make_net, write_curves

GIVEN = ("net", "task")


@pytest.fixture
def curves(tmp_path):
    y = write_curves(tmp_path / "curves")
    return Curves(tmp_path / "curves"), y


def test_it_is_short():
    assert len(Path(sys.modules[Curves.__module__].__file__).read_text().splitlines()) < 150


def test_it_is_a_source(curves):
    assert isinstance(curves[0], Source)


def test_it_learns_what_can_be_learnt(curves, tmp_path):
    X, y = curves
    model = estimator().fit(X, y)
    new = write_curves(tmp_path / "new", 60, seed=1)
    assert model.score(Curves(tmp_path / "new"), new) > 0.9  # by chance 0.33
    assert model.history_["valid_score"][-1] > 0.8
    assert model.classes_.tolist() == ["low", "mid", "top"]
    assert not hasattr(model, "predict_proba")


def test_padding_batch_mates_and_order_change_no_prediction(curves):
    X, y = curves
    model = estimator(n_epochs=2, precision="auto").fit(X, y)
    together = model.decision_function(X)
    alone = np.concatenate([model.decision_function(X.chosen(np.array([row]))) for row in range(len(X))])
    np.testing.assert_allclose(alone, together, atol=1e-6)
    turned = np.random.default_rng(0).permutation(len(X))
    np.testing.assert_allclose(model.decision_function(X.chosen(turned)), together[turned], atol=1e-6)


def test_epochs_and_validation(curves, tmp_path):
    X, y = curves
    held = write_curves(tmp_path / "held", 30, seed=2)
    model, seen = estimator(), []
    for report in model.epochs(X, y, validation=(Curves(tmp_path / "held"), held)):
        seen.append((report.valid_score, model.score(Curves(tmp_path / "held"), held)))
        if report.epoch == 4:
            break
    assert [a for a, _ in seen] == pytest.approx([b for _, b in seen])
    assert model.n_epochs_ == 4


def test_a_run_that_is_left_goes_on_to_the_same_bits(curves, tmp_path):
    X, y = curves
    whole = estimator(n_epochs=6).fit(X, y)
    settings = {"n_epochs": 6, "checkpoint": tmp_path / "run", "checkpoint_every": 1}
    for report in estimator(**settings).epochs(X, y):
        if report.epoch == 3:
            break
    again = estimator(**settings).fit(X, y)
    for a, b in zip(whole.net_.state_dict().values(), again.net_.state_dict().values(), strict=True):
        assert (a == b).all()
    assert again.history_["train_loss"] == whole.history_["train_loss"]


def test_the_model_file_leaves_net_and_kind_to_whoever_loads_it(curves, tmp_path):
    X, y = curves
    model = estimator(n_epochs=2).fit(X, y)
    with pytest.raises(ParameterError, match="cannot be saved"):
        model.save(tmp_path / "m")
    model.save(tmp_path / "m", given=GIVEN)
    with pytest.raises(ModelFileError, match=r"leaves net, task to whoever loads it; use foveal\.load"):
        foveal.load(tmp_path / "m")
    again = foveal.load(tmp_path / "m", net=make_net, task=ORDINAL)
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert again.partial_fit(X, y).n_epochs_ == 3


def test_other_rows_are_refused_by_name(curves):
    X, y = curves
    model = estimator(n_epochs=1).fit(X, y)
    with pytest.raises(DataError, match=r"X must be a source of rows x \(2, None\), mask \(None,\), as at fit, got"):
        model.predict(np.zeros((3, 2, 40)))
    other = Curves(X.path)
    other.form = other.form[:1]
    with pytest.raises(ShapeError, match=r"X must have rows x \(2, None\), mask"):
        model.predict(other)
    other.form = X.form[0]._replace(name="curve"), X.form[1]
    with pytest.raises(ParameterError, match="takes rows that are one array of a fixed shape"):
        foveal.CNN().fit(other, y)


def test_curves_with_a_mask_train_a_network_of_the_catalogue(curves):
    X, y = curves
    model = foveal.CNN(net="fcn", n_epochs=1, random_state=0).fit(X, y)
    assert model.predict_proba(X).shape == (len(X), 3)


def test_two_processes_learn_what_one_does(curves, tmp_path):
    X, _ = curves
    expected = np.array(json.loads(one_of(1, X.path)[0]))
    for said in one_of(2, X.path):
        np.testing.assert_allclose(json.loads(said), expected, atol=1e-9)


def one_of(world, path):
    with crew(world, "-m", "tests.contract.outside", path) as processes:
        ended = finish(processes)
    assert [code for code, _ in ended] == [0] * world, ended
    return [said.splitlines()[-1] for _, said in ended]
