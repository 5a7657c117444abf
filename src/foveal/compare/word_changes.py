"""Changes of a text by a known amount: words that are missing, letters that have changed places."""

import numpy as np


def without_words(text: str, share: float, rng: np.random.Generator) -> str:
    """Leave out each word by a chance of `share`; the text keeps at least one of its words.

    >>> without_words("a b c d", 0.5, np.random.default_rng(0))
    'a'
    """
    words = text.split()
    kept = [word for word, chance in zip(words, rng.random(len(words)), strict=True) if chance >= share]
    return " ".join(kept or words[:1])


def with_typos(text: str, share: float, rng: np.random.Generator) -> str:
    """Let two neighbouring letters change places in each word of two letters or more, by a chance of `share`.

    >>> with_typos("words of it", 1.0, np.random.default_rng(0))
    'wodrs fo ti'
    """
    return " ".join(_swapped(word, rng) if rng.random() < share else word for word in text.split())


def _swapped(word: str, rng: np.random.Generator) -> str:
    if len(word) < 2:
        return word
    at = int(rng.integers(len(word) - 1))
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
