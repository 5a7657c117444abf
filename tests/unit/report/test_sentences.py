import numpy as np

from foveal import CNNClassifier, Translator
from foveal.report.judged import Judged
from foveal.report.sentences import SHOWN, SIGNS, of_texts


def test_rows_stand_beside_their_answers():
    sources, targets = [f"a {i}" for i in range(30)], np.array([f"b {i} " + "x" * 400 for i in range(30)], object)
    fitted = Translator(n_epochs=1, random_state=0, vocabulary_size=60).fit(sources, list(targets)).fitted_
    found = of_texts(Judged(fitted, "test", sources, targets, targets, None))["examples"]
    assert found["columns"] == ["source", "right", "answered"]
    assert len(found["rows"]) == SHOWN
    for source, right, answered in found["rows"]:
        assert right == answered == targets[sources.index(source)][:SIGNS]


def test_other_kinds_have_none():
    X = np.random.default_rng(0).random((8, 4, 4))
    fitted = CNNClassifier(n_epochs=1, random_state=0).fit(X, np.arange(8) % 2).fitted_
    assert of_texts(Judged(fitted, "test", X, np.arange(8) % 2, np.arange(8) % 2, None)) == {}
