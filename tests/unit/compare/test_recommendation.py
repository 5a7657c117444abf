"""Ranks beside baselines: measures, verdicts, intervals."""

import numpy as np
import pytest
from tests.unit.estimators.test_recommender import NETS, SMALL, chains

from foveal import Recommender
from foveal.compare.recommendation import Asked, Ranked, beside_baselines, measures, of_baseline, ratio_of_hits
from foveal.compare.recommendation_baselines import most_popular
from foveal.data.interactions.asking import asked_of
from foveal.data.interactions.kept import items_in
from foveal.data.interactions.splits import leave_last_out
from foveal.data.sequences import Sequences


def test_a_baseline_ranks_what_a_history_has_not():
    asked = Asked(Sequences.of([[1], [2], [2]]), np.array([2, 3, 0]))
    found = of_baseline(most_popular(Sequences.of([[1, 1, 1, 2, 2, 3, 4]]), 4), 4, asked)
    assert found.ranks.tolist() == [1, 3, np.inf]  # 3 and 4 are equals, and others come first
    assert found.best[0].tolist() == [2, 3, 4, *[0] * 7]
    assert found.hits.tolist() == [True, True, False]


def test_measures_by_hand():
    found = measures(Ranked(np.array([1.0, np.inf]), np.array([[1, 2], [1, 0]])), np.array([0, 6, 2, 1]))
    assert found == pytest.approx({"hit_rate": 0.5, "ndcg": 0.5, "mrr": 0.5, "coverage": 2 / 3, "popularity": 14 / 9})


def test_a_network_stands_beside_all_baselines():
    split = leave_last_out(chains(users=60))
    model = Recommender(net=NETS[0], **SMALL | {"n_epochs": 10}).fit(split.train, validation=split.valid)
    items = items_in(model.fitted_.kept)
    found = beside_baselines(model.fitted_, split.train.numbered(items), Asked(*asked_of(split.test, items)))
    told = found.as_dict()
    assert told["network"]["score"] == model.score(split.test)
    assert set(told["baselines"]) == {
        "popularity", "item neighbours", "recent item neighbours", "sequential neighbours",
    }  # fmt: skip
    assert "network" in told["verdict"]


def test_where_a_baseline_is_better_the_verdict_says_so():
    bad, good = (Ranked(np.full(200, rank), np.ones((200, 10), int)) for rank in (99.0, 1.0))
    from foveal.compare.recommendation import Beside

    found = Beside(bad, {"popularity": good}, np.ones(2, int))
    assert found.verdict == "popularity is better than the network by 1.0000 (p < 0.001)"


def test_the_interval_of_a_ratio_holds_it():
    rng = np.random.default_rng(0)
    hits = rng.random((3, 500)) < 0.3
    others = rng.random(500) < 0.2
    ratio, (low, high) = ratio_of_hits(hits, others)
    assert ratio == pytest.approx(hits.mean() / others.mean())
    assert low < ratio < high
