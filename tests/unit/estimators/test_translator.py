"""The estimator of translations: what it learns, saves and goes on with, and what it refuses."""

import os
import pickle
import signal
import time

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

import foveal
from foveal import Translator
from foveal.core.errors import DataError
from foveal.fitting.checkpointing import Keeper

WORDS = {"one": "eins", "two": "zwei", "three": "drei", "four": "vier"}
SOURCES = [f"{a} {b}" for a in WORDS for b in WORDS] * 2 + list(WORDS) * 5
TARGETS = [" ".join(map(WORDS.get, source.split())) for source in SOURCES]
SMALL = {"net": "conv_s2s(layers=1, width=16, dropout=0.1)", "vocabulary_size": 64, "batch_tokens": 40,
         "random_state": 0, "n_epochs": 3, "label_smoothing": 0.0, "bpe_dropout": 0.0}  # fmt: skip


@pytest.fixture(scope="module")
def model():
    how = {"net": "conv_s2s(layers=1, width=32, dropout=0)", "n_epochs": 60, "learning_rate": 0.01}
    return Translator(**SMALL | how).fit(SOURCES, TARGETS)


def test_it_learns_to_translate_what_it_has_not_seen(model):
    assert model.predict(["two one", "four"]) == ["zwei eins", "vier"]
    assert model.score(SOURCES, TARGETS) > 90
    assert model.history_["valid_score"][-1] > model.history_["valid_score"][0]
    assert "valid_piece_accuracy" in model.history_


def test_a_file_gives_the_same_model(model, tmp_path):
    model.save(tmp_path / "model.safetensors")
    again = foveal.load(tmp_path / "model.safetensors")
    assert again.translate(SOURCES, best=3) == model.translate(SOURCES, best=3)
    assert again.get_params() == model.get_params()
    assert pickle.loads(pickle.dumps(model)).predict(["two one"]) == ["zwei eins"]


def test_columns_of_tables_are_lists(model):
    table = pd.DataFrame({"en": SOURCES, "de": TARGETS})
    one = Translator(**SMALL).fit(table["en"], table["de"])
    other = Translator(**SMALL).fit(SOURCES, np.array(TARGETS))
    assert one.history_["train_loss"] == other.history_["train_loss"]
    assert one.predict(table["en"][:2]) == other.predict(SOURCES[:2])


def test_the_same_seed_gives_the_same_and_settings_change_it():
    first = Translator(**SMALL).fit(SOURCES, TARGETS).history_["train_loss"]
    for how in ({"bpe_dropout": 0.3}, {"shared_vocabulary": True}, {"label_smoothing": 0.1}, {"lower": True}):
        one, again = (Translator(**SMALL | how).fit(SOURCES, TARGETS).history_["train_loss"] for _ in range(2))
        assert one == again
        assert one != first or how == {"lower": True}  # nothing is upper case here


def test_clones_grids_and_more_rows():
    grid = GridSearchCV(Translator(**SMALL | {"n_epochs": 1}), {"label_smoothing": [0.0, 0.1]}, cv=2)
    assert set(grid.fit(SOURCES, TARGETS).best_params_) == {"label_smoothing"}
    one = clone(Translator(**SMALL)).fit(SOURCES, TARGETS)
    before = one.fitted_.net.body.output.bias.clone()
    one.partial_fit(SOURCES[:8], TARGETS[:8])
    assert not (one.fitted_.net.body.output.bias == before).all()


def test_validation_on_pairs_that_are_given():
    model = Translator(**SMALL | {"early_stopping": True}).fit(SOURCES, TARGETS, validation=(SOURCES[:5], TARGETS[:5]))
    assert np.isfinite(model.history_["valid_loss"]).all()
    with pytest.raises(ValueError, match=r"validation's sources and targets must be pairs"):
        Translator(**SMALL).fit(SOURCES, TARGETS, validation=(SOURCES[:5], TARGETS[:4]))


@pytest.mark.parametrize("step", [1, 4, 9])
def test_a_run_that_is_broken_off_goes_on_to_the_same_bits(step, tmp_path, monkeypatch):
    how = SMALL | {"bpe_dropout": 0.3, "checkpoint_every": "1h"}
    whole = Translator(**how).fit(SOURCES, TARGETS)
    assert whole._state.step > 9
    pause, sent = Keeper.pause, []

    def pausing(self, state):
        if state.step == step and not sent:
            sent.append(os.kill(os.getpid(), signal.SIGTERM))
        return pause(self, state)

    with monkeypatch.context() as patch:
        patch.setattr(Keeper, "pause", pausing)
        with pytest.raises(SystemExit):
            Translator(**how, checkpoint=tmp_path).fit(SOURCES, TARGETS)
    again = Translator(**how, checkpoint=tmp_path).fit(SOURCES, TARGETS)
    assert again.history_["train_loss"] == whole.history_["train_loss"]
    for name, tensor in whole.net_.state_dict().items():
        assert (again.net_.state_dict()[name] == tensor).all(), name


@pytest.mark.parametrize(
    ("X", "y", "says"),
    [
        ("one text", ["x"], r"sources is one text"),
        (["a", None], ["b", "c"], r"row 1 of sources is missing \(None\)"),
        (["a", float("nan")], ["b", "c"], r"row 1 of sources is missing \(nan\)"),
        (["a", "b"], ["b", 7], r"row 1 of targets must be a text \(str\), got 7"),
        (["a"], None, r"requires y to be passed"),
        ([("a", "b")], ["b"], r"sources must have one text a row, got pairs"),
        ([], [], r"sources is empty"),
    ],
)
def test_what_are_no_texts_is_told_before_the_training(X, y, says):
    with pytest.raises((ValueError, TypeError), match=says):
        Translator(**SMALL).fit(X, y)


ODD = ["", " ", "\x00", "\U0001f600\U0001f600 one", "\u05e9\u05dc\u05d5\u05dd one", "\ud800", "one\n\ttwo", "42",
       "\ue000 12 \ue001",
       "e\u0301", "\u202eone", "zzz qqq"]  # fmt: skip


def test_odd_texts_are_learnt_from_and_answered(model):
    assert all(isinstance(text, str) for text in model.predict(ODD))
    odd = Translator(**SMALL).fit(SOURCES + ODD, TARGETS + ODD)
    assert len(odd.predict(ODD)) == len(ODD)


def test_missing_texts_and_others_than_texts_are_told_in_predicting(model):
    for X, says in (([None], "row 0 of sources is missing"), (["a", float("nan")], "row 1 of sources is missing"),
                    ("one", "put it into a list"), ([3], "must be a text"), ([], "is empty"),
                    ([("a", "b")], "one text a row")):  # fmt: skip
        with pytest.raises(DataError, match=says):
            model.predict(X)
    with pytest.raises(DataError, match="1 rows and 2 entries"):
        model.score(["one"], ["eins", "zwei"])


def test_nothing_but_empty_texts_on_a_side_and_a_single_pair():
    for X, y in ((["", ""], ["a", "b"]), (["a", "b"], ["", ""])):
        with pytest.raises(DataError, match="hold no character"):
            Translator(**SMALL | {"valid_size": 0}).fit(X, y)
    assert len(Translator(**SMALL | {"n_epochs": 1, "valid_size": 0}).fit(["a"], ["b"]).predict(["a"])) == 1


@pytest.mark.filterwarnings("ignore:of .* longer than max_length")
def test_lines_of_100_kilobytes_are_learnt_from_and_answered():
    """The trainer of byte pairs takes 26 s for such a word where it is left whole."""
    long = ["x" * 100_000, "one " * 25_000, "\U0001f600" * 25_000, "\0" * 100_000]
    began = time.process_time()
    model = Translator(**SMALL | {"n_epochs": 1}).fit(SOURCES + long, TARGETS + long)
    assert len(model.predict(long)) == 4
    assert time.process_time() - began < 15


def test_a_long_line_is_cut_with_a_word(model):
    with pytest.warns(UserWarning, match=r"of 2 texts 1 is longer than max_length=256 pieces"):
        found = model.predict(["one " * 25_000, "one"])
    assert found[1] == model.predict(["one"])[0]
