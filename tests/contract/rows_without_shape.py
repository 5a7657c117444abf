"""Texts, pairs of texts and histories for the contract: small data, small models, and what they answer."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from foveal import Recommender, TextClassifier, TextRegressor, Translator

_WORDS = {"one": "eins", "two": "zwei", "three": "drei", "four": "vier"}
TEXTS = [f"{'good' if i % 3 else 'bad'} {'word ' * (i % 7)}{i}" for i in range(40)]
SOURCES = [f"{a} {b}" for a in _WORDS for b in _WORDS] * 2
TARGETS = [" ".join(map(_WORDS.get, source.split())) for source in SOURCES]  # type: ignore[arg-type]
USERS, ITEMS = np.repeat(np.arange(24), 6), np.array([f"i{(u * u + t) % 9}" for u in range(24) for t in range(6)])
NEW = ["good", "", "bad bad word 7", "\U0001f600 never seen"]


class Case(NamedTuple):
    """An estimator, small parameters, what it is fitted to, and a function of a model: numbers of its answers."""

    estimator: Any
    small: dict[str, Any]
    data: tuple[Any, ...]
    answers: Callable[[Any], Any]

    def make(self, **parameters: Any) -> Any:
        return self.estimator(**{**self.small, **parameters})


def _best(model: Any) -> list[Any]:
    return [list(map(tuple, found)) for found in model.translate([*SOURCES[:3], "", "12 x"], beam=2, best=2)]


def _recommended(model: Any) -> list[Any]:
    found = model.recommend([["i1", "i2"], ["i3"], []], k=9)
    return [found.items.tolist(), found.scores.tolist()]


_SMALL = {"n_epochs": 2, "batch_size": 8, "random_state": 1, "checkpoint_every": "1h"}
_KIM = {"net": "wide_kim(vector=6, maps=4, buckets=10)"} | _SMALL
CASES = {
    "classes of texts": Case(
        TextClassifier,
        _KIM,
        (TEXTS, ["+" if i % 3 else "-" for i in range(40)]),
        lambda m: m.decision_function(NEW).tolist(),
    ),
    "values of texts": Case(
        TextRegressor,
        _KIM | {"pieces": "bpe", "batch_tokens": 60},
        (TEXTS, np.arange(40.0)),
        lambda m: m.predict(NEW).tolist(),
    ),
    "pairs": Case(
        Translator,
        {"net": "conv_s2s(layers=1, width=8)", "vocabulary_size": 64, "batch_tokens": 60} | _SMALL,
        (SOURCES, TARGETS),
        _best,
    ),
    "histories": Case(
        Recommender,
        {"net": "caser(width=4, window=3, horizontal=2, vertical=2, neighbours=5)"} | _SMALL,
        ((USERS, ITEMS),),
        _recommended,
    ),
}


if __name__ == "__main__":
    for case in CASES.values():
        print(case.answers(case.make().fit(*case.data)))
