"""Texts as a source: what it learns, and from which rows."""

import numpy as np
import pytest

from foveal.core.errors import DataError
from foveal.data.input_rules import check_input_rule, learnt_from, rows_given
from foveal.data.promises import check_source
from foveal.data.source import is_source
from foveal.data.text.texts import Texts
from foveal.data.text.vocabulary import UNKNOWN

ROWS = ["to be", "or not to be", "", "that"]
TOLD = {
    "pieces": "auto", "vocabulary_size": 100, "lower": True, "unicode_form": "NFC", "max_length": None, "vectors": None,
}  # fmt: skip


def learnt(texts=ROWS, rows=(0, 1, 2), **told):
    return Texts(texts).told(TOLD | told).learnt(np.array(rows))


def test_it_keeps_the_contract_before_and_after_it_has_learnt():
    for source in (Texts(ROWS), learnt()):
        assert is_source(source)
        check_source(source)
        assert len(source) == 4
        assert source.statistics(np.arange(4), np.float32) is None


def test_the_vocabulary_is_that_of_the_training_rows_alone():
    source = learnt()
    assert set(source.rule.rule.vocabulary.entries) == {"to", "be", "or", "not"}
    tokens, mask = source.read(np.array([2, 3]))
    assert tokens.tolist() == [[0], [UNKNOWN]]
    assert mask.tolist() == [[False], [True]]
    assert source.lengths.tolist() == [2, 4, 1, 1]
    assert source.form[0].values == 7
    assert Texts(ROWS).form[0].values is None


def test_other_texts_are_read_by_what_was_learnt():
    source = learnt()
    other = source.alike(["not that", "be"])
    assert other.rule == source.rule
    assert other.read(np.array([0]))[0].tolist()[0][1] == UNKNOWN
    given = rows_given(["not that", "be"], source.input_rule)
    assert given.digest() == other.digest()
    assert learnt_from(check_input_rule(source.input_rule)) == "texts"


def test_chosen_rows_are_the_same_rows():
    source = learnt()
    few = source.chosen(np.array([3, 1]))
    assert few.texts.tolist() == ["that", "or not to be"]
    assert few.read(np.array([1]))[0].tolist() == source.read(np.array([1]))[0].tolist()


def test_a_digest_is_that_of_the_texts():
    assert Texts(ROWS).digest() == Texts(list(ROWS)).digest()
    assert Texts(ROWS).digest() != Texts([*ROWS[:3], "than"]).digest()
    assert Texts(["ab", "c"]).digest() != Texts(["a", "bc"]).digest()
    assert learnt().digest() == learnt().digest() != learnt(rows=(0, 1, 3)).digest()
    assert Texts(["\ud800"]).digest()


@pytest.mark.parametrize(
    ("texts", "pieces"),
    [
        (ROWS, "words"),
        (["我们在这里等了很久也没有看到他的影子"] * 3, "characters"),
        (["", ""], "words"),
        (["a" * 500], "characters"),
    ],
)
def test_pieces_go_by_the_spaces(texts, pieces):
    assert Texts(texts).pieces == pieces
    assert Texts(texts).told(TOLD | {"pieces": "bytes"}).pieces == "bytes"


def test_texts_without_any_piece_are_refused():
    with pytest.raises(DataError, match="hold no piece, they are empty"):
        learnt(["", " "], (0, 1))
    assert len(learnt(["", " "], (0, 1), pieces="bytes")) == 2


def test_what_is_told_counts():
    assert "To" in learnt(["To be", "to be"], (0, 1), lower=False).rule.rule.vocabulary.entries
    assert learnt(max_length=2).lengths.max() == 2
    assert len(learnt(vocabulary_size=1).rule.rule.vocabulary.entries) == 1
    assert learnt([("a b", "c"), ("d", "")], (0,)).read(np.array([0]))[0].shape == (1, 4)
