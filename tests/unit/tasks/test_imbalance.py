"""When a class is rare, what is measured then, and the line that says what accuracy hides."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score, balanced_accuracy_score, f1_score

from foveal import CNNClassifier
from foveal.fitted.measure import measure
from foveal.tasks.classification import CLASSIFICATION, classification
from foveal.tasks.imbalance import Rare, absent, hidden, rarest, rarest_of, shown_values, truth_numbers
from foveal.tasks.kind import Problem
from foveal.tasks.labels import LABELS
from foveal.tasks.regression import REGRESSION
from foveal.train.losses import row_loss

RNG = np.random.default_rng(0)
Y = (np.arange(400) % 20 == 0).astype(int)
X = RNG.normal(size=(400, 6, 6)).astype("float32")
X[Y == 1] += 0.4
SMALL = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8), "batch_size": 20,
         "n_epochs": 3, "random_state": 0}  # fmt: skip
SHOWN = ("balanced_accuracy", "macro_f1", "average_precision")


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((91, 9), 1),
        ((90, 10), None),
        ((5, 95), 0),
        ((95, 0, 5), 2),
        ((100,), None),
        ((8,) * 12, None),  # 8.3 % each
        ((10,) * 11 + (4,), 11),
        ((10,) * 11 + (6,), None),
        ((), None),
    ],
)
def test_a_class_is_rare_where_few_rows_are_of_it_and_classes_are_not_equal(counts, expected):
    found = rarest(np.repeat(np.arange(len(counts)), counts))
    assert (found and found.number) == expected
    assert rarest(None) is None


def test_a_kind_without_such_measures_has_nothing_to_be_told_of():
    task = classification(row_loss("cross_entropy"))
    assert rarest_of(PROBLEM, task, Y) == Rare(1, 0.05)
    assert rarest_of(PROBLEM, replace(task, measures=()), Y) is None
    assert rarest_of(Problem(LABELS, 2, np.arange(2), one_axis=False), task, Y) is None


PROBLEM = Problem(CLASSIFICATION, 2, np.array([0, 1]))


@pytest.mark.parametrize(
    ("share", "p", "validated", "says"),
    [
        (0.01, {}, True, "class 'dog' is 1 % of the training rows: accuracy can be 0.99 without it ever being found; "
         "see balanced_accuracy in the history, or use monitor='balanced_accuracy', sampler='balanced'"),
        (0.00041, {}, False, "class 'dog' is 0.041 % of the training rows: accuracy can be 0.9996 without it ever "
         "being found; see foveal evaluate's balanced_accuracy, or use sampler='balanced'"),
        (0.05, {"monitor": "loss", "sampler": "balanced"}, True, "class 'dog' is 5 % of the training rows: accuracy "
         "can be 0.95 without it ever being found; see balanced_accuracy in the history"),
    ],
)  # fmt: skip
def test_the_line_names_the_class_and_what_is_not_in_use(share, p, validated, says):
    p = {"monitor": "auto", "sampler": None, **p}
    assert hidden(Rare(1, share), PROBLEM, ("cat", "dog"), p, validated=validated) == says


def test_the_line_is_said_once_and_only_where_progress_is_shown(capsys):
    CNNClassifier(verbose=1, **SMALL).fit(X, Y)
    said = capsys.readouterr().err
    assert said.count("class 1 is 5 % of the training rows") == 1
    CNNClassifier(verbose=0, **SMALL).fit(X, Y)
    CNNClassifier(verbose=1, **SMALL).fit(X, np.arange(400) % 2)
    CNNClassifier(verbose=1, **SMALL).partial_fit(X, Y, classes=[0, 1])
    assert "of the training rows" not in capsys.readouterr().err


def test_history_has_what_accuracy_hides_and_training_is_not_changed():
    rare, equal = (CNNClassifier(valid_size=0.25, **SMALL).fit(X, y) for y in (Y, np.arange(400) % 2))
    assert [name for name in rare.history_ if name not in equal.history_] == [f"valid_{name}" for name in SHOWN]
    assert rare.fitted_.scores()["valid_macro_f1"] == rare.history_["valid_macro_f1"][-1]
    assert rare.score(X, Y) == np.mean(rare.predict(X) == Y)


def test_without_rows_to_validate_on_there_are_no_such_columns():
    assert not [name for name in CNNClassifier(valid_size=0, **SMALL).fit(X, Y).history_ if "balanced" in name]


def test_measure_has_what_accuracy_hides_where_the_measured_rows_have_a_rare_class():
    model = CNNClassifier(sampler="balanced", **SMALL).fit(X, Y)
    found = measure(model.fitted_, X, Y).values
    predicted = model.predict(X)
    assert list(found) == ["accuracy", *SHOWN]
    assert found["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(Y, predicted))
    assert found["macro_f1"] == pytest.approx(f1_score(Y, predicted, average="macro"))
    expected = average_precision_score(Y, model.predict_proba(X)[:, 1])
    assert found["average_precision"] == pytest.approx(expected, rel=1e-5)
    half = np.r_[np.flatnonzero(Y == 1), np.flatnonzero(Y == 0)[:20]]
    assert list(measure(model.fitted_, X[half], Y[half]).values) == ["accuracy"]


def test_labels_that_the_model_does_not_know_are_classes_that_it_never_says():
    model = CNNClassifier(**SMALL).fit(X, np.arange(400) % 3)
    strange = np.where(Y == 1, 7, np.arange(400) % 3)
    found = measure(model.fitted_, X, strange).values
    predicted = model.predict(X)
    assert found["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(strange, predicted))
    assert found["macro_f1"] == pytest.approx(f1_score(strange, predicted, average="macro"))


def test_numbers_of_the_truth():
    problem = Problem(CLASSIFICATION, 2, np.array(["a", "b"]))
    assert truth_numbers(problem, np.array(["b", "x", "a"])).tolist() == [1, 2, 0]
    assert truth_numbers(Problem(REGRESSION, 1), np.zeros(3)) is None


def test_absent_classes_and_labels():
    assert absent(Problem(CLASSIFICATION, 3, np.array(["a", "b", "c"])), torch.tensor([0, 0, 2])) == ["b"]
    assert absent(Problem(LABELS, 2, np.arange(2), one_axis=False), torch.tensor([[0.0, 1.0]])) == [0]
    assert absent(Problem(REGRESSION, 1), torch.zeros(3, 1)) == []


def test_values_of_outputs_that_are_no_probabilities():
    task = classification(row_loss("hinge"), probabilities=False)
    assert shown_values(task, torch.eye(2), np.array([0, 1])) == dict.fromkeys(SHOWN, 1.0)
