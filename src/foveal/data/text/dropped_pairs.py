"""Byte pairs of which some merges are left out by chance, anew in each epoch: a function of (seed, epoch, place)."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from foveal.core.randomness import derive, hashed
from foveal.data.sequences import Sequences
from foveal.data.text.vocabulary import FIRST, SPACE, UNKNOWN, Vocabulary, tokenizers, words_with_space

#: Ways in which each word may be cut: one of them is drawn wherever the word stands.
WAYS = 8
#: Longer words are cut in one way: merging is quadratic in their length.
_LONGEST = 64


class DroppedPairs:
    """Texts cut into pieces where each merge is left out with probability `rate`.

    Source: Provilkov et al. 2020, BPE-dropout, section 3.1. Deviation: for each word `WAYS` cuts are drawn once, and
    an epoch draws from these wherever the word stands: all of an epoch's texts are then cut by two gathers, where
    merging them anew took as long as the training.

    >>> vocabulary = Vocabulary("bpe", ("\u2581", "a", "b", "ab", "\u2581ab"), (("a", "b"), ("\u2581", "ab")))
    >>> texts = DroppedPairs(["ab ab"] * 50, vocabulary, 0.5)
    >>> a, b, again = (texts.tokens(0, epoch) for epoch in (1, 2, 1))
    >>> a.values.tolist() == again.values.tolist(), a.values.tolist() == b.values.tolist()
    (True, False)
    """

    def __init__(self, texts: Sequence[str], vocabulary: Vocabulary, rate: float) -> None:
        numbers: dict[str, int] = {}
        words = [[numbers.setdefault(word, len(numbers)) for word in _words(text)] for text in texts]
        self.words = Sequences.of(words)
        cuts = _Cuts(vocabulary, rate)
        self.ways = Sequences.of([way for word in numbers for way in cuts.ways(word)])

    def tokens(self, seed: int, epoch: int) -> Sequences:
        """Cut all texts as an epoch sees them."""
        if not len(self.words.values):
            return self.words
        places = np.arange(len(self.words.values))
        way = (hashed(places, derive(seed, "pieces", epoch)) >> np.uint64(32)) % np.uint64(WAYS)
        chosen = self.words.values.astype(np.int64) * WAYS + way.astype(np.int64)
        lengths = self.ways.lengths[chosen]
        ends = np.concatenate(([0], np.cumsum(lengths)))
        first, count = self.words.starts, self.words.lengths
        return Sequences.flat(self.ways.values[self.ways.places(chosen)], ends[first + count] - ends[first])


class _Cuts:
    """Byte pairs merged one after the other, some of them left out."""

    def __init__(self, vocabulary: Vocabulary, rate: float) -> None:
        self.vocabulary = vocabulary
        self.numbers = {entry: number for number, entry in enumerate(vocabulary.entries, FIRST)}
        self.ranks: Mapping[tuple[str, str], int] = {pair: rank for rank, pair in enumerate(vocabulary.merges)}
        self.rate = rate

    def ways(self, word: str) -> list[list[int]]:
        """Cut a word in `WAYS` ways, a function of the word alone."""
        if len(word) > _LONGEST:
            return [self.vocabulary.tokens([word.replace(SPACE, " ").removeprefix(" ")]).values.tolist()] * WAYS
        rng = np.random.default_rng(derive(0, "ways", *word.encode("utf-8", "replace")))
        drawn = iter(rng.random(WAYS * len(word) * (len(word) + 1)).tolist())
        return [self._cut(list(word), drawn) for _ in range(WAYS)]

    def _cut(self, pieces: list[str], drawn: Any) -> list[int]:
        """Merge, of the pairs that are not left out in this round, the one that was learnt first, until there is none.

        Provilkov et al. 2020, algorithm 1.
        """
        while True:
            ranked = [(self.ranks[pair], place) for place, pair in enumerate(pairwise(pieces)) if pair in self.ranks]
            kept = [found for found in ranked if next(drawn) >= self.rate]
            if not kept:
                return [self.numbers.get(piece, UNKNOWN) for piece in pieces]
            _, place = min(kept)
            pieces[place : place + 2] = ["".join(pieces[place : place + 2])]


def _words(text: str) -> list[str]:
    return [word for word, _ in words_with_space(tokenizers()).pre_tokenize_str(text)]
