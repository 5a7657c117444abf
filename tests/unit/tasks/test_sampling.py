"""Balanced epochs: what is refused early with the way out, and what a fit makes of them."""

import numpy as np
import pytest

from foveal import CNN, CNNClassifier, CNNRegressor
from foveal.core.errors import ParameterError
from foveal.tasks.kind import Problem
from foveal.tasks.sampling import drawn_by
from foveal.tasks.table import KINDS

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 6, 6)).astype("float32")
Y = (np.arange(200) % 20 == 0).astype(int)
X[Y == 1] += 0.7
SMALL = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8), "batch_size": 20,
         "n_epochs": 3, "random_state": 0}  # fmt: skip


def test_without_a_sampler_each_row_comes_once():
    assert drawn_by(None, "balanced", Problem(KINDS["regression"], 1), Y) is None


@pytest.mark.parametrize(("make", "y"), [(CNNRegressor, X[:, 0, 0]), (CNNClassifier, np.c_[Y, 1 - Y, Y])])
@pytest.mark.parametrize("call", ["fit", "partial_fit"])
def test_rows_without_one_class_are_refused(make, y, call):
    words = "sampler='balanced' is for one class a row, not for (regression|labels); use None, and sample_weight"
    with pytest.raises(ParameterError, match=words):
        getattr(make(sampler="balanced", **SMALL), call)(X, y)


@pytest.mark.parametrize("later", [False, True])
def test_rare_classes_are_made_up_for_once(later):
    model = CNNClassifier(**SMALL)
    if later:
        model.partial_fit(X, Y, classes=[0, 1])
    model.set_params(sampler="balanced", class_weight="balanced")
    with pytest.raises(ParameterError, match=r"each make up for rare classes: .* use one of the two"):
        model.partial_fit(X, Y, classes=[0, 1]) if later else model.fit(X, Y)


def fitted(**more):
    return CNNClassifier(sampler="balanced", **{**SMALL, **more})


def test_with_class_weights_of_ones_own_and_row_weights_both_count():
    plain = fitted().fit(X, Y)
    weighted = fitted(class_weight={0: 0.5, 1: 1.0}).fit(X, Y)
    by_row = fitted().fit(X, Y, np.where(Y == 0, 0.5, 1.0))
    assert plain.history_["train_loss"] != weighted.history_["train_loss"]
    np.testing.assert_allclose(weighted.history_["train_loss"], by_row.history_["train_loss"], rtol=1e-6)


def test_rows_without_weight_are_drawn_as_if_they_were_not_there():
    weight = np.ones(200)
    weight[:50] = 0
    assert fitted().fit(X, Y, weight).history_["train_loss"] == fitted().fit(X[50:], Y[50:]).history_["train_loss"]


def test_groups_stay_apart_and_training_rows_alone_are_drawn():
    groups = np.arange(200) // 20
    job = fitted(valid_size=0.2)._prepared(X, Y, groups=groups)
    assert len(job.batches.classes) == len(job.batches.inputs) == 160
    assert job.valid.classes is None
    rows = np.concatenate([batch.y[0].numpy() for batch in job.batches.epoch(0)])
    assert np.bincount(rows).tolist() == [80, 80]


def test_what_comes_in_turn_comes_by_chance_where_epochs_do_not_show_the_same_rows():
    assert not fitted(augment="flip")._prepared(X, Y).batches.in_turn
    assert CNNClassifier(augment="flip", **SMALL)._prepared(X, Y).batches.in_turn


def test_shuffle_is_not_needed():
    assert np.isfinite(fitted(shuffle=False).fit(X, Y).history_["train_loss"]).all()


def test_partial_fit_draws_the_rows_of_each_call():
    model = fitted()
    for first in range(0, 200, 50):
        model.partial_fit(X[first : first + 50], Y[first : first + 50], classes=[0, 1])
    assert model.n_epochs_ == 4
    only_one = model.partial_fit(X[1:20], Y[1:20])  # a class by itself
    assert only_one.n_epochs_ == 5


def test_workers_and_a_file_change_nothing(tmp_path):
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    runs = [fitted().fit(X, Y), fitted(workers=2).fit(mapped, Y), fitted().fit(mapped, Y)]
    assert len({tuple(run.history_["train_loss"]) for run in runs}) == 1


def test_a_model_file_keeps_it_and_an_identity_knows_it(tmp_path):
    model = fitted(checkpoint=tmp_path / "c").fit(X, Y)
    model.save(tmp_path / "m")
    from foveal import load

    assert load(tmp_path / "m").sampler == "balanced"
    words = "has sampler='balanced', this one sampler=None; use the same value to go on with it"
    with pytest.raises(ParameterError, match=words):
        CNNClassifier(checkpoint=tmp_path / "c", **SMALL).fit(X, Y)


def test_cnn_takes_it_too():
    assert CNN(sampler="balanced", **SMALL).fit(X, Y).sampler == "balanced"
