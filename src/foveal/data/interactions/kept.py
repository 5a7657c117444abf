"""What a model keeps of interactions: names of items, and histories where they are to be kept; checked when read."""

from collections.abc import Mapping

import numpy as np

from foveal.data.interactions.ids import Ids
from foveal.data.interactions.interactions import Interactions
from foveal.data.sequences import Sequences
from foveal.data.source import Array

#: Names of the arrays; those of histories are there together or not at all.
ITEMS, USERS, VALUES, LENGTHS, BASELINES = "items", "users", "history_values", "history_lengths", "popularity"
_OF_HISTORIES = (USERS, f"{USERS}_ends", VALUES, LENGTHS)


def kept_of(interactions: Interactions, popularity: Array) -> dict[str, Array]:
    """Give the arrays: names of items, how often each was had in training, and histories by the users' names.

    >>> from foveal.data.interactions.interactions import interactions_of
    >>> sorted(kept_of(interactions_of([1], ["a"]), np.array([0, 1])))
    ['history_lengths', 'history_values', 'items', 'items_ends', 'popularity', 'users']
    """
    rows = np.arange(len(interactions.users))
    return {
        **interactions.items.tensors(ITEMS),
        BASELINES: popularity.astype(np.int64),
        **interactions.users.tensors(USERS),
        VALUES: interactions.histories.values[interactions.histories.places(rows)],
        LENGTHS: interactions.histories.lengths,
    }


def without_histories(kept: Mapping[str, Array]) -> dict[str, Array]:
    """Leave out who had what."""
    return {name: array for name, array in kept.items() if name not in _OF_HISTORIES}


def items_in(kept: Mapping[str, Array]) -> Ids:
    """Give the names of the items."""
    return Ids.from_tensors(kept, ITEMS)


def histories_in(kept: Mapping[str, Array]) -> tuple[Ids, Sequences] | None:
    """Give the users and their histories, None where they are not kept."""
    if VALUES not in kept:
        return None
    return Ids.from_tensors(kept, USERS), Sequences.flat(kept[VALUES], kept[LENGTHS])


def check_kept(kept: Mapping[str, Array], n_items: int) -> None:
    """Raise `ValueError` for arrays, as out of a model file, that `kept_of` does not give for so many items."""
    known = {ITEMS, f"{ITEMS}_ends", BASELINES, *_OF_HISTORIES}
    if strange := sorted(kept.keys() - known):
        raise ValueError(f"a model of histories keeps no {strange[0]!r}")
    for name in (ITEMS, BASELINES):
        if name not in kept:
            raise ValueError(f"{name} is missing")
    if len(items_in(kept)) != n_items:
        raise ValueError(f"there are names of {len(items_in(kept))} items, and the network knows {n_items}")
    counts = kept[BASELINES]
    if counts.dtype != np.int64 or counts.shape != (n_items + 1,) or (counts < 0).any():
        raise ValueError(f"{BASELINES} must be {n_items + 1} counts")
    _check_histories(kept, n_items)


def _check_histories(kept: Mapping[str, Array], n_items: int) -> None:
    of_histories = [name for name in (USERS, VALUES, LENGTHS) if name in kept]
    if not of_histories:
        return
    if len(of_histories) < 3:
        raise ValueError(f"of histories there is {of_histories[0]} alone")
    users, values, lengths = Ids.from_tensors(kept, USERS), kept[VALUES], kept[LENGTHS]
    shapes = values.ndim == 1 and lengths.shape == (len(users),)
    if not shapes or values.dtype != np.int32 or lengths.dtype != np.int64:
        raise ValueError("histories must be whole numbers, a length for each user")
    if (lengths < 1).any() or (lengths > len(values)).any() or int(lengths.sum()) != len(values):
        raise ValueError("the lengths of the histories do not add up to what is there")
    if len(values) and not (int(values.min()) >= 1 and int(values.max()) <= n_items):
        raise ValueError("histories hold items that are not there")
