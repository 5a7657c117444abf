"""The estimator of histories: who used what and when in, items for each user out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from typing import Any, NamedTuple, Self

import numpy as np

from foveal.core.errors import DataError, ParameterError
from foveal.core.parameters import PARAMETERS
from foveal.core.rules import check, count, shown
from foveal.core.shelter import sheltered
from foveal.core.warn import warn_user
from foveal.data.interactions.asking import (
    all_known,
    asked_of,
    check_asked,
    histories_given,
    is_table,
    known_only,
    named,
    rows_to_validate,
    used_items,
)
from foveal.data.interactions.histories import Histories
from foveal.data.interactions.ids import Ids, as_names
from foveal.data.interactions.interactions import Interactions
from foveal.data.interactions.kept import histories_in, items_in, kept_of, without_histories
from foveal.data.interactions.reading import read_interactions
from foveal.data.interactions.splits import held_back
from foveal.data.interactions.transitions import popularity
from foveal.data.sequences import Sequences
from foveal.data.source import Array
from foveal.estimators.base import BaseCNN
from foveal.estimators.constructor import Parameters, constructor_of
from foveal.estimators.kinds import recommender_kind
from foveal.fitted.recommending import best_items, ranks_of
from foveal.fitted.saving import save
from foveal.fitting.inputs import validates
from foveal.fitting.prepare import Job, prepare
from foveal.tasks.kind import Kind
from foveal.tasks.next_item import TOP
from foveal.train import EpochReport


class Recommendations(NamedTuple):
    """For each user or history k items and their scores, the best first; where fewer are left, None and -inf.

    Scores order the items of one history; they are logits, and no probabilities.
    """

    items: Array
    scores: Array


class Recommender(Parameters, BaseCNN):
    """Recommend the next items of users from their histories, with convolutions over them.

    `fit` takes interactions: a table with a user, an item and a time in each row (a DataFrame, a .csv, .tsv, .parquet
    or .inter file, columns). `recommend` gives items for users that are known, or for histories, of new users too.
    `score` is the hit rate@10, leave-last-out: how often the last item of a history is among the ten that are
    recommended from what came before it, out of all items that the user has not had.

    Parameters and fitted attributes are those of the other estimators as far as they mean something for histories;
    `net` is "auto", "next_item(...)" or "caser(...)", `loss` "cross_entropy", over the whole catalogue, or
    "sampled_cross_entropy". `valid_size` is the share of the users whose last item is held out to validate on.

    >>> model = Recommender(net="next_item(width=8, layers=2)", n_epochs=2, random_state=0)
    >>> rng = np.random.default_rng(0)
    >>> users, items = np.repeat(np.arange(30), 8), rng.integers(0, 12, 240)
    >>> model.fit((users, items)).recommend([3, 4], k=2).items.shape
    (2, 2)
    """

    __init__ = constructor_of("Recommender")

    valid_size: Any
    history_length: Any

    def _kind(self) -> Kind:
        return recommender_kind(None, None)

    def fit(  # type: ignore[override]
        self,
        interactions: Any,
        y: Any = None,
        *,
        validation: Any = None,
        user: str | None = None,
        item: str | None = None,
        time: str | None = None,
        value: str | None = None,
        at_least: float | None = None,
    ) -> Self:
        """Train a new network on interactions.

        Parameters
        ----------
        interactions : what `foveal.data.interactions.reading.read_interactions` reads, with `user`, `item`, `time`,
            `value` and `at_least`. Equal times stand in the order of the rows.
        y : nothing; targets stand in the histories.
        validation : interactions whose users' last items validate, in place of those of `valid_size` of the users; a
            split makes them, `foveal.leave_last_out` or `foveal.split_by_time`.

        Raises, and goes on with a checkpoint, as `CNNClassifier.fit` does.
        """
        read = {"user": user, "item": item, "time": time, "value": value, "at_least": at_least}
        for _ in self._trained(interactions, y, validation, read, each=False):
            pass
        return self

    def epochs(  # type: ignore[override]
        self,
        interactions: Any,
        y: Any = None,
        *,
        validation: Any = None,
        user: str | None = None,
        item: str | None = None,
        time: str | None = None,
        value: str | None = None,
        at_least: float | None = None,
    ) -> Iterator[EpochReport]:
        """Train as `fit` does, and yield a report after each epoch."""
        read = {"user": user, "item": item, "time": time, "value": value, "at_least": at_least}
        return self._trained(interactions, y, validation, read, each=True)

    def partial_fit(self, X: Any, y: Any = None, classes: Any = None, sample_weight: Any = None) -> Self:
        """Refuse: a catalogue is fixed by fit."""
        raise ParameterError(
            "Recommender has no partial_fit: the items are fixed by fit; fit anew with all interactions"
        )

    def _trained(
        self, interactions: Any, y: Any, validation: Any, read: Mapping[str, Any], *, each: bool
    ) -> Iterator[EpochReport]:
        if y is not None:
            raise DataError("a Recommender takes no y: targets stand in the histories; leave it out")
        rows, held = self._rows_of(read_interactions(interactions, **read), validation, read)
        weight = rows.n_targets
        with self._running(rows, rows.firsts, weight, self.checkpoint, validation=held, each=each) as (events, around):
            while True:
                with around():
                    report = next(events, None)
                if report is None:
                    return
                yield report

    def _rows_of(
        self, known: Interactions, validation: Any, read: Mapping[str, Any]
    ) -> tuple[Histories, tuple[Histories, Array] | None]:
        """Make rows to learn from and to validate on, the items being those that train."""
        for name in ("valid_size", "history_length"):
            check(name, getattr(self, name), PARAMETERS[name].rule)
        length = int(self.history_length)
        if validation is None:
            train, last = held_back(known, float(self.valid_size))
        else:
            others = {} if isinstance(validation, Interactions) else read
            train, last = known, read_interactions(validation, **others)
        items = used_items(train)
        if known.dropped:
            warn_user(f"{known.dropped:,} interactions were there before with the same user, item and time: left out")
        whole = train.numbered(items)
        if not (whole.lengths > 1).any():
            raise DataError(
                "no user has two events to learn from, and one is learnt from another; give longer histories"
            )
        everything = replace(known, items=items, histories=known.numbered(items))
        rows = Histories.of_all(whole, len(items), length)
        rows.kept = kept_of(known_only(everything), popularity(whole, len(items)))
        return rows, None if last is None else rows_to_validate(last, items, length, warn=validation is not None)

    def _prepared(self, X: Any, y: Any, sample_weight: Any = None, *, validation: Any = None, **how: Any) -> Job:
        request = self._request({}, validated=validation is not None)
        if validation is None:
            if name := validates(request.parameters):
                raise ParameterError(f"{name} needs histories to validate on, and nobody can be asked; give more users")
            if request.parameters["valid_size"]:
                warn_user("nobody can be asked for the last item to validate on: training goes without validation")
            request.parameters["valid_size"] = 0
        return prepare(request, X, y, sample_weight, validation=validation, **how)

    @property
    def items_(self) -> Array:
        """The names of the items, in the order of the network's outputs."""
        return self._catalogue().labels

    @property
    def users_(self) -> Array:
        """The names of the users whose histories are kept."""
        found = histories_in(self._fitted().kept)
        if found is None:
            raise AttributeError("the model file holds no histories; recommend takes them: recommend(histories)")
        return found[0].labels

    def recommend(self, users: Any, k: int = 10, *, exclude_seen: bool = True) -> Recommendations:
        """Recommend k items for each user or history.

        Parameters
        ----------
        users : names of users that fit has seen, whose histories are kept; or histories, a list of lists of items, the
            last one the latest; or interactions as `fit` takes them, whose users are answered in the order of
            their names, by these histories alone.
        k : how many items.
        exclude_seen : leave out what stands in the history.

        Raises `DataError` for a user or an item that fit has not seen. A history without items is answered by what is
        likely for anybody.
        """
        fitted = self._fitted()
        check("k", k, count(1))
        catalogue = self._catalogue()
        found = best_items(fitted, self._histories_for(users, catalogue), k, exclude_seen=exclude_seen)
        return Recommendations(named(catalogue, found.items), found.scores)

    def predict(self, X: Any) -> Array:  # type: ignore[override]
        """Give the one item that is recommended first for each user or history, `recommend(X, k=1)`."""
        first: Array = self.recommend(X, k=1).items[:, 0]
        return first

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Give the hit rate@10 of the last item of each history in X, from what came before it.

        All items that the user has not had are ranked, not a sample of them. Users of one event are not asked, nor
        those whose last item they have had before. An item that fit has not seen counts as missed.
        """
        if y is not None or sample_weight is not None:
            raise DataError("score asks for the last item of each history, and takes no y and no weights")
        ranks = self.ranks(X)
        return float((ranks <= TOP).mean())

    def ranks(self, X: Any) -> Array:
        """Give the rank of the last item of each history that is asked, 1 the best; infinity where fit has not seen it.

        `foveal.compare.recommendation` makes hit rates, NDCG and MRR of them.
        """
        fitted = self._fitted()
        with sheltered():
            histories, targets = asked_of(read_interactions(X), self._catalogue())
            check_asked(targets)
            return ranks_of(fitted, histories, targets)

    def save(self, path: str | PathLike[str], *, given: str | Sequence[str] = (), histories: bool = False) -> None:
        """Write the fitted model to one file that `foveal.load` reads.

        Who had what stays out of it: histories are about people, and a file is passed on. `recommend` then takes
        histories. With `histories=True` they are in the file, under the users' names.
        """
        fitted = self._fitted()
        with sheltered():
            kept = fitted.kept if histories else without_histories(fitted.kept)
            save(replace(fitted, kept=kept), path, given)

    def _catalogue(self) -> Ids:
        return items_in(self._fitted().kept)

    def _histories_for(self, users: Any, catalogue: Ids) -> Sequences:
        """Give histories by the numbers of the catalogue."""
        if is_table(users):
            return all_known(read_interactions(users), catalogue)
        rows = list(users) if not isinstance(users, str) and hasattr(users, "__iter__") else None
        if rows is None:
            raise DataError(f"recommend takes a list of users or of histories, got {shown(users)}; put it in a list")
        if rows and all(isinstance(row, list | tuple | np.ndarray) for row in rows):
            return histories_given(rows, catalogue)
        return self._of_users(rows)

    def _of_users(self, names: Sequence[Any]) -> Sequences:
        kept = histories_in(self._fitted().kept)
        if kept is None:
            raise DataError(
                "this model file holds no histories, so users are unknown to it; give histories, "
                "recommend([[item, item ...]]) or a table of them, or save with histories=True"
            )
        known, histories = kept
        numbers = known.numbers(as_names(names, "user")) if len(names) else np.zeros(0, np.int64)
        if not numbers.all():
            missing = int((numbers == 0).argmax())
            raise DataError(
                f"user {names[missing]!r} is not among the {len(known):,} of fit; give the history of a new user, "
                "recommend([[item, item ...]])"
            )
        return histories.chosen(numbers - 1)
