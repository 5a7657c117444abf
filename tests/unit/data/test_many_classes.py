"""200,000 rows of 20,000 classes: the work grows with the rows, not with rows times classes. Counted, not timed."""

import numpy as np
import pytest

from foveal.cli.class_names import by_name
from foveal.data.split import split_rows
from foveal.data.targets import class_numbers, find_classes
from foveal.tasks.class_weights import row_weights
from foveal.tasks.classification import CLASSIFICATION
from foveal.tasks.kind import Problem

ROWS, CLASSES = 200_000, 20_000


class Counted(np.ndarray):
    """An array that counts the values that NumPy's functions go through."""

    values = 0

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        plain = [np.asarray(x) for x in inputs]
        Counted.values += max(x.size for x in plain)
        return self._counting(getattr(ufunc, method)(*plain, **options))

    def __array_function__(self, function, types, args, options):
        Counted.values += self.size
        return super().__array_function__(function, types, args, options)

    def __getitem__(self, rows):
        found = super().__getitem__(rows)
        Counted.values += np.size(found)
        return found

    @staticmethod
    def _counting(result):
        return result.view(Counted) if isinstance(result, np.ndarray) else result


class Label:
    """A label that counts how often it is compared."""

    compared = 0

    def __init__(self, name):
        self.name = name

    def __hash__(self):
        return hash(self.name)

    def __eq__(self, other):
        Label.compared += 1
        return self.name == other.name

    def __lt__(self, other):
        Label.compared += 1
        return self.name < other.name


def by_definition(n_rows, valid_size, rng, groups):
    """Split as it is said, looking for each group among all rows."""
    held = []
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        n_held = min(round(len(rows) * valid_size), len(rows) - 1)
        rows = rows if rng is None else rng.permutation(rows)
        held.append(rows[len(rows) - n_held :])
    valid = np.sort(np.concatenate(held))
    return np.setdiff1d(np.arange(n_rows), valid), valid


@pytest.mark.parametrize("seed", [None, 0, 1, 2])
@pytest.mark.parametrize("share", [0.05, 0.1, 0.5, 0.99])
@pytest.mark.parametrize("classes", [1, 2, 7, 100])
def test_the_split_is_the_same_to_the_bit(seed, share, classes):
    groups = np.random.default_rng(5).integers(0, classes, 300) * 3  # numbers with gaps
    rngs = [None, None] if seed is None else [np.random.default_rng(seed) for _ in range(2)]
    for got, expected in zip(split_rows(300, share, rngs[0], groups), by_definition(300, share, rngs[1], groups),
                             strict=True):  # fmt: skip
        np.testing.assert_array_equal(got, expected)
    if seed is not None:
        assert rngs[0].bit_generator.state == rngs[1].bit_generator.state


def test_a_split_of_many_classes():
    groups = (np.arange(ROWS) % CLASSES).view(Counted)
    Counted.values = 0
    train, valid = split_rows(ROWS, 0.2, np.random.default_rng(0), groups)
    assert (len(train), len(valid)) == (160_000, 40_000)
    assert 0 < Counted.values < 20 * ROWS  # looking for each class goes through 4,000,000,000


def measured(predicted, y, classes):
    problem = Problem(CLASSIFICATION, len(classes), np.fromiter(classes, object, len(classes)))
    return CLASSIFICATION.measure(problem, predicted, y, None)


def labels():
    """Give 20,000 rows of 2,000 labels that count: a tenth, since each comparison is a call."""
    classes = [Label(f"{i:06d}") for i in range(CLASSES // 10)]
    return classes, np.fromiter((classes[i % len(classes)] for i in range(ROWS // 10)), object, ROWS // 10)


def test_classes_and_their_numbers():
    known, y = labels()
    Label.compared = 0
    classes = find_classes(y)
    numbers = class_numbers(y, classes)
    assert [classes[i] is known[i] for i in (0, 7)] == [True, True]
    assert numbers[:3].tolist() == [0, 1, 2]
    assert Label.compared < 10 * len(y)


def test_weights_of_many_classes():
    known, y = labels()
    classes = find_classes(y)
    problem = Problem(CLASSIFICATION, len(classes), classes)
    numbers = class_numbers(y, classes)
    Label.compared = 0
    weights = row_weights({Label(label.name): 2.0 for label in known[1:]}, problem, numbers, None)
    assert weights[:3].tolist() == [0.5, 1.0, 1.0]
    assert Label.compared < 10 * len(known)
    assert row_weights("balanced", problem, numbers, None).tolist() == [1.0] * len(y)


def test_measures_of_many_classes():
    classes = [f"{i:06d}" for i in range(CLASSES)]
    y = np.array(classes)[np.arange(ROWS) % CLASSES].view(Counted)
    predicted = np.roll(np.asarray(y), 1).view(Counted)
    predicted[:100] = y[:100]
    Counted.values = 0
    found = measured(predicted, y, classes)
    assert Counted.values < 20 * ROWS
    assert [c.rows for c in found.classes[:2]] == [10, 10]
    right = found.classes[5]
    assert (right.label, right.recall) == ("000005", 0.1)


def test_names_of_many_classes():
    own = [f"{i}" for i in range(CLASSES)]

    class Name(str):
        compared = 0

        def __eq__(self, other):
            Name.compared += 1
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    names = [Name(name) for name in (*reversed(own), "new")]
    numbers, known = by_name(np.arange(CLASSES + 1), names, own)
    assert numbers.tolist() == [*reversed(range(CLASSES)), CLASSES]
    assert known == [*own, "new"]
    assert Name.compared < 20 * CLASSES


def test_each_measure_is_the_one_by_definition():
    rng = np.random.default_rng(0)
    labels_ = ["a", "b", "c", "d"]
    y, predicted = (np.array([*labels_[:3], "e"])[rng.integers(0, 4, 50)], np.array(labels_)[rng.integers(0, 4, 50)])
    for score in measured(predicted, y, labels_).classes:
        right = ((predicted == score.label) & (y == score.label)).sum()
        found, there = (predicted == score.label).sum(), (y == score.label).sum()
        assert score.rows == there
        np.testing.assert_equal(score.precision, right / found if found else np.nan)
        np.testing.assert_equal(score.recall, right / there if there else np.nan)
