"""What `augment="auto"` hears of a data set: its rows, and what its classes are called."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import foveal
from foveal import CNNClassifier, CNNRegressor
from foveal.cli.auto_augment import augmented
from foveal.data.dataset import Dataset
from foveal.data.named import NAMED, load_dataset

from .pictures import CLASSES, folders, table

X, Y = np.zeros((20, 12, 12), np.uint8), np.arange(20) % 2


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("FOVEAL_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("cat", "dog"), "mirrored, which none of the class names speaks against"),
        (("hand left", "hand right"), "no mirror: the classes are told apart by 'left'"),
        (("a", "b"), "no mirror: classes such as 'a' are digits, letters or signs"),
        (None, "no mirror: the classes have no names, so they may be digits or letters"),
    ],
)
def test_names_that_stand_apart_from_y_are_heard(names, said):
    found = augmented(CNNClassifier(augment="auto"), Dataset("two", X, Y, class_names=names))
    assert said in found.said[0]
    assert ("flip" in found.augment) == (names == ("cat", "dog"))
    assert found.source.form[0].shape == (1, 12, 12)


def test_what_is_named_is_as_it_is_named():
    found = augmented(CNNClassifier(augment=["flip", "rotate(10)"]), Dataset("two", X, Y))
    assert (found.augment, found.said) == (["flip", "rotate"], ())


def test_values_have_no_names():
    found = augmented(CNNRegressor(augment="auto"), Dataset("two", X, Y * 0.5))
    assert found.augment == ["noise(share=0.05)"]


def renamed(folder, names):
    """Rename class folders."""
    for old, new in zip(CLASSES, names, strict=True):
        (folder / old).rename(folder / new)
    return folder


def made(kind, names, path):
    """Write a source of one kind, whose classes have these names."""
    if kind == "folder":
        return renamed(folders(path / "in", rows=4), names)
    if kind == "table":
        made_table = table(path, rows=4)
        text = made_table.read_text()
        for old, new in zip(CLASSES, names, strict=True):
            text = text.replace(f",{old},", f",{new},")
        made_table.write_text(text)
        return made_table
    pixels, y = np.zeros((12, 9, 9), np.uint8), np.arange(12) % 3
    pixels[:, 0] = y[:, None] * 50
    if kind == "npy":
        for name, array in {"X": pixels, "y": y, "class_names": np.array(names)}.items():
            np.save(path / f"{name}.npy", array)
        return path
    held = {"y": np.array(names)[y]} if kind == "npz of names" else {"y": y, "class_names": np.array(names)}
    np.savez(path / "in.npz", X=pixels, **held)
    return path / "in.npz"


NAMES = {
    ("cat", "dog", "eel"): "mirrored, which none of the class names speaks against",
    ("turn left", "turn right", "go on"): "no mirror: the classes are told apart by 'left'",
    ("letter a", "letter b", "letter c"): "no mirror: classes such as 'letter a' are digits, letters or signs",
}


@pytest.mark.filterwarnings("ignore:valid_size")
@pytest.mark.parametrize("names", NAMES)
@pytest.mark.parametrize("kind", ["folder", "table", "npy", "npz", "npz of names"])
def test_a_training_hears_of_the_names_from_every_kind_of_source(train, tmp_path, kind, names):
    (tmp_path / "data").mkdir()
    source = made(kind, names, tmp_path / "data")
    result = train(source, "--set", "augment=auto", "--no-baselines", "--out", "run")
    assert result.code == 0, result.err
    assert result.err.count("augment='auto' is [") == 1
    assert NAMES[names] in result.err
    model = foveal.load("run/model.safetensors")
    assert ("flip" in model.fitted_.settings["augment"]) == (names[0] == "cat")


def test_named_sets_packs_and_folds_hear_of_them_too(foveal, train, monkeypatch):
    digits = load_dataset("digits")
    few = Dataset("digits", digits.X_train[:60], digits.y_train[:60], class_names=tuple("abcdefghij"))
    animals = ("ant", "bat", "cat", "dog", "eel", "fox", "gnu", "hen", "ibis", "jay")
    monkeypatch.setitem(NAMED, "digits", lambda: few)
    assert "no mirror: classes such as 'a' are" in train("digits", "--set", "augment=auto").err
    monkeypatch.setitem(NAMED, "digits", lambda: replace(few, class_names=animals))
    mirrored = "mirrored, which none of the class names speaks against"
    assert mirrored in train("digits", "--set", "augment=auto", "--out", "a").err
    assert 'augment = ["flip"' in Path("a/config.toml").read_text()
    assert foveal("pack", "digits", "packed").code == 0
    assert mirrored in train("packed", "--set", "augment=auto").err
    result = train("digits", "--set", "augment=auto", "--cv", "1x2", "--no-baselines")
    assert (result.code, result.err.count(mirrored)) == (0, 1)
    assert train("digits", "--set", "augment=auto", "--quiet").err == ""
