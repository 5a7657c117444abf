import numpy as np
import pytest

from foveal import CNNClassifier, Translator
from foveal.compare.changed_rows import changed_rows
from foveal.core.errors import DataError
from foveal.fitted.predict import rows_of

RNG = np.random.default_rng(0)


def test_rows_that_are_not_changed_are_answered_as_by_predict():
    signals = [RNG.normal(size=(2, n)).astype(np.float32) for n in range(8, 24)]
    model = CNNClassifier(net="fcn", layout="NCL", n_epochs=1, random_state=0).fit(signals, [0, 1] * 8)
    drawn = np.array([1, 4, 9])
    rows = changed_rows(model.fitted_, signals, rows_of(model.fitted_, signals), drawn, 0)
    assert (rows.axes, rows.size) == (1, 9)
    assert (rows.answers(lambda x, *_: x, 0.0) == model.predict([signals[row] for row in drawn])).all()


def test_every_row_is_changed_once_and_keeps_its_length():
    signals = [np.full((1, n), float(n), np.float32) for n in range(8, 12)]
    model = CNNClassifier(net="fcn", layout="NCL", n_epochs=1, random_state=0).fit(signals, [0, 1] * 2)
    rows, seen = changed_rows(model.fitted_, signals, rows_of(model.fitted_, signals), np.arange(4), 0), []
    rows.answers(lambda x, amount, rng: seen.append((x.shape, amount)) or x, 2.0)
    assert seen == [((1, 1, n), 2.0) for n in range(8, 12)]


def test_pairs_are_not_measured():
    model = Translator(n_epochs=1, random_state=0, vocabulary_size=40).fit(["a b", "b a"] * 4, ["c d", "d c"] * 4)
    rows = rows_of(model.fitted_, ["a b"])
    with pytest.raises(DataError, match="pairs and histories are not measured so"):
        changed_rows(model.fitted_, ["a b"], rows, np.array([0]), 0)
