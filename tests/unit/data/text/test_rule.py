"""The input rule of texts."""

import pytest

from foveal.core.errors import ModelFileError
from foveal.data.text.learning import learn_vocabulary
from foveal.data.text.rule import TextRule, made_alike
from foveal.data.text.vocabulary import UNKNOWN


def test_a_rule_makes_texts_alike_first():
    rule = TextRule("NFC", True, learn_vocabulary(["café"], "characters"))
    assert TextRule.of(rule.steps()) == rule
    assert UNKNOWN not in rule.tokens(["CAFE\u0301"]).values
    assert made_alike(["\ud800\x00"], None, lower=False) == ["? "]
    with pytest.raises(ModelFileError, match="two steps, got 1"):
        TextRule.of(rule.steps()[:1])
