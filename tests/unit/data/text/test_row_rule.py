"""Rows of one text or two, cut off, and their rule in a model file."""

import json

import numpy as np
import pytest

from foveal.core.errors import DataError, ModelFileError
from foveal.data.sequences import Sequences
from foveal.data.text.row_rule import RowRule, check_row_rule, cut, is_of_rows, joined
from foveal.data.text.rule import TextRule
from foveal.data.text.vocabulary import END, UNKNOWN, Vocabulary

RULE = TextRule("NFC", True, Vocabulary("words", ("a", "b")))


def texts(*rows):
    return np.array(rows, object)


def test_one_text_a_row():
    rows = RowRule(RULE, 1, 2).rows(texts("A b a", "", "c"))
    assert [rows.row(i).tolist() for i in range(3)] == [[3, 4], [], [UNKNOWN]]


def test_two_texts_have_an_end_between_them_and_share_the_length():
    rows = RowRule(RULE, 2, 5).rows(texts(["a b a", "b"], ["", "b b b"], ["", ""]))
    assert [rows.row(i).tolist() for i in range(3)] == [[3, 4, END, 4], [END, 4, 4], [END]]
    assert max(rows.lengths) <= 5
    assert RowRule(RULE, 2, None).rows(texts(["a b a", "b"])).row(0).tolist() == [3, 4, 3, END, 4]


def test_joined_rows_that_were_cut_do_not_hold_what_was_cut_off():
    rows = joined(cut(Sequences.of([[5, 6, 7], [8, 9], [], [4, 4, 4]]), 2))
    assert [rows.row(i).tolist() for i in range(2)] == [[5, 6, END, 8, 9], [END, 4, 4]]


@pytest.mark.parametrize(
    ("fitted", "X", "words"), [(1, texts(["a", "b"]), "got pairs"), (2, texts("a"), "got single ones")]
)
def test_other_rows_than_at_fit_are_refused(fitted, X, words):
    with pytest.raises(DataError, match=words):
        RowRule(RULE, fitted, None).rows(X)


def test_a_rule_comes_back_from_its_steps():
    rule = RowRule(RULE, 2, 9)
    steps = json.loads(json.dumps(rule.steps()))
    assert RowRule.of(steps) == rule
    assert list(check_row_rule(steps)) == steps
    assert is_of_rows(steps)
    assert not is_of_rows(steps[:2])
    assert not is_of_rows(())


@pytest.mark.parametrize(
    "change",
    [
        lambda steps: steps.pop(),
        lambda steps: steps.append(steps[2]),
        lambda steps: steps[2].update(texts=3),
        lambda steps: steps[2].update(texts=True),
        lambda steps: steps[2].update(most=0),
        lambda steps: steps[2].update(most=1.5),
        lambda steps: steps[2].update(more=1),
        lambda steps: steps[2].pop("most"),
        lambda steps: steps[1].update(entries=["a", "a"]),
        lambda steps: steps[1].update(entries=["\ud800"]),
        lambda steps: steps[1].update(entries=["a"] * 10**6),
        lambda steps: steps[1].update(pieces="lines"),
        lambda steps: steps[0].update(lower=1),
    ],
)
def test_crafted_rules_are_refused(change):
    steps = json.loads(json.dumps(RowRule(RULE, 1, 9).steps()))
    change(steps)
    with pytest.raises(ModelFileError):
        check_row_rule(steps)


def test_a_bad_last_step_is_told():
    steps = [*RULE.steps(), {"step": "rows", "texts": 7, "most": None}]
    with pytest.raises(ModelFileError, match=r"impossible step: \{'step': 'rows', 'texts': 7, 'most': None\}"):
        check_row_rule(steps)
