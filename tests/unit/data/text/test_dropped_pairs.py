"""Merges left out by chance: the tokenizer's own where none is, as often as is said, a function of epoch and place."""

import numpy as np

from foveal.data.text.dropped_pairs import DroppedPairs
from foveal.data.text.learning import learn_vocabulary

TEXTS = ["the lower the better", "lowest and newest, wider", "newer widest " + "x" * 99] * 30
VOCABULARY = learn_vocabulary(TEXTS, "bpe", size=60)


def test_without_dropout_the_pieces_are_the_tokenizers():
    found = DroppedPairs(TEXTS, VOCABULARY, 0.0).tokens(1, 1)
    expected = VOCABULARY.tokens(TEXTS)
    assert found.values.tolist() == expected.values.tolist()
    assert found.lengths.tolist() == expected.lengths.tolist()


def test_with_dropout_there_are_more_pieces_of_the_same_texts():
    dropped = DroppedPairs(TEXTS, VOCABULARY, 0.3)
    found = dropped.tokens(1, 1)
    assert len(found.values) > 1.2 * len(VOCABULARY.tokens(TEXTS).values)
    assert [VOCABULARY.text(found.row(row)) for row in range(len(TEXTS))] == TEXTS


def test_an_epoch_is_a_function_of_seed_and_number():
    dropped = DroppedPairs(TEXTS, VOCABULARY, 0.3)
    first = dropped.tokens(1, 1).values
    assert np.array_equal(first, DroppedPairs(TEXTS, VOCABULARY, 0.3).tokens(1, 1).values)
    assert not np.array_equal(first, dropped.tokens(1, 2).values)
    assert not np.array_equal(first, dropped.tokens(2, 1).values)


def test_all_merges_left_out_leave_characters():
    found = DroppedPairs(["newest"], VOCABULARY, 1.0 - 1e-12).tokens(0, 0)
    assert len(found.values) == len("newest") + 1  # and the space before


def test_no_texts_and_no_words():
    assert len(DroppedPairs([""], VOCABULARY, 0.5).tokens(0, 0).values) == 0
