"""How near translations are to those that are right: chrF, BLEU, exact match."""

from collections.abc import Sequence
from typing import Any

from foveal.core.errors import ResourceError


def chrf(predicted: Sequence[str], right: Sequence[str]) -> float:
    """Give sacrebleu's chrF, from 0 to 100: the F-score of character n-grams, n = 1 to 6, recall counting twice.

    Source: Popovic 2015, chrF: character n-gram F-score, in sacrebleu's settings.

    >>> chrf(["a cat"], ["a cat"])
    100.0
    """
    return float(_sacrebleu().corpus_chrf(list(predicted), [list(right)]).score)


def bleu(predicted: Sequence[str], right: Sequence[str]) -> float:
    """Give sacrebleu's BLEU, from 0 to 100, tokens by "13a". Source: Papineni et al. 2002; Post 2018.

    >>> round(bleu(["a black cat sat"], ["a black cat sat"]))
    100
    """
    return float(_sacrebleu().corpus_bleu(list(predicted), [list(right)]).score)


def exact(predicted: Sequence[str], right: Sequence[str]) -> float:
    """Give the share that is right to the letter.

    >>> exact(["a cat", "a dog"], ["a cat", "the dog"])
    0.5
    """
    return sum(a == b for a, b in zip(predicted, right, strict=True)) / max(1, len(right))


def measures_of(predicted: Sequence[str], right: Sequence[str]) -> dict[str, float]:
    """Give all three.

    >>> sorted(measures_of(["a"], ["a"]))
    ['bleu', 'chrf', 'exact_match']
    """
    return {"chrf": chrf(predicted, right), "bleu": bleu(predicted, right), "exact_match": exact(predicted, right)}


def _sacrebleu() -> Any:
    try:
        import sacrebleu
    except ImportError as error:
        raise ResourceError('to score translations: pip install "foveal[text]"') from error
    return sacrebleu
