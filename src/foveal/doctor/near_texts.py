r"""Near duplicates of texts: those that share most of their runs of characters.

A text is the set S of hashes of its runs of `RUN` characters, lower case, white space made one. Two are near duplicates
where

    |S and S'| / |S or S'| >= ALIKE        (Jaccard 1901)

Candidates are found by the smallest values of `HASHES` random functions of the hashes: they agree for two texts as
often as the share above says (Broder 1997, On the resemblance and containment of documents). Texts that agree in all
`ROWS` of one of the bands are candidates, whose share is then counted. Two texts with a share of 0.8 miss each other
with a chance of (1 - 0.8^ROWS)^(HASHES / ROWS), 2 in a million.
"""

import re
from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from foveal.data.images.progress import SILENT, Progress

Array = NDArray[Any]

RUN, ALIKE, HASHES, ROWS = 5, 0.8, 100, 4
#: Runs of a text that are looked at: longer texts are told by their beginning.
MOST_RUNS = 20_000
#: Pairs of one bucket at most: of texts that are all alike each is held against those before it.
_NEIGHBOURS = 8
_PRIME = np.uint64(2**61 - 1)
_BLOCK = 256


def near_texts(texts: Sequence[str], rows: Array, progress: Progress = SILENT) -> Array:
    """Give near duplicates among rows as pairs (P, 2), those that share most first.

    >>> some = ["the quick brown fox jumps over the lazy dog", "The quick brown fox jumps over the lazy dogs", "no"]
    >>> near_texts(some, np.arange(3)).tolist()
    [[0, 1]]
    """
    signs = np.empty((len(rows), HASHES), np.uint32)
    for first in range(0, len(rows), _BLOCK):
        for place, row in enumerate(rows[first : first + _BLOCK].tolist(), start=first):
            signs[place] = _smallest(runs(texts[row]))
        progress.show("comparing texts", min(first + _BLOCK, len(rows)), 0, len(rows))
    pairs = _candidates(signs)
    alike = np.array([_share(texts[rows[a]], texts[rows[b]]) for a, b in pairs.tolist()])
    near = np.flatnonzero(alike >= ALIKE) if len(alike) else np.empty(0, np.intp)
    near = near[np.argsort(-alike[near], kind="stable")]
    found: Array = rows[pairs[near]]
    return found


def runs(text: str) -> Array:
    """Give the different hashes of a text's runs, (R,); a short text is one run.

    >>> len(runs("a  Cat")), len(runs(""))
    (1, 0)
    """
    plain = re.sub(r"\s+", " ", text.lower()).strip()
    some = {plain[first : first + RUN] for first in range(min(MOST_RUNS, max(1, len(plain) - RUN + 1)))} - {""}
    return np.array(sorted(crc32(run.encode("utf-8", "surrogatepass")) for run in some), np.uint64)


def _share(one: str, other: str) -> float:
    a, b = runs(one), runs(other)
    both = len(np.intersect1d(a, b))
    return both / max(1, len(a) + len(b) - both)


def _smallest(hashes: Array) -> Array:
    """Give the smallest value of each random function, (HASHES,); of an empty text what no other has."""
    if not len(hashes):
        return np.full(HASHES, 2**32 - 1, np.uint32)
    rng = np.random.default_rng(0)
    a, b = rng.integers(1, 2**29, (2, HASHES, 1), dtype=np.uint64)
    found: Array = ((a * hashes[None] + b) % _PRIME & np.uint64(2**32 - 1)).min(axis=1).astype(np.uint32)
    return found


def _candidates(signs: Array) -> Array:
    """Give pairs of rows (P, 2) that agree in all of one band."""
    keys = [np.empty(0, np.int64)]
    known = signs[:, 0] != 2**32 - 1
    for first in range(0, HASHES, ROWS):
        band = np.ascontiguousarray(signs[:, first : first + ROWS]).view(f"V{4 * ROWS}").ravel()
        _, number = np.unique(band, return_inverse=True)
        order = np.argsort(number, kind="stable")
        order = order[known[order]]
        for step in range(1, _NEIGHBOURS + 1):
            one, other = order[:-step], order[step:]
            same = number[one] == number[other]
            keys.append(one[same].astype(np.int64) * len(signs) + other[same])
    key = np.unique(np.concatenate(keys))
    return np.stack([key // len(signs), key % len(signs)], axis=1)
