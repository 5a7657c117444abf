import numpy as np
import pytest

from foveal import CNNClassifier
from foveal.compare.intervals import wilson
from foveal.fitted.measure import compared
from foveal.report.classes import of_classes
from foveal.report.judged import Judged


@pytest.fixture(scope="module")
def fitted():
    X = np.random.default_rng(0).random((30, 6, 6, 1), np.float32)
    return CNNClassifier(n_epochs=1, random_state=0).fit(X, np.arange(30) % 3).fitted_


def judged(fitted, truth, predicted):
    return Judged(fitted, "test", None, np.array(truth), np.array(predicted), None)


def test_counts_are_those_of_what_is_and_what_was_said(fitted):
    found = of_classes(judged(fitted, [0, 0, 1, 2, 2], [0, 1, 1, 2, 1]))
    assert found["confusion"]["matrix"] == [[1, 1, 0], [0, 1, 0], [0, 1, 1]]
    assert [(pair["truth"], pair["predicted"], pair["rows"]) for pair in found["confusion"]["pairs"]] == [
        ("0", "1", 1), ("2", "1", 1),
    ]  # fmt: skip
    first = found["per_class"][0]
    assert (first["recall"], first["recall_interval"]) == (0.5, list(wilson(1, 2)))
    one = next(line for line in found["per_class"] if line["name"] == "1")
    assert (one["rows"], one["recall"], one["precision"]) == (1, 1.0, 1 / 3)


def test_a_class_without_rows_and_a_label_that_is_new(fitted):
    found = of_classes(judged(fitted, [0, 0, 7], [0, 1, 1]))
    assert found["confusion"]["classes"] == ["0", "1", "2", "7"]
    names = {line["name"]: line for line in found["per_class"]}
    assert names["1"]["recall"] is None
    assert names["2"]["precision"] is None
    assert names["7"]["recall"] == 0.0


def test_many_classes_have_pairs_and_no_matrix(fitted):
    truth = np.arange(1000) % 100
    found = of_classes(judged(fitted, truth, (truth + (truth == 5)) % 100))
    assert found["confusion"]["matrix"] is None
    assert [(p["truth"], p["predicted"], p["rows"], p["share"]) for p in found["confusion"]["pairs"]] == [
        ("5", "6", 10, 1.0)
    ]


def test_labels_of_which_a_row_has_several():
    X = np.random.default_rng(0).random((30, 6, 6, 1), np.float32)
    y = np.stack([np.arange(30) % 2, np.arange(30) % 3 == 0], 1).astype(int)
    model = CNNClassifier(n_epochs=1, random_state=0).fit(X, y)
    measures, predicted, truth = compared(model.fitted_, X, y)
    found = of_classes(Judged(model.fitted_, "test", X, truth, predicted, measures))
    assert set(found) == {"per_class"}
    assert sorted(line["rows"] for line in found["per_class"]) == [10, 15]
