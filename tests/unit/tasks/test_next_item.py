"""The kind of the next item: ranks, their sums, and what it learns of the form."""

import math

import numpy as np
import pytest
import torch

from foveal.core.errors import DataError, ParameterError
from foveal.core.forms import form_of
from foveal.tasks.kind import with_sizes
from foveal.tasks.next_item import NEXT_ITEM, of_ranks, rank_scores, rank_tally

P = {"loss": "cross_entropy"}


def test_hits_ndcg_and_reciprocal_ranks():
    hits, ndcg, reciprocal = of_ranks(torch.tensor([1.0, 10.0, 11.0, math.inf]))
    assert hits.tolist() == [1, 1, 0, 0]
    assert ndcg.tolist() == pytest.approx([1, 1 / math.log2(11), 0, 0])
    assert reciprocal.tolist() == pytest.approx([1, 0.1, 1 / 11, 0])


def test_rows_without_a_rank_count_in_the_loss_alone():
    out = torch.tensor([[2.0, 1.0], [3.0, math.nan]])
    sums = rank_tally(out, torch.tensor([1, 1]), torch.tensor([4.0, 2.0]))
    assert sums.tolist() == [6, 1, 1, 1, 1]
    assert rank_scores(sums) == {"hit_rate": 1.0, "ndcg": 1.0, "mrr": 1.0}
    nothing = rank_tally(out[1:], torch.tensor([1]), None)
    assert math.isnan(rank_scores(nothing)["hit_rate"])


def test_the_catalogue_follows_from_the_form():
    problem, y = NEXT_ITEM.learn(P, [1, 2], None)
    assert y.tolist() == [1, 2]
    with pytest.raises(DataError, match="must say how many there are"):
        with_sizes(problem, form_of((3,)))


@pytest.mark.parametrize("y", [[0, 1], [[1]], [1.5]])
def test_first_targets_are_places_from_1(y):
    with pytest.raises(DataError, match="place of each row's first target"):
        NEXT_ITEM.learn(P, y, None)


def test_losses_and_measures():
    with pytest.raises(ParameterError, match="loss='hinge' does not fit histories"):
        NEXT_ITEM.learn({"loss": "hinge"}, [1], None)
    problem, _ = NEXT_ITEM.learn(P, [1], None)
    found = NEXT_ITEM.measure(problem, np.array([1, 20]), np.zeros(2), None)
    assert found.score == 0.5
    assert NEXT_ITEM.score(np.array([1, 20]), np.zeros(2), np.array([3.0, 1.0])) == 0.75
