"""`--read store_size`: trained on crops, and all else on the middle, with the rule out of the model file."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from foveal import load, open_images

from .pictures import folders


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("FOVEAL_CACHE", str(tmp_path_factory.mktemp("cache")))


def test_train_evaluate_and_predict(foveal, tmp_path):
    folders(tmp_path / "in", 6, parts=("train", "test"))
    small = ["--set", "in_channels_list=none,3", "--set", "out_channels=3", "--set", "n_epochs=2", "--seed", 0]
    read = ["--read", "size=8", "--read", "store_size=12"]
    trained = foveal("train", "in", *read, *small, "--set", "augment=crop", "--out", "run", "--no-baselines")
    assert trained.code == 0
    assert "store_size=(12, 12): crops of (8, 8) in training, else the middle" in trained.err
    assert foveal("evaluate", "run", "in").code == 0
    assert foveal("predict", "run", "in/test", "--proba", "--out", "out.csv").code == 0
    model = load("run/model.safetensors")
    test = open_images("in", size=8, store_size=12).part("test")
    with Path("out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = np.array([[float(row[f"p_{name}"]) for name in test.class_names] for row in rows], np.float32)
    np.testing.assert_array_equal(found, model.predict_proba(test).astype(np.float32))
    said = foveal("train", "in", *read, *small, "--out", "other", "--no-baselines", "--set", "verbose=1")
    assert "pictures are stored as (12, 12), and the middle is learnt from: augment='crop' cuts anywhere" in said.err
    wrong = foveal("train", "in", "--read", "size=8", "--read", "store_size=7")
    message = "store_size must be at least size=8 along both axes, got 7; pass a larger one, or leave it out"
    assert (wrong.code, wrong.err.splitlines()[-1]) == (2, f"foveal: error: {message}")


def test_a_page_of_crops(foveal, tmp_path):
    folders(tmp_path / "in", 6)
    shown = foveal("augment", "in", "--read", "size=8", "--read", "store_size=12", "--augment", "crop")
    assert shown.code == 0
    assert np.asarray(Image.open("augment.png")).shape == (3 * 104 + 8, 8 * 202 + 8, 3)
