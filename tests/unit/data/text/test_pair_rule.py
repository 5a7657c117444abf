"""The rule of pairs, written and read again; any other is refused."""

import pytest

from foveal.core.errors import ModelFileError
from foveal.data.text.pair_rule import check_pair_rule, is_of_pairs
from foveal.data.text.rule import TextRule
from foveal.data.text.vocabulary import Vocabulary

STEPS = TextRule("NFC", False, Vocabulary("bpe", ("a", "b", "ab"), (("a", "b"),))).steps()
FIRST = {"step": "pairs", "longest": 9}


@pytest.mark.parametrize("steps", [[FIRST, *STEPS], [FIRST, *STEPS, *STEPS]])
def test_a_rule_comes_back_as_it_was(steps):
    rule = check_pair_rule(steps)
    assert is_of_pairs(steps)
    assert list(rule.steps()) == steps
    assert rule.shared == (len(steps) == 3)


@pytest.mark.parametrize(
    "steps",
    [
        [FIRST],
        [FIRST, *STEPS, STEPS[0]],
        [FIRST | {"longest": 2**40}, *STEPS],
        [FIRST | {"longest": True}, *STEPS],
        [FIRST | {"more": 1}, *STEPS],
        [FIRST, STEPS[1], STEPS[0]],
        [FIRST, STEPS[0], {**STEPS[1], "entries": ["a", "a", "b"]}],
        [FIRST, STEPS[0], {**STEPS[1], "entries": ["a", "b", "\ud800"]}],
        [FIRST, STEPS[0], {**STEPS[1], "merges": [["ab", "ab"]]}],
    ],
)
def test_any_other_is_refused(steps):
    with pytest.raises(ModelFileError, match=r"the file is damaged, or a newer foveal wrote it"):
        check_pair_rule(steps)
