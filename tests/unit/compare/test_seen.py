"""What baselines see: texts as they are, arrays made small."""

import numpy as np

from foveal.compare.seen import functions_for, seen, what_is_seen
from foveal.compare.small import small_rows, source_of
from foveal.data.text.texts import Texts
from foveal.tasks.classification import CLASSIFICATION
from foveal.tasks.kind import Problem

PROBLEM = Problem(CLASSIFICATION, 2, np.arange(2))


def test_texts_are_seen_as_they_are():
    texts = Texts(["a", "b", "c"])
    assert seen(texts, np.array([2, 0])).tolist() == ["c", "a"]
    assert seen(texts).tolist() == ["a", "b", "c"]
    assert what_is_seen(texts) == "texts"
    assert [name for name, _, _ in functions_for(PROBLEM, texts)][1] == "logistic regression on words and pairs"


def test_arrays_are_seen_small():
    rows = source_of(np.random.default_rng(0).normal(size=(3, 32, 32)))
    assert np.array_equal(seen(rows), small_rows(rows))
    assert what_is_seen(rows) == "16x16 pixels"
    assert [name for name, _, _ in functions_for(PROBLEM, rows)] == [
        "majority class",
        "logistic regression",
        "extra trees",
    ]
