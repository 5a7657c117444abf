"""The largest of many scores, whatever is equal, and blocks of a bounded size."""

import pickle

import numpy as np
import pytest
import torch
from tests.unit.estimators.test_recommender import NETS, SMALL, chains

import foveal.fitted.recommending as module
from foveal import Recommender
from foveal.core.errors import DataError
from foveal.data.sequences import Sequences
from foveal.fitted.recommending import best_items, largest, ranks_in


def test_of_equal_scores_the_lower_numbers_come_first():
    scores = np.array([[1.0, 3.0, 3.0, 3.0, 2.0], [0.0, 0.0, 0.0, 0.0, 0.0]])
    assert largest(scores, 2).tolist() == [[1, 2], [0, 1]]
    assert largest(scores, 5)[0].tolist() == [1, 2, 3, 4, 0]
    rng = np.random.default_rng(0)
    many = rng.integers(0, 9, (50, 30)).astype(float)
    assert largest(many, 7).tolist() == np.argsort(-many, axis=1, kind="stable")[:, :7].tolist()


def test_ranks_count_those_that_score_as_much():
    scores = np.array([[3.0, 1.0, 3.0], [-np.inf, 1.0, 2.0], [1.0, 2.0, 3.0]])
    assert ranks_in(scores, np.array([1, 1, 0])).tolist() == [2, np.inf, np.inf]


@pytest.mark.parametrize("at_once", [1, 100])
def test_blocks_change_nothing(at_once, monkeypatch):
    model = Recommender(net=NETS[0], **SMALL).fit(chains())
    histories = Sequences.of([[1, 2], [3], [4, 5, 6, 7], []])
    whole = best_items(model.fitted_, histories, 4, exclude_seen=True)
    monkeypatch.setattr(module, "SCORES", at_once)
    again = best_items(model.fitted_, histories, 4, exclude_seen=True)
    assert again.items.tolist() == whole.items.tolist()
    np.testing.assert_allclose(again.scores, whole.scores, atol=1e-5)


def test_weights_that_are_no_numbers_are_told():
    broken = pickle.loads(pickle.dumps(Recommender(net=NETS[0], **SMALL | {"n_epochs": 1}).fit(chains()).fitted_))
    with torch.no_grad():
        next(broken.net.parameters()).fill_(float("nan"))
    with pytest.raises(DataError, match="history 0 gives scores that are not finite"):
        best_items(broken, Sequences.of([[1, 2], [3]]), 4, exclude_seen=True)
