"""Near duplicates of pictures: few candidates for each row by small descriptors, in blocks, and those held together.

1. Of each row the grey picture of 16x16, averaged to 8x8, less its mean, is a direction d of 64 numbers. Candidates of
   a row are the `MOST` rows with the largest d . d' above `FLOOR`; all rows are compared, a block at a time.
2. Of these remain the ones whose 16x16 differ from the row's, apart from its tangents (`registration.tangents`), by at
   most `LOOSE` of its variance; then those of which `registration.unexplained` leaves at most `HALFWAY` of the 16x16.
3. Of those, near duplicates are the pairs of which it leaves `SURE` at most of the 32x32 in colour. Where a side has
   fewer than `SMALL_SIDE` pixels it is `SURE_OF_SMALL`: the fewer the pixels, the more pictures look alike by nature.

Each pair of numbers is the share that may differ, and that in the worst square. They were chosen by
what benchmarks/doctor.py plants among emoji, tiles of photographs and pictures of Fashion-MNIST.
Memory: 64 floats and 256 bytes a row, and blocks of a fixed size.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from foveal.core.warn import warn_user
from foveal.data.images.progress import SILENT, Progress
from foveal.doctor.registration import Unexplained, blurred, tangents, unexplained
from foveal.doctor.traits import SIDE, Traits, pooled

Array = NDArray[Any]

MOST, FLOOR, LOOSE = 32, 0.65, 0.2
HALFWAY, SURE, SURE_OF_SMALL = (0.04, 0.3), (0.012, 0.05), (0.007, 0.033)
SMALL_SIDE = 40
#: Pairs that are held together at most: half an hour's work. The nearest come first.
MOST_PAIRS = 1_000_000
#: Products of a block, rows of tangents at once, pairs at once.
_PRODUCTS, _ROWS, _PAIRS = 2**25, 256, 256


def near_pairs(traits: Traits, rows: Array, progress: Progress = SILENT) -> tuple[Array, Array]:
    """Give near duplicates among rows as pairs (P, 2) of their numbers, the nearest first, and what differs (P,)."""
    small = traits.small
    assert small is not None  # noqa: S101  (traits of pictures have it)
    tiny = traits.sides.min(axis=1) < SMALL_SIDE
    candidates = _candidates(traits.grey, rows, progress)
    found, shares = [np.empty((0, 2), np.intp)], [np.empty(0)]
    for first in range(0, len(candidates), _PAIRS):
        pairs = candidates[first : first + _PAIRS]
        pairs = pairs[_within(unexplained(*(traits.grey[pairs[:, side], ..., None] for side in (0, 1))), HALFWAY)]
        left = unexplained(*(small.read(pairs[:, side]).reshape(-1, SIDE, SIDE, 3) for side in (0, 1)))
        near = np.where(tiny[pairs].any(axis=1), _within(left, SURE_OF_SMALL), _within(left, SURE))
        found.append(pairs[near])
        shares.append(left.share[near])
        progress.show("near duplicates", min(first + _PAIRS, len(candidates)), 0, len(candidates))
    share = np.concatenate(shares)
    order = np.argsort(share, kind="stable")
    return np.concatenate(found)[order], share[order]


def _within(left: Unexplained, bounds: tuple[float, float]) -> Array:
    found: Array = (left.share <= bounds[0]) & (left.worst <= bounds[1])
    return found


def directions(grey: Array) -> Array:
    """Give the direction of each picture: (N, 16, 16) -> (N, 64) of length 1; of a flat picture zeros.

    >>> directions(np.zeros((1, 16, 16), np.uint8)).any()
    np.False_
    """
    found = np.empty((len(grey), 64), np.float32)
    for first in range(0, len(grey), 4096):
        block = pooled(grey[first : first + 4096].astype(np.float32), 8).reshape(-1, 64)
        block -= block.mean(axis=1, keepdims=True)
        length = np.linalg.norm(block, axis=1, keepdims=True)
        found[first : first + len(block)] = np.where(length > 8, block / np.maximum(length, 1), 0)
    return found


def _candidates(grey: Array, rows: Array, progress: Progress) -> Array:
    """Find pairs that may be near duplicates, (P, 2) with the smaller number first."""
    all_of = directions(grey[rows])
    keys, shares = [np.empty(0, np.int64)], [np.empty(0, np.float32)]
    at_once = max(1, min(1024, _PRODUCTS // max(1, len(rows))))
    for first in range(0, len(rows), at_once):
        alike = all_of[first : first + at_once] @ all_of.T
        alike[np.arange(len(alike)), np.arange(first, first + len(alike))] = -1  # itself
        one, other = _largest(alike)
        one += first
        share = _loosely(grey, rows, one, other)
        near = share <= LOOSE
        low, high = np.minimum(one, other)[near], np.maximum(one, other)[near]
        keys.append(low.astype(np.int64) * len(rows) + high)
        shares.append(share[near])
        progress.show("comparing rows", first + len(alike), 0, len(rows))
    key, share = np.concatenate(keys), np.concatenate(shares)
    order = np.argsort(share, kind="stable")
    _, places = np.unique(key[order], return_index=True)  # of both directions the nearer
    if len(places) > MOST_PAIRS:
        warn_user(
            f"of {len(places):,} pairs that are alike the nearest {MOST_PAIRS:,} are compared: there may be more "
            "near duplicates; drop those that are found, and look again"
        )
    chosen = key[order][np.sort(places)[:MOST_PAIRS]]
    return np.stack([rows[chosen // len(rows)], rows[chosen % len(rows)]], axis=1)


def _largest(alike: Array) -> tuple[Array, Array]:
    """Give for each row the columns of its largest values above the floor, at most `MOST`."""
    above = alike >= FLOOR
    crowded = np.flatnonzero(above.sum(axis=1) > MOST)
    if len(crowded):
        kept = np.argpartition(alike[crowded], -MOST, axis=1)[:, -MOST:]
        above[crowded] = False
        above[crowded[:, None], kept] = True
    one, other = np.nonzero(above)
    return one, other


def _loosely(grey: Array, rows: Array, one: Array, other: Array) -> Array:
    """Give the share of the first one's variance that is left apart from its tangents; `one` ascends."""
    found = np.empty(len(one), np.float32)
    starts = np.searchsorted(one, np.arange(one[0], one[-1] + 1 + _ROWS, _ROWS)) if len(one) else np.zeros(1, int)
    for start, stop in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        if start == stop:
            continue
        own, place = np.unique(one[start:stop], return_inverse=True)
        base = blurred(grey[rows[own]][..., None])[..., 0]
        turned, _ = np.linalg.qr(tangents(base).reshape(len(own), 4, -1).transpose(0, 2, 1))
        variance = np.maximum(base.reshape(len(own), -1).var(axis=1), 1.0)
        for low in range(start, stop, _PAIRS * 4):
            some = slice(low, min(stop, low + _PAIRS * 4))
            its = place[some.start - start : some.stop - start]
            differ = (blurred(grey[rows[other[some]]][..., None])[..., 0] - base[its]).reshape(len(its), -1)
            along = np.einsum("pvk,pv->pk", turned[its], differ)
            left = (differ**2).sum(axis=1) - (along**2).sum(axis=1)
            found[some] = left / (differ.shape[1] * variance[its])
    return found
