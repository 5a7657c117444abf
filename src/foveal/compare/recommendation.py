"""How good recommendations are: ranks over the whole catalogue, beside baselines of the same histories."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from foveal.compare.differences import Difference, mcnemar, verdict
from foveal.compare.intervals import Interval, wilson
from foveal.compare.recommendation_baselines import BASELINES, Scores
from foveal.data.interactions.transitions import popularity
from foveal.data.sequences import Sequences
from foveal.fitted.model import Fitted
from foveal.fitted.recommending import largest, leave_out, ranks_in, score_blocks
from foveal.tasks.next_item import TOP, of_ranks

Array = NDArray[Any]

#: Scores that a baseline computes at a time.
AT_ONCE = 2**22


class Asked(NamedTuple):
    """Histories, item numbers from 1, and the item that is asked for after each, 0 where no model knows it."""

    histories: Sequences
    targets: Array


@dataclass(frozen=True)
class Ranked:
    """What a model made of histories: the target's rank in each, 1 the best, and the items that it would recommend."""

    ranks: Array
    best: Array
    seconds: float = 0.0

    @property
    def hits(self) -> Array:
        """Whether the target is among the first ten."""
        return self.ranks <= TOP


def measures(ranked: Ranked, counts: Array) -> dict[str, float]:
    """Give hit rate@10, NDCG@10 and MRR, and what is recommended: coverage and popularity.

    `coverage` is the share of the catalogue that is recommended to anybody, ten to each; `popularity` how often the
    recommended items were had, (n + 1,) counts, as a multiple of the mean over the catalogue.

    >>> found = measures(Ranked(np.array([1.0, 20.0]), np.array([[1], [1]])), np.array([0, 3, 1]))
    >>> found["hit_rate"], found["coverage"], found["popularity"]
    (0.5, 0.5, 1.5)
    """
    hit_rate, ndcg, mrr = (values.mean().item() for values in of_ranks(torch.from_numpy(ranked.ranks)))
    shown = ranked.best[ranked.best > 0]
    return {
        "hit_rate": hit_rate,
        "ndcg": ndcg,
        "mrr": mrr,
        "coverage": len(np.unique(shown)) / (len(counts) - 1),
        "popularity": float(counts[shown].mean() / max(counts[1:].mean(), 1e-12)),
    }


def of_network(fitted: Fitted, asked: Asked) -> Ranked:
    """Let a fitted network rank all items that a history has not."""
    return _ranked(score_blocks(fitted, asked.histories), asked)


def of_baseline(scores: Scores, n_items: int, asked: Asked) -> Ranked:
    """Let a baseline rank all items that a history has not."""

    def blocks() -> Iterator[tuple[Array, Array]]:
        at_once = max(1, AT_ONCE // n_items)
        for first in range(0, len(asked.targets), at_once):
            rows = np.arange(first, min(first + at_once, len(asked.targets)))
            yield rows, scores(asked.histories.chosen(rows))

    return _ranked(blocks(), asked)


def _ranked(blocks: Iterator[tuple[Array, Array]], asked: Asked) -> Ranked:
    began = perf_counter()
    ranks, best = np.empty(len(asked.targets)), np.zeros((len(asked.targets), TOP), np.int64)
    for rows, scores in blocks:
        leave_out(scores, asked.histories, rows)
        ranks[rows] = ranks_in(scores, asked.targets[rows])
        k = min(TOP, scores.shape[1])
        found = largest(scores, k)
        there = np.take_along_axis(scores, found, 1)
        best[rows, :k] = np.where(np.isneginf(there), 0, found + 1)
    return Ranked(ranks, best, perf_counter() - began)


def beside_baselines(fitted: Fitted, train: Sequences, asked: Asked) -> "Beside":
    """Measure a network and every baseline, which learns from `train`, on the same histories."""
    n_items = fitted.problem.n_outputs
    network, found = of_network(fitted, asked), {}
    for name, make in BASELINES.items():
        began = perf_counter()
        scores = make(train, n_items)
        ranked = of_baseline(scores, n_items, asked)
        found[name] = Ranked(ranked.ranks, ranked.best, perf_counter() - began)
    return Beside(network, found, popularity(train, n_items))


@dataclass(frozen=True)
class Beside:
    """A network and baselines on the same histories; `counts` are the items' in training."""

    network: Ranked
    baselines: Mapping[str, Ranked]
    counts: Array

    @property
    def differences(self) -> dict[str, Difference]:
        """The network's hit rate less each baseline's, by McNemar's test over the same histories."""
        return {name: mcnemar(self.network.hits, ranked.hits) for name, ranked in self.baselines.items()}

    @property
    def verdict(self) -> str:
        """Say plainly whether the network is better."""
        return verdict({name: float(r.hits.mean()) for name, r in self.baselines.items()}, self.differences)

    def as_dict(self) -> dict[str, Any]:
        """Give all of it for a JSON object."""
        differences = self.differences
        found = {name: self._told(ranked) for name, ranked in self.baselines.items()}
        for name, told in found.items():
            told |= {"difference": differences[name].value, "p": differences[name].p}
            told["seconds"] = self.baselines[name].seconds
        return {
            "rows": len(self.network.ranks),
            "network": self._told(self.network),
            "baselines": found,
            "said": [],
            "verdict": self.verdict,
        }

    def _told(self, ranked: Ranked) -> dict[str, Any]:
        interval: Interval = wilson(int(ranked.hits.sum()), len(ranked.hits))
        found = measures(ranked, self.counts)
        return {"score": found["hit_rate"], "interval": list(interval), **found}


def ratio_of_hits(
    hits: Array, others: Array, *, level: float = 0.9, draws: int = 2000, seed: int = 0
) -> tuple[float, Interval]:
    """Give the ratio of two hit rates on the same users, and its interval by a paired bootstrap over the users.

    hits, others : (N,) or, of several seeds, (seeds, N); a drawn user brings all of his.

    >>> ratio_of_hits(np.array([True, True]), np.array([True, True]))
    (1.0, Interval(low=1.0, high=1.0))
    """
    one, two = (np.atleast_2d(each).mean(0) for each in (hits, others))
    rows = np.random.default_rng(seed).integers(0, len(one), (draws, len(one)))
    drawn = one[rows].mean(1) / np.maximum(two[rows].mean(1), 1e-12)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(one.mean() / two.mean()), Interval(float(low), float(high))
