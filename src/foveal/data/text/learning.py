"""Vocabularies learnt from texts: from the training rows alone, whoever calls it sees to that."""

import re
from collections import Counter
from collections.abc import Sequence

from foveal.core.choices import Pieces
from foveal.core.errors import DataError
from foveal.data.text.vocabulary import (
    FIRST,
    MOST_ENTRIES,
    Vocabulary,
    tokenizers,
    words_with_space,
)

#: Most different characters that pieces by byte pairs begin with; rarer ones are unknown.
_ALPHABET = 1000
#: Longest words that byte pairs are learnt from, in characters: what takes longer is cut. The trainer's time grows with
#: a word's square: one of 40,000 took 4 s, one of 100,000 26 s.
_LONGEST = 1000
_LONGER = re.compile(rf"(\w{{{_LONGEST}}}|[^\w\s]{{{_LONGEST}}})(?=\S)")


def learn_vocabulary(texts: Sequence[str], pieces: Pieces, *, size: int = 30_000, least: int = 1) -> Vocabulary:
    """Find the pieces of texts: the most frequent, `size` of them at most, that are there `least` times or more.

    Of equals the first in the order of code points is taken, so that the same texts give the same vocabulary.

    >>> learn_vocabulary(["to be or not to be", "be it"], "words", least=2).entries
    ('be', 'to')
    """
    if pieces == "bytes":
        return Vocabulary("bytes")
    most = min(size, MOST_ENTRIES)
    if pieces == "bpe":
        return _by_pairs(texts, most, least)
    counts: Counter[str] = Counter()
    cut = tokenizers().pre_tokenizers.Whitespace().pre_tokenize_str if pieces == "words" else None
    for text in texts:
        counts.update(text if cut is None else (word for word, _ in cut(text)))
    counts.pop("\x00", None)
    kept = sorted((entry for entry, n in counts.items() if n >= least), key=lambda entry: (-counts[entry], entry))
    return Vocabulary(pieces, tuple(kept[:most]))


def _by_pairs(texts: Sequence[str], most: int, least: int) -> Vocabulary:
    """Learn byte pairs with Hugging Face's trainer."""
    import json

    kit = tokenizers()
    made = kit.Tokenizer(kit.models.BPE())
    made.pre_tokenizer = words_with_space(kit)
    trainer = kit.trainers.BpeTrainer(
        vocab_size=most, min_frequency=max(least, 2), limit_alphabet=_ALPHABET, show_progress=False
    )
    made.train_from_iterator((_LONGER.sub(r"\1 ", text) for text in texts), trainer)
    model = json.loads(made.to_str())["model"]
    entries = tuple(sorted(model["vocab"], key=model["vocab"].__getitem__))
    if not entries:
        raise DataError("the texts to learn from hold no character; check how they were read")
    return Vocabulary("bpe", entries, tuple((a, b) for a, b in model["merges"]))


def share_known(vocabulary: Vocabulary, texts: Sequence[str]) -> float:
    """Give the share of the pieces of texts that the vocabulary has; 1 where there is none."""
    values = vocabulary.tokens(texts).values
    return float((values >= FIRST).mean()) if len(values) else 1.0
