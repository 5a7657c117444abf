"""Pairs of texts as rows of pieces."""

import numpy as np
import pytest

from foveal.data.promises import check_source
from foveal.data.text.pairs import Cutting, Pairs, pairs_of_rule
from foveal.data.text.vocabulary import END

SOURCES = ["a cat", "a dog and a cat", "", "12 cats"] * 5
TARGETS = ["eine Katze", "ein Hund und eine Katze", "", "12 Katzen"] * 5
EVERY = np.arange(20)


def learnt(**how):
    return Pairs.of(SOURCES, TARGETS, Cutting(size=60, **how)).learnt(EVERY)


def test_rows_end_and_targets_begin_and_end_in_end():
    pairs = learnt()
    check_source(pairs)
    source, source_mask, target, target_mask = pairs.read(np.array([0, 2]))
    assert source[1].tolist()[:2] == [END, 0]
    assert target[1].tolist()[:3] == [END, END, 0]
    assert source_mask.sum(1).tolist() == [len(source[0]), 1]
    assert pairs.lengths[0] == max(source_mask[0].sum(), target_mask[0].sum())
    assert pairs.weights[0] == target_mask[0].sum() - 1


def test_before_they_have_learnt_rows_are_their_ends():
    pairs = Pairs.of(SOURCES, TARGETS)
    check_source(pairs)
    assert [part.values for part in pairs.form] == [None] * 4


def test_pieces_are_learnt_from_the_training_rows_alone():
    pairs = Pairs.of([*SOURCES, "zebra"], [*TARGETS, "Zebra"], Cutting(size=60)).learnt(EVERY)
    assert not any("z" in entry for entry in pairs.rule.source.vocabulary.entries)
    assert pairs.parts_of(20) == ("zebra",)  # it has characters that are not known


def test_one_vocabulary_or_two():
    assert len(learnt(shared=True).input_rule) == 3
    assert len(learnt().input_rule) == 5
    form = learnt(shared=True).form
    assert form[0].values == form[2].values


def test_numbers_are_hidden_on_both_sides():
    pairs = learnt()
    rule = pairs.rule
    _, (parts,) = rule.alike_sources(["12 cats"])
    assert parts == ("12",)
    assert "12" not in rule.alike_targets(["12 Katzen"], [parts])[0]
    assert rule.text(rule.target.vocabulary.tokens(rule.alike_targets(["12 Katzen"], [parts])).row(0), parts) == (
        "12 Katzen"
    )


def test_rows_are_cut_at_the_longest():
    with pytest.warns(UserWarning, match=r"of 40 texts 10 are longer than max_length=3 pieces"):
        pairs = learnt(longest=3)
    assert pairs.lengths.max() == 5  # with both ends of a target
    assert pairs.read(np.array([1]))[2][0, -1] == END


def test_an_epoch_cuts_them_anew_and_the_same_epoch_alike():
    pairs = learnt(rate=0.4).chosen(np.arange(10))
    a, b, again = (pairs.at(3, epoch).read(np.arange(10))[0].tolist() for epoch in (1, 2, 1))
    assert a == again != b
    assert learnt().at(3, 1).read(np.array([1]))[0].tolist() == learnt().read(np.array([1]))[0].tolist()


def test_the_digest_knows_texts_order_and_cutting():
    one = Pairs.of(SOURCES, TARGETS)
    assert one.digest() == Pairs.of(list(SOURCES), TARGETS).digest()
    others = [Pairs.of(SOURCES[::-1], TARGETS), Pairs.of(SOURCES, TARGETS[::-1]), one.chosen(EVERY[1:]),
              Pairs.of(SOURCES, TARGETS, Cutting(lower=True))]  # fmt: skip
    assert len({one.digest(), *(other.digest() for other in others)}) == 5


def test_other_texts_are_cut_by_the_same_rule():
    pairs = learnt()
    other = pairs.alike((["a cat"], ["eine Katze"]))
    assert other.read(np.array([0]))[2].tolist() == pairs.read(np.array([0]))[2].tolist()
    given = pairs_of_rule(["a cat"], pairs.input_rule)
    assert given.read(np.array([0]))[0].tolist() == pairs.read(np.array([0]))[0].tolist()
    assert given.read(np.array([0]))[2].tolist() == [[END, END]]


def test_what_are_no_pairs_is_told():
    with pytest.raises(ValueError, match=r"must be pairs, got 2 sources and 1 targets; give each source"):
        Pairs.of(["a", "b"], ["a"])
    with pytest.raises(ValueError, match=r"row 1 of sources is missing"):
        Pairs.of(["a", None], ["a", "b"])
    with pytest.raises(ValueError, match=r"sources is empty"):
        Pairs.of([], [])
    with pytest.raises(ValueError, match=r"none are learnt yet"):
        Pairs.of(["a"], ["b"]).alike((["a"], ["b"]))
    with pytest.raises(ValueError, match=r"must be \(sources, targets\)"):
        learnt().alike(["a"])
