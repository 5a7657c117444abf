"""`foveal train --masks` on pictures of their own sizes, on rows that are stored larger, and what it refuses."""

import json

import numpy as np
import pytest

from .masked_pictures import folders

SMALL = ["--set", "net=unet(depth=1, width=4)", "--seed", "0", "--epochs", "1"]


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("FOVEAL_CACHE", str(tmp_path_factory.mktemp("cache")))


def metrics(run="run"):
    with open(f"{run}/results.json") as file:  # noqa: PTH123
        return json.load(file)


def test_patches_are_learnt_from_and_whole_pictures_measured(foveal, tmp_path):
    folders(tmp_path, 3, size=(20, 24), coloured=False)
    shown = foveal("train", "images", "--masks", "masks", "--set", "patch=12", *SMALL, "--out", "run")
    assert shown.code == 0, shown.err
    assert "size='own': 1 size, none is changed" in shown.err
    found = metrics()["comparison"]
    assert (found["on"], found["rows"]) == ("test", 3)
    assert sum(found["pixels"]) == 3 * 20 * 24
    assert metrics()["test_score"] == pytest.approx(found["network"]["iou"])
    again = json.loads(foveal("evaluate", "run", "images", "--masks", "masks", "--json").out)
    assert again["score"] == pytest.approx(metrics()["test_score"])
    assert foveal("predict", "run", "images/test", "--out", "out").code == 0
    assert foveal("summary", "run").code == 0


def test_rows_that_were_held_out_and_padding_that_does_not_count(foveal, tmp_path):
    folders(tmp_path, 6, parts=("",), size=(10, 16), coloured=False)
    read = ["--read", "size=16", "--read", "store_size=18", "--set", "valid_size=0.34"]
    shown = foveal("train", "images", "--masks", "masks", *read, *SMALL, "--set", "augment=crop", "--out", "run")
    assert shown.code == 0, shown.err
    found = metrics()["comparison"]
    assert (found["on"], found["rows"]) == ("validation", 2)
    inside = round(10 * 18 / 16)  # rows of a picture in one of 18, of which 16 columns are seen
    assert sum(found["pixels"]) == 2 * inside * 16
    assert foveal("evaluate", "run", "images", "--masks", "masks").code == 0


def test_arrays_with_masks(foveal, tmp_path):
    y = (np.arange(8 * 64).reshape(8, 8, 8) // 3 % 2).astype(np.uint8)
    np.savez("a.npz", X=y * 100.0, y=y, X_test=y[:2] * 100.0, y_test=y[:2])
    task = ["--task", "segmentation", "--baselines", "--set", "layout=NHW"]
    assert foveal("train", "a.npz", *SMALL, *task, "--out", "run").code == 0
    assert metrics()["comparison"]["rows"] == 2
    assert foveal("evaluate", "run", "a.npz").code == 0
    np.save("new.npy", y * 100.0)
    assert foveal("predict", "run", "new.npy", "--out", "masks.npy").code == 0
    assert np.load("masks.npy").shape == y.shape
    assert "must end in .npy" in foveal("predict", "run", "new.npy", "--out", "masks.png").err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--masks", "masks", "--read", "size=own"], "learnt from in patches; give --set patch=256"),
        (["--masks", "masks", "--read", "size=16", "--set", "patch=8"], "patch= cuts pictures of their own sizes"),
        (["--masks", "none"], "none: expected a folder, found nothing there; .* has no 'none'"),
        (["--read", "ignore=3"], "ignore says what masks hold, and there are none"),
        (["--masks", "masks", "--validation", "x"], "--validation does not go with --masks"),
    ],
)
def test_what_does_not_go_together(foveal, tmp_path, options, message):
    import re

    folders(tmp_path, 2, coloured=False)
    wrong = foveal("train", "images", *options, *SMALL, "--out", "run")
    assert wrong.code in (2, 3)
    assert re.search(message, wrong.err), wrong.err
