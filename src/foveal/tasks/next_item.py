"""The next item of a history: every item but the first of a row is a target, and the whole catalogue is ranked."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from foveal.core.errors import DataError, ParameterError
from foveal.core.forms import Form
from foveal.data.batches import Batch
from foveal.layers.item_losses import places_at_once
from foveal.models.item_net import ItemNet
from foveal.tasks.kind import Kind, Measures, Parameters, Problem
from foveal.train import metrics
from foveal.train.measures import Measure
from foveal.train.task import Task

#: How many recommendations the hit rate and NDCG look at, and items that are drawn for each step of a sampled loss.
TOP, NEGATIVES = 10, 1024
SAMPLED = "sampled_cross_entropy"


def next_item(*, sampled: bool = False) -> Task:
    """Learn the items of histories from those before them; measured by the rank of the last one of each row.

    `run` gives, packed in (B, 2), a row's mean loss over its targets and the rank of its last item among those that do
    not stand before it, 1 the best, NaN in training: to rank them there would take as long as the loss. Of equals the
    others come first.
    """
    return Task(
        encode=lambda y: torch.from_numpy(np.asarray(y, np.int64)),
        loss=lambda out, firsts: out[:, 0],
        decode=lambda out: out.argmax(dim=1).numpy() + 1,
        probabilities=None,
        tally=rank_tally,
        scores=rank_scores,
        measures=tuple(Measure(name, rank_tally, partial(_one, name)) for name in ("hit_rate", "ndcg", "mrr")),
        tells=metrics.always,
        run=partial(_run, NEGATIVES if sampled else 0),
    )


def _run(negatives: int, net: nn.Module, batch: Batch) -> Tensor:
    items, mask = batch.x
    body = item_net(net)
    drawn = body.draw(negatives) if negatives and net.training else None  # before dropout, alike in all processes
    lengths = mask.sum(1)
    places = torch.arange(items.shape[1], device=items.device)
    asked = (places >= batch.y[0][:, None]) & (places < lengths[:, None])
    row, target = asked.nonzero(as_tuple=True)
    args = items, mask, row, target - 1
    losses = body.losses(*args) if drawn is None else body.sampled_losses(*args, drawn)
    sums = losses.new_zeros(len(items)).index_add(0, row, losses)
    mean = sums / asked.sum(1).clamp(min=1)
    ranks = torch.full_like(mean, math.nan) if net.training else ranks_of_last(body, items, mask, lengths)
    return torch.stack((mean, ranks.detach()), 1)


def item_net(net: nn.Module) -> ItemNet:
    """Give the network over histories within `net_`."""
    body = net.get_submodule("body")
    if not isinstance(body, ItemNet):
        raise ParameterError(
            f"net: histories need a foveal.models.item_net.ItemNet, got {type(body).__name__}; make one of a body of "
            "your own, ItemNet(n_items, width, body, out)"
        )
    return body


def ranks_of_last(body: ItemNet, items: Tensor, mask: Tensor, lengths: Tensor) -> Tensor:
    """Rank the last item of each row among all that do not stand before it: 1 + how many score as much or more."""
    at_once = places_at_once(body.n_items)
    if len(items) > at_once:
        parts = zip(*(torch.split(part, at_once) for part in (items, mask, lengths)), strict=True)
        return torch.cat([ranks_of_last(body, *part) for part in parts])
    row = torch.arange(len(items), device=items.device)
    before = lengths - 1
    scores = body.scores(items, mask, row, (before - 1).clamp(min=0))
    scores = torch.cat((scores.new_full((len(items), 1), -math.inf), scores), 1)
    places = torch.arange(items.shape[1], device=items.device)
    own_item = items[row, before][:, None]
    own = scores.gather(1, own_item)
    scores.scatter_(1, torch.where(places < before[:, None], items, 0), -math.inf).scatter_(1, own_item, own)
    return (scores >= own).sum(1).to(scores.dtype)


def rank_tally(out: Tensor, firsts: Tensor, weight: Tensor | None) -> Tensor:
    """Sum the weights of the rows, count those that were ranked, and add up their hits, NDCG and reciprocal ranks."""
    total = out.new_full((), len(out), dtype=torch.float64) if weight is None else weight.to(torch.float64).sum()
    ranks = out[:, 1].to(torch.float64)
    known = ~ranks.isnan()
    ranks = torch.where(known, ranks, math.inf)
    return torch.stack((total, known.sum().to(torch.float64), *(values.sum() for values in of_ranks(ranks))))


def of_ranks(ranks: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Give hits, NDCG and reciprocal rank of each rank r: [r <= 10], [r <= 10] / log2(r + 1), 1 / r.

    NDCG of one relevant item: Järvelin and Kekäläinen 2002, whose ideal gain is 1.

    >>> [values.tolist() for values in of_ranks(torch.tensor([1.0, 3.0, 11.0]))][1]
    [1.0, 0.5, 0.0]
    """
    hits = (ranks <= TOP).to(ranks.dtype)
    return hits, hits / (ranks + 1).log2(), 1 / ranks


def rank_scores(sums: Tensor) -> dict[str, float]:
    """Give hit rate, NDCG and MRR of sums; NaN where nothing was ranked.

    >>> rank_scores(torch.tensor([4.0, 4.0, 2.0, 1.0, 1.2]))["hit_rate"]
    0.5
    """
    _, rows, *totals = sums.tolist()
    return {
        name: total / rows if rows else math.nan
        for name, total in zip(("hit_rate", "ndcg", "mrr"), totals, strict=True)
    }


def _one(name: str, sums: Tensor) -> float:
    return rank_scores(sums)[name]


def _learn(parameters: Parameters, y: Any, classes: Any) -> tuple[Problem, np.ndarray]:
    loss = parameters["loss"]
    if loss not in NEXT_ITEM.losses:
        raise ParameterError(
            f"loss={loss!r} does not fit histories; use 'cross_entropy', over the whole catalogue, or {SAMPLED!r}, "
            "over items that are drawn for each step"
        )
    return Problem(NEXT_ITEM, 1), _read(Problem(NEXT_ITEM, 1), parameters, y)


def _read(problem: Problem, parameters: Parameters, y: Any, name: str = "y") -> np.ndarray:
    firsts = np.asarray(y)
    if firsts.ndim != 1 or firsts.dtype.kind not in "iu" or (firsts < 1).any():
        raise DataError(f"{name} must hold the place of each row's first target, whole numbers from 1, (N,)")
    return firsts.astype(np.int64)


def _sized(problem: Problem, form: Form) -> Problem:
    values = form[0].values
    if values is None:
        raise DataError("rows of items must say how many there are: Part('items', (None,), 'int64', values=n + 1)")
    return replace(problem, n_outputs=values - 1)


def _task(problem: Problem, loss: Any, smoothing: float, dtype: torch.dtype) -> Task:
    return next_item(sampled=loss == SAMPLED)


def _decode(problem: Problem, predictions: np.ndarray) -> np.ndarray:
    return predictions


def _hit_rate(ranks: np.ndarray, truth: np.ndarray, weight: np.ndarray | None) -> float:
    return float(np.average(ranks <= TOP, weights=weight))


def _measure(problem: Problem, ranks: np.ndarray, y: np.ndarray, names: Sequence[str] | None) -> Measures:
    values = [each.mean().item() for each in of_ranks(torch.from_numpy(np.asarray(ranks, np.float64)))]
    return Measures(len(ranks), values[0], dict(zip(("hit_rate", "ndcg", "mrr"), values, strict=True)))


def _sound(problem: Problem, loss: Any) -> bool:
    return problem.classes is None and not (problem.mean or problem.deviation or problem.has_probabilities)


NEXT_ITEM = Kind(
    "next_item",
    metric="hit rate@10",
    losses=("cross_entropy", SAMPLED),
    learn=_learn,
    read=_read,
    truth=np.asarray,
    task=_task,
    decode=_decode,
    score=_hit_rate,
    measure=_measure,
    sound=_sound,
    sized=_sized,
    classifies=False,
    instead="for labels use CNNClassifier",
)
