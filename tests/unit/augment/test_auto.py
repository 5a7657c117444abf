"""The rule of "auto": what it chooses for which rows, and what it says of it."""

import numpy as np
import pytest

import foveal
from foveal import CNNClassifier, CNNRegressor
from foveal.augment.auto import Rows, against_mirrors, auto
from foveal.augment.fits import check_fits
from foveal.augment.table import from_text
from foveal.core.forms import form_of
from foveal.data.rows import Rows as Source

SMALL = {"in_channels_list": (None, 3), "out_channels": 3, "n_epochs": 2, "batch_size": 16, "random_state": 0}
SHAPES = [(1, 20), (3, 20), (1, 8, 8), (1, 28, 28), (3, 32, 32), (3, 224, 224), (4, 64, 64), (1, 9, 9, 9), (3, 40, 300)]
NAMES = [None, (), ("cat", "dog"), tuple("0123456789"), ("turn left", "turn right")]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("names", NAMES)
def test_what_is_chosen_has_a_meaning_for_the_rows(shape, names):
    chosen, said = auto(Rows(shape, names=names))
    for text in chosen:
        check_fits(from_text(text), form_of(shape))
    assert chosen
    assert said
    assert ("flip" in chosen) == (len(shape) == 3 and names == ("cat", "dog"))


def test_rows_that_are_stored_larger_are_cut():
    for shape, cut, instead in (((3, 32, 32), "crop", "shift(share=0.08)"), ((3, 64, 64), "resized_crop", "shift")):
        chosen = auto(Rows(shape, names=("cat", "dog"), larger=True)).augment
        assert cut in chosen
        assert instead not in chosen


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (("cat", "dog"), ""),
        (("T-shirt/top", "Trouser", "Bag"), ""),
        (None, "the classes have no names, so they may be digits or letters"),
        (tuple("abc"), "classes such as 'a' are digits, letters or signs"),
        (("10", "11", "12"), "classes such as '10' are"),
        (("Zero", "One", "cat"), "classes such as 'Zero' are"),
        (("digit_3", "digit_4"), "classes such as 'digit_3' are"),
        (("hand-left", "hand-right"), "told apart by 'left'"),
        (("Clockwise", "none"), "told apart by 'clockwise'"),
        (("turnLeft", "turnRight"), "told apart by 'left'"),
        (("left2", "right2"), "told apart by 'left'"),
        (("digit0", "digit1"), "classes such as 'digit0' are"),
        (("class 0", "class_1"), "classes such as 'class 0' are"),
        (("A_lowercase", "a_uppercase"), "classes such as 'A_lowercase' are"),
        (("boeing 737", "airbus 320"), ""),
        (("leftovers", "brightness"), ""),
        (("cat", "dog", "bird", "x"), ""),
        (("猫", "犬"), "classes such as '猫' are"),
        ((), ""),
    ],
)
def test_what_speaks_against_mirrors(names, why):
    found = against_mirrors(names)
    assert why in found
    assert bool(found) == bool(why) or names == ()


def test_tables_and_odd_rows_get_nothing():
    assert auto(Rows((1, 30), table=True)).augment == []
    assert auto(Rows((None,))).augment == []
    assert auto(Rows((7,))).augment == []
    assert auto(Rows((1, 4, 4, 4, 4))).augment == []


def of(y, shape=(12, 12), **options):
    X = np.random.default_rng(0).integers(0, 256, (len(y), *shape), dtype=np.uint8)
    return X, CNNClassifier(augment="auto", **SMALL, **options).fit(X, y)


def test_fit_keeps_what_was_chosen_and_a_model_file_too(tmp_path):
    X, model = of(np.array(["cat", "dog"] * 20))
    chosen = ["flip", "shift(share=0.08)", "rotate", "scale", "shear"]
    assert model.fitted_.settings["augment"] == chosen
    assert model.augment == "auto"
    model.save(tmp_path / "model.safetensors")
    assert foveal.load(tmp_path / "model.safetensors").augment == chosen
    named = CNNClassifier(augment=chosen, **SMALL).fit(X, np.array(["cat", "dog"] * 20))
    np.testing.assert_array_equal(model.predict_proba(X), named.predict_proba(X))


def test_labels_that_are_numbers_have_no_names_and_a_source_may_have_some():
    X, model = of(np.arange(40) % 2)
    assert "flip" not in model.fitted_.settings["augment"]
    rows = Source(X[..., None])
    rows.class_names = ["cat", "dog"]
    assert "flip" in model.fit(rows, np.arange(40) % 2).fitted_.settings["augment"]


def test_tables_signals_and_values():
    X, y = np.random.default_rng(0).normal(size=(40, 30)), np.arange(40) % 2
    options = SMALL | {"augment": "auto"}
    assert CNNClassifier(**options).fit(X, y).fitted_.settings["augment"] == []
    assert "shift(share=0.05)" in CNNClassifier(**options, layout="NL").fit(X, y).fitted_.settings["augment"]
    assert CNNRegressor(**options, layout="NL").fit(X, X[:, 0]).fitted_.settings["augment"] == ["noise(share=0.05)"]


def test_it_is_said_once(capsys):
    of(np.array(["turn left", "turn right"] * 20), verbose=1)
    said = capsys.readouterr().err
    assert said.count("augment='auto' is ['shift(share=0.08)', 'rotate', 'scale', 'shear']") == 1
    assert "no mirror: the classes are told apart by 'left'" in said


def test_a_run_that_goes_on_knows_it(tmp_path):
    y = np.array(["cat", "dog"] * 20)
    whole = of(y)[1]
    first = of(y, checkpoint=tmp_path)[1]
    again = of(y, checkpoint=tmp_path)[1]
    for model in (first, again):
        np.testing.assert_array_equal(model.history_["train_loss"], whole.history_["train_loss"])


def test_partial_fit_resolves_it_too():
    X, y = np.zeros((20, 12, 12), np.uint8), np.arange(20) % 2
    model = CNNClassifier(augment="auto", **SMALL).partial_fit(X, y, classes=[0, 1]).partial_fit(X, y)
    assert model.fitted_.settings["augment"] == ["shift(share=0.08)", "rotate", "scale", "shear"]
