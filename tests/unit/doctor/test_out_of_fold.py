import numpy as np
import pytest

from foveal.doctor.out_of_fold import out_of_fold, tempered
from foveal.doctor.texts import made

from .planted import digits, of_arrays


@pytest.fixture(scope="module")
def subject():
    return of_arrays(*digits(300))


def test_probabilities_are_those_of_classes_and_mostly_right(subject):
    p = out_of_fold(subject, np.arange(300), np.ones(300, bool))
    assert np.allclose(p.sum(axis=1), 1, atol=1e-5)
    assert (p.argmax(axis=1) == subject.y).mean() > 0.85


def test_rows_that_are_left_out_teach_nothing(subject):
    kept = subject.y != 3
    p = out_of_fold(subject, np.arange(300), kept)
    assert (p[:, 3] == 0).all()


def test_texts_are_learnt_from_by_words_and_empty_ones_by_nothing():
    texts = ["a good film", "a bad film"] * 20
    subject = made("texts", texts, np.array([1, 0] * 20), None, None, None, [""] * 40)
    p = out_of_fold(subject, np.arange(40), np.ones(40, bool))
    assert (p.argmax(axis=1) == subject.y).all()
    subject = made("texts", [""] * 40, np.array([1, 0] * 20), None, None, None, [""] * 40)
    assert out_of_fold(subject, np.arange(40), np.ones(40, bool)) == pytest.approx(0.5)


def test_tempering_makes_probabilities_as_sure_as_they_are_right():
    rng = np.random.default_rng(0)
    right = rng.random(4000) < 0.8
    p = np.where(right[:, None], [0.99, 0.01], [0.99, 0.01])
    made_honest = tempered(p, np.where(right, 0, 1), np.ones(4000, bool))
    assert made_honest[0, 0] == pytest.approx(right.mean(), abs=0.01)
