"""Translations of a fitted model: the same whatever else is asked for."""

import pickle

import pytest
import torch

from foveal import Translator
from foveal.core.errors import DataError, ParameterError
from foveal.fitted import translating
from foveal.fitted.translating import translated

WORDS = {"one": "eins", "two": "zwei", "three": "drei", "four": "vier"}
SOURCES = [f"{a} {b}" for a in WORDS for b in WORDS] + list(WORDS)
TARGETS = [" ".join(map(WORDS.get, source.split())) for source in SOURCES]


@pytest.fixture(scope="module")
def model():
    how = {"net": "conv_s2s(layers=1, width=16, dropout=0)", "vocabulary_size": 64, "batch_tokens": 40}
    return Translator(n_epochs=30, learning_rate=0.02, random_state=0, valid_size=0, **how).fit(SOURCES, TARGETS)


def test_neither_batch_mates_nor_order_nor_blocks_change_a_translation(model, monkeypatch):
    texts = [*SOURCES, " ".join(SOURCES), "one 123 two"]
    whole = translated(model.fitted_, texts, best=5)
    alone = [translated(model.fitted_, [text], best=5)[0] for text in texts]
    turned = translated(model.fitted_, texts[::-1], best=5)[::-1]
    monkeypatch.setattr(translating, "MOST", 3)
    blocks = translated(model.fitted_, texts, best=5)
    for one, *others in zip(whole, alone, turned, blocks, strict=True):
        for other in others:
            assert [found.text for found in other] == [found.text for found in one]
            assert [found.score for found in other] == pytest.approx([found.score for found in one], abs=1e-6)


def test_there_are_as_many_as_are_asked_for_and_the_beam_holds(model):
    found = translated(model.fitted_, ["one two"], beam=3, best=2)
    assert len(found[0]) == 2
    assert len(translated(model.fitted_, ["one two"], beam=3, best=9)[0]) <= 3
    assert found[0][0].score >= found[0][1].score


@pytest.mark.parametrize("how", [{"beam": 0}, {"beam": 65}, {"length_penalty": -1.0}, {"best": 0}])
def test_what_is_no_beam_is_refused(model, how):
    with pytest.raises(ParameterError, match=next(iter(how))):
        translated(model.fitted_, ["one"], **how)


def test_weights_that_are_no_numbers_are_told(model):
    broken = pickle.loads(pickle.dumps(model.fitted_))
    with torch.no_grad():
        next(broken.net.parameters()).fill_(float("nan"))
    with pytest.raises(DataError, match="of X has no translation whose score is finite"):
        translated(broken, ["one two", "three"])
