import numpy as np
import pytest
from sklearn.model_selection import learning_curve as theirs

from foveal.compare.plan import plan
from foveal.core.errors import DataError, ParameterError
from foveal.core.randomness import derive
from foveal.search.more_rows import learning_curve, mixed


def test_it_is_scikit_learns_with_the_same_folds(small, digits):
    X, y = digits
    small.set_params(n_epochs=1)
    told = []
    ours = learning_curve(small, X, y, sizes=[40, 80], repeats=2, tell=lambda *one: told.append(one))
    folds = plan(small, X, y, folds="2x5", baselines=False).folds[::5]
    for repeat, fold in enumerate(folds):
        order = mixed(fold.train, y, derive(0, "curve", repeat))
        model = small.set_params(random_state=repeat)
        chosen = [np.sort(order[:size]) for size in (40, 80)]
        scores = [theirs(model, X, y, train_sizes=[len(rows)], cv=[(rows, fold.test)])[2][0, 0] for rows in chosen]
        assert ours.scores[:, repeat].tolist() == scores
        assert told[2 * repeat : 2 * repeat + 2] == [(40, repeat, scores[0]), (80, repeat, scores[1])]
    assert (ours.sizes, ours.rows_test, ours.ratio) == ((40, 80), 30, 30 / 120)


def test_small_sizes_hold_every_class_and_lie_within_larger_ones():
    classes = np.repeat(np.arange(4), [40, 20, 20, 20])
    order = mixed(np.arange(100), classes, 0)
    assert sorted(order) == list(range(100))
    for size in (10, 20, 50):
        counts = np.bincount(classes[order[:size]], minlength=4)
        assert np.abs(counts - size * np.array([0.4, 0.2, 0.2, 0.2])).max() <= 1
    assert not np.array_equal(order, mixed(np.arange(100), classes, 1))
    assert sorted(mixed(np.arange(5), None, 0)) == list(range(5))


def test_usual_sizes_rise_by_a_constant_factor(small, digits):
    X, y = digits
    curve = learning_curve(small.set_params(n_epochs=1), X, y % 2, repeats=2)
    assert curve.sizes == (20, 31, 49, 77, 120)


@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        ({"repeats": 1}, ParameterError, "repeats must be an integer of at least 2, got 1"),
        ({"sizes": [40]}, ParameterError, "two whole numbers or more"),
        ({"sizes": [80, 40]}, ParameterError, r"ever larger, up to 120 .*got \[80, 40\]"),
        ({"sizes": [40, 121]}, ParameterError, "up to 120"),
        ({"sizes": [0.1, 1.0]}, ParameterError, "whole numbers"),
    ],
)
def test_what_is_no_curve_is_refused(small, digits, how, error, message):
    with pytest.raises(error, match=message):
        learning_curve(small, *digits, **how)


def test_too_few_rows_are_refused(small, digits):
    X, y = digits
    with pytest.raises(DataError, match="needs more than 20 rows to learn from, got 16"):
        learning_curve(small, X[:20], y[:20] % 2, repeats=2)
