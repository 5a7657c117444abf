"""Folds: groups together, classes in proportion, and what cannot be dealt is refused."""

import numpy as np
import pytest
from sklearn.model_selection import RepeatedStratifiedKFold

from foveal.compare.folds import absent, make_folds, read_folds
from foveal.core.errors import DataError, ParameterError

CLASSES = np.repeat([0, 1, 2], [60, 30, 10])


@pytest.mark.parametrize(
    ("asked", "read"), [("5x2", (5, 2)), ("1x10", (1, 10)), ("10", (1, 10)), (7, (1, 7)), (np.int64(3), (1, 3))]
)
def test_what_is_asked(asked, read):
    assert read_folds(asked) == read


@pytest.mark.parametrize(
    "asked", ["5x1", "1", 1, 0, -2, "x2", "0x2", "5*2", "five", "2x", 2.0, None, True, "5x2x2", ""]
)
def test_what_is_no_number_of_folds(asked):
    with pytest.raises(ParameterError, match="folds must be TIMESxFOLDS, as '5x2' for 5 times 2 folds"):
        read_folds(asked)


def check_each_row_is_tested_once_each_time(found, n_rows, times):
    tested = np.concatenate([fold.test for fold in found])
    assert np.bincount(tested, minlength=n_rows).tolist() == [times] * n_rows
    for fold in found:
        assert np.array_equal(np.sort(np.concatenate(fold)), np.arange(n_rows))
        assert all(np.array_equal(part, np.sort(part)) for part in fold)


def test_classes_come_in_proportion():
    found = make_folds(100, "3x5", 0, classes=CLASSES)
    check_each_row_is_tested_once_each_time(found, 100, 3)
    assert [np.bincount(CLASSES[fold.test]).tolist() for fold in found] == [[12, 6, 2]] * 15
    assert len({fold.test.tobytes() for fold in found}) == 15


def test_they_are_scikit_learns():
    expected = RepeatedStratifiedKFold(n_splits=2, n_repeats=5, random_state=3).split(CLASSES, CLASSES)
    for fold, (_, test) in zip(make_folds(100, "5x2", 3, classes=CLASSES), expected, strict=True):
        assert np.array_equal(fold.test, test)


@pytest.mark.parametrize("classes", [None, CLASSES])
def test_groups_are_never_on_both_sides(classes):
    groups = np.random.default_rng(0).integers(25, size=100)
    found = make_folds(100, "4x3", 1, classes=classes, groups=groups)
    check_each_row_is_tested_once_each_time(found, 100, 4)
    assert not any(set(groups[fold.train]) & set(groups[fold.test]) for fold in found)
    assert len({fold.test.tobytes() for fold in found}) == 12
    if classes is not None:
        shares = [np.mean(classes[fold.test] == 0) for fold in found]
        assert max(abs(share - 0.6) for share in shares) < 0.15


def test_values_are_dealt_evenly_and_the_seed_counts():
    found = make_folds(11, "2x3", 0)
    check_each_row_is_tested_once_each_time(found, 11, 2)
    assert sorted(len(fold.test) for fold in found) == [3, 3, 4, 4, 4, 4]
    assert found[0].test.tolist() == make_folds(11, "2x3", 0)[0].test.tolist()
    assert found[0].test.tolist() != make_folds(11, "2x3", 2**40 + 1)[0].test.tolist()


def test_three_classes_with_two_rows_each():
    for fold in make_folds(6, "5x2", 0, classes=np.array([0, 1, 2, 0, 1, 2])):
        assert len(fold.test) == 3


@pytest.mark.parametrize(
    ("n_rows", "folds", "more", "message"),
    [
        (3, 5, {}, "folds=5 needs at least 5 rows, and there are 3; use fewer folds"),
        (9, "2x3", {"groups": np.arange(9) % 2}, "folds='2x3' needs at least 3 groups, and there are 2"),
        (6, 3, {"classes": np.arange(6) // 2}, "folds=3 deals each class into 3 folds, and the largest has 2 rows; "),
        (4, 2, {"classes": np.array([0, 0, 1, 1]), "groups": np.array([0, 0, 1, 1])}, "fold 1 would train on one cl"),
    ],
)
def test_what_cannot_be_dealt(n_rows, folds, more, message):
    with pytest.raises(DataError) as refused:
        make_folds(n_rows, folds, 0, **more)
    assert message in str(refused.value)


def test_a_class_that_is_missing_in_a_fold_is_named():
    classes = np.array([0, 0, 0, 1, 1, 1, 2])
    found = make_folds(7, "2x3", 0, classes=classes)
    assert absent(classes, ["a", "b", "c"], found) == [
        "class 'c' has no row to train on in 2 of 6 folds; its rows there count as wrong"
    ]
