"""Vocabularies: what a text becomes and back, and what a file may not hold."""

import pickle

import numpy as np
import pytest

from foveal.core.errors import ModelFileError
from foveal.data.text.learning import learn_vocabulary, share_known
from foveal.data.text.vocabulary import FIRST, PIECES, UNKNOWN, Vocabulary, check_vocabulary

TEXTS = ["Hello, World! It's 2024: don't 日本語 <b>%s</b>", "hello  there\nworld", "", "🙂 שלום " * 3]


@pytest.mark.parametrize("pieces", PIECES)
def test_what_was_learnt_goes_through_a_file_and_pickle_and_is_the_same_each_time(pieces):
    learnt = learn_vocabulary(TEXTS * 3, pieces, size=80)
    assert learnt == learn_vocabulary(TEXTS * 3, pieces, size=80)
    again = check_vocabulary(learnt.describe())
    assert again == learnt == pickle.loads(pickle.dumps(learnt))
    rows, same = learnt.tokens(TEXTS), again.tokens(TEXTS)
    assert np.array_equal(rows.values, same.values)
    assert rows.values.dtype == np.int32
    assert rows.values.max() < len(learnt)
    assert rows.lengths[2] == 0


@pytest.mark.parametrize("pieces", ["characters", "bytes", "bpe"])
def test_texts_of_known_pieces_come_back_whole(pieces):
    learnt = learn_vocabulary(TEXTS * 3, pieces)
    rows = learnt.tokens(TEXTS)
    texts = TEXTS if pieces != "bpe" else [text.removeprefix(" ") for text in TEXTS]
    assert [learnt.text(rows.row(i)) for i in range(4)] == texts
    assert share_known(learnt, TEXTS) == 1


def test_what_is_not_known_is_one_number_but_bytes_are_all_known():
    for pieces in ("words", "characters", "bpe"):
        learnt = learn_vocabulary(["ab ab ab", "abc abc"], pieces)
        assert UNKNOWN in learnt.tokens(["zz ab"]).values
    assert UNKNOWN not in Vocabulary("bytes").tokens(["zz"]).values
    assert Vocabulary("bytes").tokens(["a"]).values.tolist() == [ord("a") + FIRST]


SOUND = {"step": "pieces", "pieces": "bpe", "entries": ["a", "b", "ab"], "merges": [["a", "b"]]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pieces": "syllables"}, "must be of words, characters, bytes, bpe"),
        ({"entries": ["a", "b", "ab", "a"]}, "the entry 'a' twice"),
        ({"entries": ["a", "\ud800", "ab"]}, "the impossible entry"),
        ({"entries": ["a", "", "ab"]}, "the impossible entry"),
        ({"entries": ["a", "\x00pad", "ab"]}, "the impossible entry"),
        ({"entries": "ab"}, "must hold lists"),
        ({"entries": [f"{i}" for i in range(2**18 + 1)]}, "262,145 entries"),
        ({"entries": ["a" * 2**22, "b"]}, "4,194,304 characters are the most"),
        ({"merges": [["a", "ab"]]}, "the impossible merge"),
        ({"merges": [["a", "b"], ["a", "b"]]}, "the impossible merge"),
        ({"merges": [["a", ""]]}, "the impossible merge"),  # it would give "a" again, for ever
        ({"merges": [["a", "b", "ab"]]}, "the impossible merge"),
        ({"more": 1}, "must have entries, merges, pieces, step"),
    ],
)
def test_what_a_file_may_not_hold(change, message):
    with pytest.raises(ModelFileError, match=message):
        check_vocabulary(SOUND | change)
    assert check_vocabulary(SOUND).tokens(["ab"]).values.tolist() == [UNKNOWN, FIRST + 2]  # of the space
