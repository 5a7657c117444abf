"""Average precision and the area under the ROC curve beside scikit-learn's, on draws with ties, weights and gaps."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from foveal.train import ranks

SEEDS = st.integers(0, 10**6)
OF_CLASS = {"average_precision": ranks.average_precision, "roc_auc": ranks.roc_auc}
NAMES = pytest.mark.parametrize("name", OF_CLASS)


def theirs(name, *args, **more):
    return {"average_precision": average_precision_score, "roc_auc": roc_auc_score}[name](*args, **more)


def drawn(seed, columns, n=40):
    """Give outputs, some of them the same, and weights, some of them 0."""
    rng = np.random.default_rng(seed)
    outputs = rng.normal(size=(n, columns)).round(1)
    weight = rng.integers(0, 4, n) / 3
    return torch.from_numpy(outputs), torch.from_numpy(weight), rng


@NAMES
@given(SEEDS, st.booleans())
def test_two_classes(name, seed, weighted):
    outputs, weight, _ = drawn(seed, 2)
    y = (np.arange(40) % 5 == 0).astype(int)
    weight[:10] = 1.0
    table = ranks.probability_table(outputs, torch.from_numpy(y), weight if weighted else None)
    expected = theirs(name, y, outputs.softmax(1)[:, 1].numpy(), sample_weight=weight.numpy() if weighted else None)
    assert table.shape == (40, 3)
    assert ranks.over_classes(OF_CLASS[name], table) == pytest.approx(expected, rel=1e-12, abs=1e-15)


@NAMES
@given(SEEDS, st.booleans())
def test_several_classes(name, seed, weighted):
    outputs, weight, rng = drawn(seed, 4)
    y = np.r_[np.arange(8) % 4, rng.integers(0, 4, 32)]
    weight[:8] = 1.0
    table = ranks.probability_table(outputs, torch.from_numpy(y), weight if weighted else None)
    more = {"sample_weight": weight.numpy() if weighted else None, "average": "macro"}
    expected = theirs(name, np.eye(4, dtype=int)[y], outputs.softmax(1).numpy(), **more)
    assert ranks.over_classes(OF_CLASS[name], table) == pytest.approx(expected, rel=1e-12)
    if name == "roc_auc" and not weighted:
        assert expected == pytest.approx(roc_auc_score(y, outputs.softmax(1).numpy(), multi_class="ovr"))


@NAMES
@given(SEEDS, st.booleans())
def test_several_labels(name, seed, weighted):
    outputs, weight, rng = drawn(seed, 3)
    y = np.r_[np.eye(3, dtype=int), 1 - np.eye(3, dtype=int), rng.integers(0, 2, (34, 3))]
    weight[:6] = 1.0
    table = ranks.label_table(outputs, torch.from_numpy(y), weight if weighted else None)
    more = {"sample_weight": weight.numpy() if weighted else None, "average": "macro"}
    expected = theirs(name, y, outputs.sigmoid().numpy(), **more)
    assert ranks.over_labels(OF_CLASS[name], table) == pytest.approx(expected, rel=1e-12)


@NAMES
def test_outputs_that_are_no_probabilities_count_as_the_decision_function_has_them(name):
    outputs, _, rng = drawn(3, 2)
    y = rng.integers(0, 2, 40)
    table = ranks.output_table(outputs, torch.from_numpy(y), None)
    expected = theirs(name, y, (outputs[:, 1] - outputs[:, 0]).numpy())
    assert ranks.over_classes(OF_CLASS[name], table) == pytest.approx(expected)
    assert ranks.output_table(torch.eye(3), torch.arange(3), None).shape == (3, 5)


@NAMES
def test_the_mean_is_over_the_classes_that_are_there(name):
    outputs, _, _ = drawn(4, 4)
    y = np.arange(40) % 3
    table = ranks.probability_table(outputs, torch.from_numpy(y), None)
    expected = np.mean([theirs(name, y == k, outputs.softmax(1)[:, k].numpy()) for k in range(3)])
    assert ranks.over_classes(OF_CLASS[name], table) == pytest.approx(expected)


@NAMES
@pytest.mark.parametrize("y", [torch.zeros(4).long(), torch.ones(4).long()])
def test_one_class_tells_nothing(name, y):
    found = ranks.over_classes(OF_CLASS[name], ranks.probability_table(torch.randn(4, 2, generator=rng(0)), y, None))
    assert np.isnan(found) == (name == "roc_auc" or y[0] == 0)  # all rows of a class: a precision of 1
    assert not ranks.both_there(y, None)


def rng(seed):
    return torch.Generator().manual_seed(seed)


@NAMES
def test_outputs_that_are_no_numbers_make_none(name):
    outputs = torch.tensor([[0.0, 1.0], [float("nan"), 0.0]])
    assert np.isnan(ranks.over_classes(OF_CLASS[name], ranks.probability_table(outputs, torch.arange(2), None)))


def test_outputs_of_low_precision_make_a_table_that_numpy_reads():
    table = ranks.label_table(torch.eye(2).bfloat16(), torch.eye(2).bfloat16(), None)
    assert table.dtype == torch.float32
    assert ranks.over_labels(ranks.roc_auc, table) == 1


@NAMES
def test_rows_without_weight_alone_make_none(name):
    table = ranks.probability_table(torch.eye(2), torch.arange(2), torch.zeros(2))
    assert np.isnan(ranks.over_classes(OF_CLASS[name], table))
