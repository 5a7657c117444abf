"""Recommendations: the items of the largest scores for each history, a bounded number of scores at a time."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch

from foveal.core.device import running_threads, threads_for
from foveal.core.errors import DataError
from foveal.core.shelter import sheltered
from foveal.data.interactions.histories import Histories
from foveal.data.sequences import Sequences
from foveal.data.source import Array
from foveal.fitted.model import Fitted
from foveal.tasks.next_item import item_net

#: Scores that are there at a time, of all histories of a block together, and histories of a block at most.
SCORES, ROWS = 2**22, 256


class Best(NamedTuple):
    """For each history the items of the largest scores, (N, k), by number, 0 where there are none left, and scores."""

    items: Array
    scores: Array


def best_items(fitted: Fitted, histories: Sequences, k: int, *, exclude_seen: bool) -> Best:
    """Give the k best items for each history; of equal scores the item of the lower number comes first.

    What stands anywhere in a history is left out with `exclude_seen`, whatever part of it the network looks at. Memory:
    about `SCORES` numbers, or one row of scores where there are more items than that.
    """
    k = min(k, fitted.problem.n_outputs)
    items, scores = np.zeros((len(histories.lengths), k), np.int64), np.full((len(histories.lengths), k), -np.inf)
    for rows, found in score_blocks(fitted, histories):
        if exclude_seen:
            leave_out(found, histories, rows)
        best = largest(found, k)
        there = np.take_along_axis(found, best, 1)
        scores[rows] = there
        items[rows] = np.where(np.isneginf(there), 0, best + 1)
    return Best(items, scores)


def ranks_of(fitted: Fitted, histories: Sequences, targets: Array, *, exclude_seen: bool = True) -> Array:
    """Rank a target for each history among the items that are not in it: 1 + how many others score as much or more.

    A target that is unknown (0), or seen and to be left out, has rank infinity.
    """
    ranks = np.full(len(targets), np.inf)
    for rows, found in score_blocks(fitted, histories):
        if exclude_seen:
            leave_out(found, histories, rows)
        ranks[rows] = ranks_in(found, targets[rows])
    return ranks


def ranks_in(scores: Array, targets: Array) -> Array:
    """Rank a target in each row of scores, (N, n): 1 + how many others score as much or more; unknown ones at infinity.

    >>> ranks_in(np.array([[3.0, 1.0, 3.0]]), np.array([1])).tolist()
    [2.0]
    """
    own = np.where(targets > 0, scores[np.arange(len(targets)), np.maximum(targets, 1) - 1], -np.inf)
    ranks: Array = (scores >= own[:, None]).sum(1).astype(np.float64)
    return np.where(np.isneginf(own), np.inf, ranks)


def score_blocks(fitted: Fitted, histories: Sequences) -> Iterator[tuple[Array, Array]]:
    """Yield numbers of histories and the scores of all items for them, (N, n), a bounded number at a time.

    Histories of like length come together. One without items is scored as if it were all padding. Raises `DataError`
    for scores that are not finite.
    """
    body, like = item_net(fitted.net), next(fitted.net.parameters())
    n_items = fitted.problem.n_outputs
    length = fitted.settings["history_length"]
    rows_of = Histories.of_last(histories, n_items, length - 1)
    order = np.argsort(rows_of.lengths, kind="stable")
    at_once = max(1, min(ROWS, SCORES // n_items))
    threads = threads_for(fitted.cost.multiply_adds * at_once, like.device)
    for first in range(0, len(order), at_once):
        rows = order[first : first + at_once]
        with sheltered(), torch.no_grad(), running_threads(threads):
            items = torch.from_numpy(rows_of.rows.padded(rows)).to(like.device)
            mask = torch.from_numpy(rows_of.rows.there(rows)).to(like.device)
            found = body(items, mask).cpu().numpy()
        if not np.isfinite(found).all():
            wrong = int(rows[(~np.isfinite(found)).any(1)].min())
            raise DataError(
                f"history {wrong} gives scores that are not finite: weights of the model are no numbers, or too large; "
                "fit anew, with a lower learning_rate"
            )
        yield rows, found


def leave_out(scores: Array, histories: Sequences, rows: Array) -> None:
    """Put what stands in histories at minus infinity."""
    seen = histories.values[histories.places(rows)]
    owner = np.repeat(np.arange(len(rows)), histories.lengths[rows])
    scores[owner[seen > 0], seen[seen > 0] - 1] = -np.inf


def largest(scores: Array, k: int) -> Any:
    """Give the places of the k largest of each row, largest first."""
    if k < scores.shape[1]:
        least = -np.partition(-scores, k - 1, axis=1)[:, k - 1]
        above = scores > least[:, None]
        equal = scores == least[:, None]
        room = k - above.sum(1, keepdims=True)
        taken = above | (equal & (np.cumsum(equal, axis=1) <= room))
        places = np.nonzero(taken)[1].reshape(len(scores), k)
    else:
        places = np.broadcast_to(np.arange(scores.shape[1]), scores.shape)
    order = np.argsort(-np.take_along_axis(scores, places, 1), axis=1, kind="stable")
    return np.take_along_axis(places, order, 1)
