"""What is trained on which rows: groups together, baselines on the same folds, other data known by their digest."""

import numpy as np
import pytest

from foveal import CNNClassifier, CNNRegressor
from foveal.compare.baselines import extra_trees
from foveal.compare.plan import NETWORK, each_fold, plan
from foveal.core.errors import DataError, ParameterError
from foveal.data.images.pictures import Pictures
from foveal.data.named import load_dataset

from .conftest import TREES

SMALL = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8), "n_epochs": 1}
DIGITS = load_dataset("digits")
X, Y = DIGITS.X_train[:120], DIGITS.y_train[:120]


def model(**more):
    return CNNClassifier(**SMALL | {"random_state": 3} | more)


def pictures(n_rows, groups=None):
    rng = np.random.default_rng(0)
    return Pictures(
        rng.integers(0, 256, (n_rows, 20, 20, 1), np.uint8),
        (),
        np.array([f"{i}.png" for i in range(n_rows)], object),
        in_memory=True,
        y=np.array(["cat", "dog"])[np.arange(n_rows) % 2],
        names=("cat", "dog"),
        groups=groups,
    )


def test_a_fold_is_what_one_would_train_by_hand():
    planned = plan(model(), X, Y, folds="2x2")
    results = list(each_fold(planned))
    fold = planned.folds[1]
    by_hand = model(random_state=4).fit(X[fold.train], Y[fold.train])
    assert results[1].scores[NETWORK] == by_hand.score(X[fold.test], Y[fold.test])
    flat = X.reshape(len(X), -1)
    trees, _ = extra_trees(flat[fold.train], Y[fold.train], flat[fold.test], trees=TREES)
    assert results[1].scores["extra trees on 8x8 pixels"] == (trees == Y[fold.test]).mean()
    assert (results[1].rows_train, results[1].rows_test, results[1].epochs) == (60, 60, 1)


def test_folds_from_one_on_are_the_same():
    planned = plan(model(), X, Y, folds="2x2", baselines=False)
    every = [result.scores for result in each_fold(planned)]
    assert [result.scores for result in each_fold(planned, 2)] == every[2:]
    assert planned.estimator.random_state == 3


def test_groups_of_pictures_and_given_ones_are_brought_together():
    rows = pictures(40, groups=np.arange(40) // 2)
    assert plan(model(), rows, folds=2).groups.tolist() == (np.arange(40) // 2).tolist()
    given = np.array(["first", "second", "third", "fourth"])[np.arange(40) // 10]
    planned = plan(model(), rows, groups=given, folds=2)
    assert len(np.unique(planned.groups)) == 4
    for fold in planned.folds:
        assert not set(planned.groups[fold.train]) & set(planned.groups[fold.test])
    assert len(np.unique(plan(model(), rows, groups=np.arange(40) // 3, folds=2).groups)) < 14


def test_groups_stay_together_within_a_fold_too(monkeypatch):
    seen = []
    monkeypatch.setattr(CNNClassifier, "fit", lambda self, X, y, groups: seen.append(groups) or self)
    monkeypatch.setattr(CNNClassifier, "predict", lambda self, X: np.full(len(X), Y[0]))
    monkeypatch.setattr(CNNClassifier, "n_epochs_", 1)
    groups = np.arange(120) // 4
    planned = plan(model(), X, Y, folds=2, groups=groups, baselines=False)
    list(each_fold(planned))
    assert np.array_equal(seen[0], groups[planned.folds[0].train])
    seen.clear()
    list(each_fold(plan(model(valid_size=0), X, Y, folds=2, groups=groups, baselines=False)))
    assert seen == [None, None]


def test_every_kind_of_y_and_x():
    table = pytest.importorskip("pandas").DataFrame(X.reshape(120, -1)[:, :20])
    values = X.mean(axis=(1, 2))
    labels = np.stack((Y % 2, Y > 4), axis=1).astype(int)
    cases = [
        (model(), X.tolist(), Y.tolist()),
        (model(), table, Y.astype(str)),
        (model(one_hot=True), X, np.eye(10, dtype=int)[Y]),
        (model(), X, labels),
        (CNNRegressor(**SMALL), table, values),
        (CNNRegressor(**SMALL), X, np.stack((values, values), axis=1)),
        (model(), pictures(24), None),
    ]
    for estimator, rows, y in cases:
        results = list(each_fold(plan(estimator, rows, y, folds=2)))
        assert [len(result.scores) for result in results] == [4, 4]


def test_three_classes_with_two_rows_each():
    y = np.array(["a", "b", "c", "a", "b", "c"])
    results = list(each_fold(plan(model(), X[:6], y, folds="5x2")))
    assert len(results) == 10
    assert all((result.rows_train, result.rows_test) == (3, 3) for result in results)


def test_a_class_missing_in_a_fold_counts_as_wrong():
    y = np.array(["a"] * 20 + ["b"] * 20 + ["c"])
    planned = plan(model(), X[:41], y, folds="1x2")
    assert planned.said == ("class 'c' has no row to train on in 1 of 2 folds; its rows there count as wrong",)
    without = next(i for i, fold in enumerate(planned.folds) if 40 in fold.test)
    assert all(score < 1 for score in list(each_fold(planned))[without].scores.values())


def test_a_constant_y():
    with pytest.raises(DataError, match="y has 1 class"):
        plan(model(), X, np.zeros(120, int))
    planned = plan(CNNRegressor(**SMALL, random_state=0), X[:20], np.full(20, 2.5), folds=2)
    with pytest.warns(UserWarning, match="y does not vary"):
        results = list(each_fold(planned))
    assert results[0].scores["mean"] == 1.0


def test_the_identity_knows_data_settings_and_folds():
    first = plan(model(), X, Y, folds=2, baselines=False).identity()
    assert plan(model(verbose=1), X, Y, folds=2, baselines=False).identity() == first
    others = {
        "settings": plan(model(learning_rate=0.01), X, Y, folds=2, baselines=False).identity(),
        "data": plan(model(), X, np.roll(Y, 1), folds=2, baselines=False).identity(),
        "folds": plan(model(), X, Y, folds=2, baselines=False, random_state=1).identity(),
    }
    for name, other in others.items():
        assert other[name] != first[name]
    assert plan(model(), X, Y, folds=2).identity()["settings"] != first["settings"]


def test_what_fails_in_a_fold_names_it():
    groups = np.arange(120) % 2
    with pytest.raises(DataError, match=r"fold 1 of 2: groups holds one group only.*valid_size=0"):
        list(each_fold(plan(model(), X, Y, folds=2, groups=groups, baselines=False)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plan("cnn", X, Y), "estimator must be one of foveal's.*got str; for others use sklearn"),
        (lambda: plan(model(checkpoint="runs"), X, Y), "checkpoint='runs' is for one fit"),
        (lambda: plan(model(), X, Y, random_state=None), "random_state must be an integer of at least 0, got None"),
        (lambda: plan(model(), X), "cross_validate needs y, and X brings none"),
        (lambda: plan(model(), X, Y[:5]), "X and y have inconsistent numbers of samples: 120 rows and 5 entries"),
        (lambda: plan(model(), X, Y, groups=Y[:5]), "X and groups have inconsistent numbers of samples"),
        (lambda: plan(model(batch_size=0), X, Y), "batch_size must be"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_trained(call, message):
    with pytest.raises((DataError, ParameterError), match=message):
        call()
