"""Movie snippets can be learnt, and nothing is learnt from labels that are drawn by chance."""

import numpy as np
import pytest

from foveal import TextClassifier
from foveal.core.errors import ResourceError
from foveal.data.named import load_dataset

TRAINED, TESTED = 4000, 2000


@pytest.fixture(scope="module")
def snippets():
    try:
        data = load_dataset("movie-snippets")
    except ResourceError as error:
        pytest.skip(f"no network, no snippets: {error}")
    rows = np.random.default_rng(0).permutation(len(data.y_train))[: TRAINED + TESTED]
    return data.X_train.texts[rows], data.y_train[rows]


def score(X, y):
    model = TextClassifier(random_state=0).fit(X[:TRAINED], y[:TRAINED])
    return model.score(X[TRAINED:], y[TRAINED:])


def test_snippets_are_learnt(snippets):
    assert 0.72 < score(*snippets) < 0.85


def test_nothing_is_learnt_from_chance(snippets):
    X, y = snippets
    assert 0.46 < score(X, np.random.default_rng(1).permutation(y)) < 0.54
