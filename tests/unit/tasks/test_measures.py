"""Which kinds of problem have which measures, and values beside scikit-learn's on draws."""

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score, mean_absolute_error, r2_score

from foveal.tasks.measures import of_classes, of_labels, of_values
from foveal.tasks.regression import regression
from foveal.train.losses import row_loss


def value(measures, name, outputs, targets, weight=None):
    measure = next(m for m in measures if m.name == name)
    return measure.value(measure.tally(torch.as_tensor(outputs), torch.as_tensor(targets), weight=weight))


@pytest.fixture(params=range(20))
def rng(request):
    return np.random.default_rng(request.param)


def test_macro_f1_of_labels(rng):
    outputs, y = rng.normal(size=(30, 4)), rng.integers(0, 2, (30, 4))
    y[:, 3] = 0
    outputs[:, 3] = -1 if rng.random() < 0.5 else outputs[:, 3]  # a label that neither comes nor is found
    expected = f1_score(y, outputs > 0, average="macro", zero_division=np.nan)
    assert value(of_labels(), "macro_f1", outputs, y) == pytest.approx(expected)


def test_macro_f1_of_classes_with_one_that_is_only_found_and_one_that_is_nowhere(rng):
    outputs, y = rng.normal(size=(30, 5)), rng.integers(0, 3, 30)
    outputs[:, 4] = -9
    expected = f1_score(y, outputs.argmax(1), average="macro")
    assert value(of_classes(probabilities=True), "macro_f1", outputs, y) == pytest.approx(expected)


@pytest.mark.parametrize("weighted", [False, True])
def test_errors_of_values_are_in_the_users_units(rng, weighted):
    y, predicted = rng.normal(size=(2, 25, 3)) * [1, 10, 100] + 5
    task = regression(row_loss("mse"), y.mean(0), y.std(0), torch.float64)
    weight = torch.from_numpy(rng.random(25)) if weighted else None
    outputs, targets = task.encode(predicted), task.encode(y)
    more = {"sample_weight": None if weight is None else weight.numpy()}
    assert value(task.measures, "mae", outputs, targets, weight) == pytest.approx(
        mean_absolute_error(y, predicted, **more)
    )
    assert value(task.measures, "r2", outputs, targets, weight) == pytest.approx(r2_score(y, predicted, **more))


def test_less_is_better_of_errors_alone():
    every = (*of_classes(probabilities=False), *of_labels(), *of_values([1.0]))
    assert [m.name for m in every if m.less] == ["mae"]
