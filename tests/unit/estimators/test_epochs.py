"""The loop in the user's hands: reports one by one, a fitted model from the first on, and what is left on leaving."""

import threading
from itertools import pairwise

import numpy as np
import pytest
import torch

from foveal import CNNClassifier, CNNRegressor
from foveal.core.errors import DataError, DataTypeError, DivergedError, ParameterError

X = np.random.default_rng(0).normal(size=(60, 6, 6)).astype(np.float32)
Y = (X[:, :3].mean(axis=(1, 2)) > 0).astype(int)
SMALL = {"in_channels_list": (None, 3), "out_channels": 4, "in_features_list": (None, 5), "random_state": 0}


def classifier(**more):
    return CNNClassifier(**{**SMALL, "n_epochs": 5, "batch_size": 16, **more})


def bits(model):
    return [value.clone() for value in model.net_.state_dict().values()]


def same(a, b):
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def test_the_loop_run_to_its_end_is_fit():
    model, fitted = classifier(), classifier().fit(X, Y)
    reports = list(model.epochs(X, Y))
    assert same(bits(model), bits(fitted))
    assert [r.valid_loss for r in reports] == fitted.history_["valid_loss"]
    assert [r.epoch for r in reports] == [1, 2, 3, 4, 5]


def test_scores_have_the_names_of_the_field():
    report = next(classifier().epochs(X, Y))
    assert report.valid_scores == {"accuracy": report.valid_score}
    assert report.train_scores == {"accuracy": report.train_score}
    regressor = CNNRegressor(**SMALL, n_epochs=1)
    assert list(next(regressor.epochs(X, X[:, 0, 0])).valid_scores) == ["r2"]
    assert list(next(classifier().epochs(X, np.c_[Y, 1 - Y, Y])).valid_scores) == ["subset_accuracy"]


def test_within_the_loop_the_model_is_fitted_as_far_as_it_goes(tmp_path):
    model, predicted = classifier(), []
    for report in model.epochs(X, Y):
        assert model.n_epochs_ == report.epoch == len(model.history_["epoch"])
        predicted.append(model.predict_proba(X))
        model.save(tmp_path / f"{report.epoch}")
    assert not any(np.array_equal(a, b) for a, b in pairwise(predicted))
    assert same(bits(model), bits(classifier().fit(X, Y)))  # looking changes nothing


def test_who_leaves_keeps_what_was_learnt():
    model = classifier(schedule="constant")
    for report in model.epochs(X, Y):
        if report.epoch == 3:
            break
    assert same(bits(model), bits(classifier(n_epochs=3, schedule="constant").fit(X, Y)))
    assert model.n_epochs_ == 3
    assert model.partial_fit(X, Y).n_epochs_ == 4


def test_who_fails_in_the_loop_keeps_it_too():
    model = classifier()

    def fail():
        for report in model.epochs(X, Y):
            assert 1 / (2 - report.epoch)

    with pytest.raises(ZeroDivisionError):
        fail()
    assert model.n_epochs_ == 2
    assert model.predict(X).shape == (60,)


def test_who_leaves_with_early_stopping_has_the_best_weights():
    model, best = classifier(early_stopping=True, patience=9, n_epochs=9), None
    for report in model.epochs(X, Y):
        if report.epoch == model.history_["valid_score"].index(max(model.history_["valid_score"])) + 1:
            best = bits(model)
        if report.epoch == 6:
            break
    assert same(bits(model), best)
    assert model.fitted_.kept_epoch == 1 + int(np.argmax(model.history_["valid_score"]))


def test_early_stopping_ends_the_loop():
    model = classifier(early_stopping=True, patience=1, n_epochs=50)
    assert len(list(model.epochs(X, Y))) == model.n_epochs_ < 50


def test_nothing_happens_before_the_first_turn_and_errors_come_then():
    loop = classifier(n_epochs=0).epochs(X, Y)
    with pytest.raises(ParameterError, match="n_epochs"):
        next(loop)


def test_a_run_that_diverges_says_so_and_keeps_the_last_good_epoch():
    model = classifier(learning_rate=1e20, optimizer="sgd", schedule="constant", do_batch_norm=False)
    with pytest.raises(DivergedError):
        list(model.epochs(X, Y))


def test_the_callers_settings_of_torch_are_his_within_the_loop():
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for report in classifier(n_epochs=2).epochs(X, Y):
            assert not torch.is_grad_enabled()
            assert torch.is_autocast_enabled("cpu")
            assert report.epoch
    assert torch.is_grad_enabled()


def test_a_loop_may_run_in_another_thread():
    model = classifier()
    thread = threading.Thread(target=lambda: list(model.epochs(X, Y)))
    thread.start()
    thread.join()
    assert same(bits(model), bits(classifier().fit(X, Y)))


def test_a_run_that_was_left_goes_on_where_it_stood(tmp_path):
    kept = {"checkpoint": tmp_path, "checkpoint_every": 1}
    for report in classifier(**kept).epochs(X, Y):
        if report.epoch == 2:
            break
    again = classifier(**kept)
    assert [report.epoch for report in again.epochs(X, Y)] == [3, 4, 5]
    assert same(bits(again), bits(classifier().fit(X, Y)))


def test_rows_to_validate_on_may_be_given():
    model = classifier().fit(X[:40], Y[:40], validation=(X[40:], Y[40:]))
    assert model.history_["valid_score"][-1] == pytest.approx(model.score(X[40:], Y[40:]))
    plain = classifier(valid_size=0).fit(X[:40], Y[:40])
    assert same(bits(model), bits(plain))  # all of the others train
    stopped = classifier(early_stopping=True, valid_size=0).fit(X[:40], Y[:40], validation=(X[40:], Y[40:]))
    assert stopped.fitted_.kept_epoch >= 1


@pytest.mark.parametrize(
    ("validation", "error", "says"),
    [
        (X, ParameterError, r"validation must be \(X, y\)"),
        ((X[:, :5], Y), DataError, "validation's X must have the shape of fit's"),
        ((X[:9], Y), DataError, "9 rows and 60 entries; give validation's y an entry"),
        ((X[:9], np.full(9, 7)), DataError, "validation's y holds the label 7"),
        ((np.where(X > 2, np.nan, X), Y), DataError, "Input validation's X contains NaN"),
    ],
)
def test_rows_that_cannot_be_validated_on_are_named(validation, error, says):
    with pytest.raises(error, match=says):
        classifier().fit(X, Y, validation=validation)


@pytest.mark.parametrize("shuffle", [True, False])
def test_no_group_is_on_both_sides(shuffle):
    groups = np.repeat([f"patient {i}" for i in range(12)], 5)
    job = classifier(valid_size=0.25, shuffle=shuffle)._prepared(X, Y, groups=groups)
    rows = {row.tobytes(): group for row, group in zip(X, groups, strict=True)}

    def groups_of(batches):
        (x,) = batches.inputs.gather(torch.arange(len(batches.inputs)))
        return {rows[row.contiguous().numpy().tobytes()] for row in x[:, 0]}

    train, valid = groups_of(job.batches), groups_of(job.valid)
    assert not train & valid
    assert train | valid == set(groups)
    assert 2 <= len(valid) <= 4


def test_groups_that_leave_nothing_to_hold_out():
    with pytest.raises(DataError, match="groups holds one group only"):
        classifier().fit(X, Y, groups=np.zeros(60))
    with pytest.raises(DataError, match="60 rows and 3 entries; give groups an entry"):
        classifier().fit(X, Y, groups=[1, 2, 3])
    with pytest.raises(DataError, match=r"class \d has all its rows in groups that are held out"):
        classifier(valid_size=0.5, shuffle=False).fit(X, np.arange(60) // 30, groups=np.arange(60) // 30)


@pytest.mark.parametrize(("groups", "row"), [([None, "a"] * 30, 0), ([1.0, np.nan] * 30, 1), (["a", np.nan] * 30, 1)])
def test_groups_that_are_missing_are_refused(groups, row):
    words = f"Input groups contains NaN or None, first in row {row}; drop such rows or give every row a group"
    with pytest.raises(DataError, match=words):
        classifier().fit(X, Y, groups=groups)


def test_groups_of_several_types_are_told_apart():
    assert len(next(classifier().epochs(X, Y, groups=[1, "1", (1,)] * 20)).valid_scores) == 1
    with pytest.raises(DataTypeError, match=r"groups must hold a number or a string for each row \(unhashable"):
        classifier().fit(X, Y, groups=np.fromiter([{}, "a"] * 30, object))


def test_groups_that_nothing_is_held_out_by():
    with pytest.raises(ParameterError, match=r"with validation=\(X, y\) none are; pass one of the two"):
        classifier().fit(X, Y, groups=np.arange(60), validation=(X, Y))
    with pytest.warns(UserWarning, match="groups has no effect, because valid_size=0 holds no rows out"):
        classifier(valid_size=0, n_epochs=1).fit(X, Y, groups=np.arange(60))


def test_groups_and_validation_are_of_a_runs_identity(tmp_path):
    groups = np.arange(60) // 5
    kept = {"checkpoint": tmp_path, "checkpoint_every": 1}
    next(classifier(**kept).epochs(X, Y, groups=groups))
    with pytest.raises(DataError, match="learns from other data"):
        classifier(**kept).fit(X, Y)
    with pytest.raises(DataError, match="learns from other data"):
        classifier(**kept).fit(X, Y, groups=groups[::-1])
