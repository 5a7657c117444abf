import numpy as np

from foveal.doctor.near_texts import near_texts, runs

WORDS = ["sea", "calm", "grey", "under", "low", "sky", "while", "gulls", "cried", "over", "empty", "harbour", "nobody"]


def text(seed):
    return " ".join(np.random.default_rng(seed).permutation(WORDS * 3))


def test_texts_with_a_word_changed_are_found_and_others_are_not():
    base = [text(seed) for seed in range(30)]
    changed = [each.replace("gulls", "crows", 1).upper() for each in base[:10]]
    pairs = near_texts([*base, *changed], np.arange(40))
    assert sorted(map(tuple, pairs.tolist())) == [(row, 30 + row) for row in range(10)]


def test_empty_texts_are_like_nothing():
    assert near_texts(["", " ", "a"], np.arange(3)).shape == (0, 2)


def test_runs_do_not_mind_case_and_space():
    assert runs("To  be\nor not").tolist() == runs("to be or not").tolist()
    assert len(runs("abcdefg")) == 3
