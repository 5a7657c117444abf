import numpy as np
import pytest

from foveal.data.images.progress import SILENT
from foveal.doctor.labels import EXPECTED, find_suspects, labels, suspected

from .planted import digits, of_arrays


@pytest.fixture(scope="module")
def flipped():
    X, y = digits(600)
    rng = np.random.default_rng(5)
    chosen = rng.choice(600, 18, replace=False)
    y = y.copy()
    y[chosen] = (y[chosen] + rng.integers(1, 10, 18)) % 10
    subject = of_arrays(X, y)
    return subject, chosen, labels(subject, SILENT)


def test_most_flipped_labels_are_found_with_their_class_and_few_good_ones(flipped):
    subject, chosen, (found, why) = flipped
    assert why == ""
    (wrong,) = [finding for finding in found if finding.check == "wrong-labels"]
    told = [row for (row,) in wrong.groups]
    assert np.isin(chosen, told).mean() >= 0.6  # of all rows more: the long test
    assert (~np.isin(told, chosen)).sum() <= 0.01 * 600
    truth = digits(600)[1]
    given = {s.row: s.label for s in wrong.suggestions}
    right = [given[row] == str(truth[row]) for row in chosen.tolist() if row in given]
    assert np.mean(right) > 0.9
    assert wrong.remarks[0].startswith(f"labelled {subject.label(told[0])}")


def test_the_threshold_of_a_class_is_the_largest_that_expects_few_true_rows():
    p, below = np.tile([0.99, 0.01], (200, 1)), np.linspace(0.001, 0.4, 10)
    p[:10] = np.stack([below, 1 - below], axis=1)
    doubted, thresholds = suspected(p, np.zeros(200, int))
    count = int(doubted.sum())
    assert below[:count].sum() <= EXPECTED * 200 < below[: count + 1].sum()
    assert thresholds[0] == below[count - 1]


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_three_in_a_hundred_labels_of_digits_are_found_with_few_false_alarms(seed):
    X, truth = digits(None)
    rng, y = np.random.default_rng(seed), truth.copy()
    chosen = rng.choice(len(y), round(0.03 * len(y)), replace=False)
    y[chosen] = (y[chosen] + rng.integers(1, 10, len(chosen))) % 10
    subject = of_arrays(X, y)
    told = find_suspects(subject, subject.good())[0].rows
    assert np.isin(chosen, told).mean() >= 0.75
    assert (~np.isin(told, chosen)).sum() <= 0.01 * (len(y) - len(chosen))


def test_classes_that_cannot_be_told_apart_look_alike():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], 60)
    X = rng.normal(size=(180, 8)) + np.where(y[:, None] == 2, 4, 0)
    found, _ = labels(of_arrays(X, y, names=("a", "b", "c")), SILENT)
    (alike,) = [finding for finding in found if finding.check == "classes-alike"]
    assert [line[:2] for line in alike.table[1:]] == [("a", "b")]


def test_what_cannot_be_doubted_is_said():
    X = np.zeros((10, 4, 4), np.uint8)
    assert labels(of_arrays(X, np.linspace(0, 1, 10)), SILENT) == ([], "there are no labels of one class a row")
    assert "fewer than two classes" in labels(of_arrays(X, np.zeros(10, int)), SILENT)[1]
